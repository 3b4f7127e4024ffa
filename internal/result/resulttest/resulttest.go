// Package resulttest makes results for the tests of what shows them.
package resulttest

import (
	"math/rand/v2"

	"github.com/rlbench/rlbench/internal/result"
)

// Strange draws a result of which little is plausible: numbers from one end of what can
// be measured to the other, next to each other.
func Strange(rng *rand.Rand, cells int, name string) *result.Result {
	pick := func(names ...string) string { return names[rng.IntN(len(names))] }
	number := func() float64 {
		return []float64{0, 0, 1e-12, 1e-3, 0.5, 1, 1, 100, 250, 9_999, 1e6, 1e12, 1e19, rng.Float64(), rng.ExpFloat64() * 1e4}[rng.IntN(15)]
	}
	perhaps := func() *float64 {
		if rng.IntN(3) == 0 {
			return nil
		}
		return new(number())
	}
	quantiles := func() *result.Quantiles {
		if rng.IntN(4) == 0 {
			return nil
		}
		q := &result.Quantiles{Count: rng.Int64() >> rng.IntN(63), P50us: number(), P90us: number(), P99us: perhaps(), P999us: perhaps(), MaxUS: number()}
		for range rng.IntN(6) {
			q.Curve = append(q.Curve, result.Point{P: []float64{0, 50, 90, 99, 99.9, 99.9999, 100, 1e19, 100 * rng.Float64()}[rng.IntN(9)], US: number()})
		}
		return q
	}
	r := &result.Result{Run: result.Run{
		Name: name, Planned: rng.IntN(100), RealRedis: rng.IntN(2) == 0, Server: name, Machine: name,
		Titles: []result.Title{{Name: name, Title: name}, {Name: "lua"}},
	}}
	if r.Run.Complete = rng.IntN(2) == 0; r.Run.Complete {
		r.Run.Planned = cells
	}
	for i := range cells {
		c := result.Cell{
			Scenario: pick("concurrent", "saturate", name), Topology: pick("standalone", name), Algorithm: pick("gcra", "slidinglog", name),
			Technique: pick("naive", "lua", name), Driver: pick("goredis", name), Client: pick("bounded", "default", name),
			Repeat: 1 + i, Attempt: 1, Verdict: pick("valid", "invalid", "unknown"), Expected: pick("valid", "invalid", "any"),
			Limit: rng.Int64() >> rng.IntN(63), Offered: number(), StartedRatio: perhaps(), LatenessP99US: perhaps(), DecisionsPerSecond: perhaps(),
			NominalOvershootRatio: perhaps(), ExecutionsPerDecision: perhaps(), BytesPerKey: perhaps(), RoundTrips: perhaps(),
			ServerCPUus: perhaps(), ClientCPUus: perhaps(), BytesIn: perhaps(), BytesOut: perhaps(), Allocs: perhaps(), Availability: perhaps(),
			Latency: result.Latency{Response: quantiles(), Service: quantiles()}, Allowed: rng.Int64N(1000),
		}
		c.Overshoot = result.Overshoot{Certain: rng.Int64() >> rng.IntN(63), Possible: rng.Int64(), Ratio: number()}
		if c.Verdict == "valid" {
			c.Overshoot.Certain = 0
		}
		if rng.IntN(2) == 0 {
			c.WindowMS, c.Burst, c.Contract = rng.Int64()>>rng.IntN(63), rng.Int64()>>rng.IntN(63), pick("window", "log", "bucket", name)
			c.Timeline, c.FirstSuccessMS, c.RecoveryMS = strangeTimeline(rng, number), perhaps(), perhaps()
			for range rng.IntN(4) {
				c.Faults = append(c.Faults, result.Fault{Name: pick("kill", name), AtMS: number(), UntilMS: perhaps()})
			}
		}
		c.Void = c.Verdict == "unknown" && rng.IntN(2) == 0
		c.AsExpected = result.AsExpected(&c)
		r.Cells = append(r.Cells, c)
	}
	return r
}

// strangeTimeline has lists that need not be of one length.
func strangeTimeline(rng *rand.Rand, number func() float64) *result.Timeline {
	counts := func() []int64 {
		list := make([]int64, rng.IntN(30))
		for i := range list {
			list[i] = rng.Int64N(100) >> rng.IntN(8)
		}
		return list
	}
	times := func() []float64 {
		list := make([]float64, rng.IntN(30))
		for i := range list {
			list[i] = number()
		}
		return list
	}
	return &result.Timeline{
		BinMS: number(), Allowed: counts(), Denied: counts(), Failed: counts(), Unknown: counts(), Admitted: counts(), P50MS: times(), MaxMS: times(),
	}
}
