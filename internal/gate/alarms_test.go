package gate_test

import (
	"math"
	"testing"

	"github.com/rlbench/rlbench/internal/gate"
)

// At the bound, as few events or fewer are seen with exactly the chance that is left.
func TestAtMostIsExact(t *testing.T) {
	for n := 1; n <= 40; n++ {
		if got, want := gate.AtMost(0, n, 0.95), 1-math.Pow(0.05, 1/float64(n)); math.Abs(got-want) > 1e-9 {
			t.Errorf("none of %d: %g, want %g", n, got, want)
		}
		for k := range n {
			p, chance := gate.AtMost(k, n, 0.95), 0.0
			for i, ways := 0, 1.0; i <= k; i++ {
				chance += ways * math.Pow(p, float64(i)) * math.Pow(1-p, float64(n-i))
				ways *= float64(n-i) / float64(i+1)
			}
			if math.Abs(chance-0.05) > 1e-6 {
				t.Errorf("%d of %d: at most %g, where the chance is %g, want 0.05", k, n, p, chance)
			}
		}
		if gate.AtMost(n, n, 0.95) != 1 {
			t.Errorf("all of %d do not allow for a rate of 1", n)
		}
	}
}

func TestSpreadsAreOfAmounts(t *testing.T) {
	report := func(cpu, trips float64) *gate.Report {
		f := func(metric string, change float64) gate.Finding {
			return gate.Finding{Cell: "c", Metric: metric, Comparison: gate.Comparison{Change: &change}}
		}
		return &gate.Report{Findings: []gate.Finding{f("trips", trips), f("cpu", cpu), {Cell: "c", Metric: "none"}}}
	}
	got := gate.Spreads([]*gate.Report{report(-0.25, 0), report(0.125, 0), report(0.5, 0)})
	want := []gate.Spread{{"c", "cpu", 3, 0.25, 0.5}, {"c", "trips", 3, 0, 0}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}
