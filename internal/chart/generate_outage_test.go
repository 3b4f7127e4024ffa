package chart

import (
	"github.com/rlbench/rlbench/internal/result"
)

// fullOutage is a run of one technique through two faults, under every policy: as was
// measured, redigo does not come back to a server that was stopped where requests are
// rarely sent to it.
func fullOutage() *result.Result {
	m := full().only("outage")
	m.techniques, m.algorithms, m.repeats = []string{"lua"}, []string{"slidinglog", "gcra"}, 1
	m.steps = map[string][]result.Step{"outage": {{Axis: "fault", Variant: "pause"}, {Axis: "fault", Variant: "stop"}}}
	r := m.result()
	plain := r.Cells
	r.Cells = nil
	for _, p := range []string{"", "fail-closed", "fail-open", "fail-local", "fail-sql", "breaker"} {
		for _, c := range plain {
			c.Policy = p
			through(&c)
			r.Cells = append(r.Cells, c)
		}
	}
	r.Run.Planned = len(r.Cells)
	r.Run.Titles = append([]result.Title{{Name: "outage", Title: "Outage"}}, r.Run.Titles...)
	return r
}

// through takes a cell through its fault of three seconds.
func through(c *result.Cell) {
	c.Verdict, c.Expected, c.Reasons, c.Overshoot, c.FalseRejections = "valid", "valid", nil, result.Overshoot{}, &result.FalseRejections{}
	c.Faults = []result.Fault{{Name: c.Step.Variant, Node: "redis-1", AtMS: 2000, UntilMS: new(5000.0)}}
	c.Timeline = &result.Timeline{BinMS: 250, Allowed: []int64{1}, Denied: []int64{0}, Failed: []int64{0}, Unknown: []int64{0}, Admitted: []int64{1}, P50MS: []float64{1}, MaxMS: []float64{1}}
	silent := map[string]float64{"pause": 500, "stop": 10}[c.Step.Variant]
	c.Noticed = &result.Noticed{DetectMS: new(silent * (1.1 + 0.1*noise(id(*c)))), Errors: map[string]int64{}}
	c.Availability, c.RecoveryMS = new(0.72+0.01*noise(id(*c)+c.Policy)), new(3100+100*noise(id(*c)+c.Policy))
	over := map[string]float64{"fail-open": 2, "fail-local": 1, "fail-sql": 0.8}[c.Policy]
	if over > 0 {
		c.Availability = new(1.0)
	}
	if rests := c.Policy == "breaker" || c.Policy == "fail-local" || c.Policy == "fail-sql"; rests && c.Driver == "redigo" && c.Step.Variant == "stop" {
		c.RecoveryMS = nil
	}
	if c.Policy != "" {
		c.ByPolicy = &result.ByPolicy{Ratio: over * (1 + 0.2*noise(id(*c)))}
	}
}
