package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The histogram agrees with sorting to its three digits, over the whole range.
func TestQuantilesAgreeWithSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	l, all := newLatency(), []int64{}
	for range 20_000 {
		ns := int64(math.Exp(rng.Float64() * math.Log(float64(longest)))) // 1 ns to 60 s
		l.record(ns)
		all = append(all, ns)
	}
	slices.Sort(all)
	q := l.quantiles()
	for p, got := range map[float64]float64{50: q.P50us, 90: q.P90us, 99: *q.P99us, 99.9: *q.P999us, 100: q.MaxUS} {
		want := micros(all[int(math.Round(p/100*float64(len(all))))-1])
		if math.Abs(got-want) > want/1000 {
			t.Errorf("p%v is %v us, want %v", p, got, want)
		}
	}
}

func TestQuantilesNeedSamples(t *testing.T) {
	for _, c := range []struct {
		samples   int
		p99, p999 bool
	}{{1, false, false}, {999, false, false}, {1_000, true, false}, {9_999, true, false}, {10_000, true, true}} {
		l := newLatency()
		for i := range c.samples {
			l.record(int64(i))
		}
		q := l.quantiles()
		if (q.P99us != nil) != c.p99 || (q.P999us != nil) != c.p999 {
			t.Errorf("%d samples: p99 %v, p99.9 %v", c.samples, q.P99us, q.P999us)
		}
	}
	if newLatency().quantiles() != nil {
		t.Error("no sample has quantiles")
	}
}

// A curve ends where fewer than ten samples lie beyond, and never falls.
func TestCurve(t *testing.T) {
	for _, c := range []struct {
		samples int
		last    float64
	}{{10, 0}, {100, 90}, {9_999, 99.8741}, {10_000, 99.9}} {
		l := newLatency()
		for i := range c.samples {
			l.record(int64(i) * 1000)
		}
		curve := l.quantiles().Curve
		if got := curve[len(curve)-1].P; math.Abs(got-c.last) > 1e-4 {
			t.Errorf("%d samples: the curve ends at p%v, want %v", c.samples, got, c.last)
		}
		for i := range curve[1:] {
			if curve[i+1].US < curve[i].US || curve[i+1].P <= curve[i].P {
				t.Errorf("%d samples: the curve falls from %v to %v", c.samples, curve[i], curve[i+1])
			}
		}
	}
	l := newLatency()
	l.record(1)
	if curve := l.quantiles().Curve; len(curve) != 0 {
		t.Errorf("one sample has the curve %v", curve)
	}
}

// Longer than the histogram's range: counted, not dropped, and the maximum is exact.
func TestLatencyBeyondTheRange(t *testing.T) {
	l := newLatency()
	l.record(int64(time.Hour))
	l.record(-5)
	q := l.quantiles()
	if q.Count != 2 || q.MaxUS != 3.6e9 || l.histogram.TotalCount() != 2 {
		t.Errorf("quantiles are %+v", q)
	}
	if q.P90us < 59.9e6 {
		t.Errorf("p90 is %v us, want about 60 s", q.P90us)
	}
}
