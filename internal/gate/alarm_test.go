package gate_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// machine makes measurements as a shared machine does: its speed drifts by a quarter,
// slowly, and each measurement has noise of its own.
type machine struct {
	rng   *rand.Rand
	drift float64
}

// The standard deviations of logarithms: of the drift, and of one measurement of CPU
// time, of a median and of a 99th percentile.
const (
	drifting = 0.25
	ofCPU    = 0.08
	ofMedian = 0.10
	ofTail   = 0.40
)

// anotherDay is a machine at another speed.
func anotherDay(rng *rand.Rand) *machine { return &machine{rng, drifting * rng.NormFloat64()} }

// wait lets the speed change until the next pair of trials.
func (m *machine) wait() {
	const stays = 0.8
	m.drift = stays*m.drift + math.Sqrt(1-stays*stays)*drifting*m.rng.NormFloat64()
}

// measure is a repeat of a limiter that needs the given multiple of the CPU time.
func (m *machine) measure(driver string, repeat int, cpu float64) result.Cell {
	noisy := func(v, sd float64) float64 { return v * math.Exp(m.drift+sd*m.rng.NormFloat64()) }
	c := trial(driver)
	c.Repeat, c.Driver = repeat, driver
	tail := noisy(900, ofTail)
	c.Latency.Response = &result.Quantiles{P50us: noisy(300, ofMedian), P99us: &tail}
	c.ServerCPUus, c.ClientCPUus = new(50*cpu*math.Exp(ofCPU*m.rng.NormFloat64())), new(150*math.Exp(ofCPU*m.rng.NormFloat64()))
	return c
}

var sixDrivers = []string{"a", "b", "c", "d", "e", "f"}

// pairs is a block of ten repeats, of which each pair is measured in one moment.
func pairs(rng *rand.Rand, drivers []string, cpu float64) gate.Block {
	b := gate.Block{Base: run(), Head: run(), Interleaved: true}
	m := anotherDay(rng)
	for i := range 10 {
		for _, d := range drivers {
			b.Base.Cells = append(b.Base.Cells, m.measure(d, i+1, 1))
			b.Head.Cells = append(b.Head.Cells, m.measure(d, i+1, cpu))
			m.wait()
		}
	}
	return b
}

// days is a block of twenty repeats, the base of one day and the head of another.
func days(rng *rand.Rand, drivers []string) gate.Block {
	side := func() *result.Result {
		r, m := run(), anotherDay(rng)
		for i := range 20 {
			for _, d := range drivers {
				r.Cells = append(r.Cells, m.measure(d, i+1, 1))
			}
		}
		return r
	}
	return gate.Block{Base: side(), Head: side()}
}

// gateTwice judges a block and, if there are suspects, a second one of them alone.
func gateTwice(t *testing.T, rng *rand.Rand, cpu float64) (r *gate.Report, suspected bool) {
	first := pairs(rng, sixDrivers, cpu)
	r = judge(t, gate.Default(), first)
	suspects := r.Suspects()
	if len(suspects) == 0 {
		return r, false
	}
	drivers := slices.DeleteFunc(slices.Clone(sixDrivers), func(d string) bool {
		return !slices.Contains(suspects, "baseline/standalone/gcra/lua/"+d)
	})
	return judge(t, gate.Default(), first, pairs(rng, drivers, cpu)), true
}

// failures says whether any decision failed, and of which cells those about CPU did.
func failures(r *gate.Report) (any bool, cpu []string) {
	for _, f := range r.Findings {
		if f.Outcome == gate.Fail {
			any = true
			if f.Metric == "server_cpu_us" {
				cpu = append(cpu, f.Cell)
			}
		}
	}
	return any, cpu
}

// A gate over pairs of one build hardly ever fails: at most one in 200, though the
// machine drifts by a quarter, and 24 comparisons are made.
func TestFalseAlarmsOfPairs(t *testing.T) {
	const gates = 500
	rng := rand.New(rand.NewPCG(6, 1))
	failed, suspected := 0, 0
	for range gates {
		r, again := gateTwice(t, rng, 1)
		if bad, _ := failures(r); bad {
			failed++
		}
		if again {
			suspected++
		}
	}
	t.Logf("of %d gates %d held a suspect and %d failed", gates, suspected, failed)
	if failed > gates/200 {
		t.Errorf("%d of %d gates failed though nothing had changed", failed, gates)
	}
	if suspected > gates/20 {
		t.Errorf("%d of %d gates held a suspect: alpha is 0.05", suspected, gates)
	}
}

// Twenty per cent more CPU time are caught.
func TestPowerOfPairs(t *testing.T) {
	const gates = 100
	rng := rand.New(rand.NewPCG(6, 2))
	caught, named := 0, 0
	for range gates {
		r, _ := gateTwice(t, rng, 1.2)
		bad, cpu := failures(r)
		if bad {
			caught++
		}
		named += len(cpu)
	}
	t.Logf("of %d gates %d failed; of %d cells %d were named", gates, caught, gates*len(sixDrivers), named)
	if caught < gates {
		t.Errorf("%d of %d gates failed though every limiter needs 20 %% more CPU time", caught, gates)
	}
}

// A stored baseline is of another day: two in five gates over one build see a change
// that is significant. The factor by which days differ leaves one in thirty of them a
// failure, and makes the others inconclusive.
func TestFalseAlarmsOfAStoredBaseline(t *testing.T) {
	const gates = 500
	rng := rand.New(rand.NewPCG(6, 3))
	failed, open := 0, 0
	for range gates {
		r := judge(t, gate.Default(), days(rng, sixDrivers[:2]))
		switch r.Outcome() {
		case gate.Fail:
			failed++
		case gate.Inconclusive:
			open++
		}
	}
	t.Logf("of %d gates %d failed, and %d were inconclusive because days differ", gates, failed, open)
	if failed > gates/30 {
		t.Errorf("%d of %d gates failed though nothing had changed", failed, gates)
	}
}
