package report_test

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

var (
	algorithmNames = []string{"fixedwindow", "slidinglog", "tokenbucket", "gcra"}
	techniqueNames = []string{"naive", "multi", "lua"}
	driverNames    = []string{"goredis", "rueidis", "redigo"}
)

// run is a result as a full run leaves it: two scenarios, every limiter behind every
// client. Naive limiters overshoot where the contract is tested.
func run() *result.Result {
	r := &result.Result{Run: result.Run{
		Name: "20260101T000000Z-seed42", Seed: 42, Started: "2026-01-01T00:00:00Z", Finished: "2026-01-01T00:05:00Z",
		Complete: true, Planned: 108, Server: "Redis 7.0.15 (docker)", RealRedis: true,
		Machine: "2 cores, Intel Xeon, linux 6.1", Version: "v0.1.0",
		Clients: map[string]string{
			"goredis": "github.com/redis/go-redis/v9 v9.23.0", "redigo": "github.com/gomodule/redigo v1.9.3",
			"rueidis": "github.com/redis/rueidis v1.0.79",
		},
		Settings: []string{"--duration=5s"},
	}}
	for a, algorithm := range algorithmNames {
		for t, technique := range techniqueNames {
			for d, driver := range driverNames {
				c := subject(algorithm, technique, driver)
				r.Cells = append(r.Cells, concurrent(c, a, t), saturate(c, a, t, d, 1), saturate(c, a, t, d, 2))
			}
		}
	}
	return r
}

func subject(algorithm, technique, driver string) result.Cell {
	return result.Cell{
		Topology: "standalone", Algorithm: algorithm, Technique: technique, Driver: driver, Client: "bounded",
		Repeat: 1, Attempt: 1, Limit: 50, WindowMS: 250, Burst: 50, Instances: 1, Verdict: "valid", Expected: "valid", AsExpected: true,
		FalseRejections: &result.FalseRejections{},
	}
}

// concurrent tests the contract in an open loop. a and t are the indices of the
// algorithm and the technique.
func concurrent(c result.Cell, a, t int) result.Cell {
	c.Scenario = "concurrent"
	c.Allowed, c.Denied, c.Offered, c.StartedRatio = 400, 3600, 2000, new(0.9992)
	c.RoundTrips, c.ServerCPUus = new([]float64{2.4, 3.1, 1}[t]), new([]float64{12, 21.5, 9.7}[t]+float64(a))
	c.Latency.Response = &result.Quantiles{
		Count: 4000, P50us: []float64{210, 1500, 105}[t] + float64(a), P99us: new([]float64{900, 48_000, 480}[t] + float64(10*a)),
	}
	c.NominalOvershootRatio = new([]float64{0.92, 0, 0.98, 0.98}[a])
	if c.Technique == "naive" {
		certain := int64(40 * (4 - a))
		c.Verdict, c.Expected = "invalid", "invalid"
		c.Overshoot = result.Overshoot{Certain: certain, Ratio: float64(certain) / 50}
		c.Reasons = []string{fmt.Sprintf("%d more than the contract permits were admitted within 250 ms.", certain)}
	}
	return c
}

// saturate measures in a closed loop and expects nothing. d is the index of the driver.
func saturate(c result.Cell, a, t, d, repeat int) result.Cell {
	c.Scenario, c.Expected, c.Repeat, c.Limit, c.Burst, c.WindowMS = "saturate", "any", repeat, 100, 100, 1000
	c.Verdict, c.Reasons = "unknown", []string{"no power: nothing was denied, so nothing shows that the limit is enforced"}
	speed := 20_000 * []float64{1, 2.4, 1.2}[d] / []float64{2.4, 3.1, 1}[t] * (1 + float64(repeat)/100)
	c.Allowed, c.Offered, c.DecisionsPerSecond = 40_000, speed, &speed
	c.RoundTrips, c.ServerCPUus = new([]float64{2.4, 3.1, 1}[t]), new([]float64{12, 21.5, 9.7}[t]+float64(a)+float64(repeat)/10)
	c.ClientCPUus, c.Allocs, c.BytesPerKey = new(14.1-float64(3*d)), new(10-float64(5*d)), new(120.0+float64(a))
	c.Latency.Response = &result.Quantiles{Count: 40_000, P50us: 64e6 / speed, P99us: new(200e6 / speed)}
	return c
}

// change applies f to the cells of one limiter in one scenario.
func change(r *result.Result, scenario, algorithm, technique string, f func(*result.Cell)) {
	for i := range r.Cells {
		if c := &r.Cells[i]; c.Scenario == scenario && c.Algorithm == algorithm && c.Technique == technique {
			f(c)
		}
	}
}

// broken is run with an atomic limiter that raced behind one client, one that was
// starved, and one trial that could not be judged.
func broken() *result.Result {
	r := run()
	change(r, "concurrent", "gcra", "lua", func(c *result.Cell) {
		if c.Driver == "goredis" {
			c.Verdict, c.AsExpected, c.Overshoot = "invalid", false, result.Overshoot{Certain: 3, Ratio: 0.06}
			c.Reasons = []string{"3 more than the contract permits were admitted within 250 ms."}
		}
	})
	change(r, "concurrent", "slidinglog", "multi", func(c *result.Cell) {
		if c.Driver != "redigo" {
			return
		}
		c.Verdict, c.AsExpected, c.Failed, c.Denied = "invalid", false, 3000, 600
		c.Reasons = []string{"starved: 75 % of the operations failed."}
	})
	change(r, "concurrent", "fixedwindow", "multi", func(c *result.Cell) {
		c.Verdict, c.AsExpected, c.Void, c.StartedRatio = "unknown", false, true, new(0.97)
		c.Reasons = []string{"the trial is void: 97 % of the operations started in time, 99 % are needed."}
	})
	r.Run.Complete, r.Run.Planned = false, 120
	return r
}

// swept is a run of all five sweeps over the scripts of two algorithms: throughput
// levels off, latency leaves its floor, the last rate is not kept, and the memory of a
// sliding log grows.
func swept() *result.Result {
	r := run()
	r.Cells = nil
	for scenario, steps := range map[string][]result.Step{
		"sweep-workers": steps("workers", "", 1, 16, 256),
		"sweep-rate":    steps("rate", "", 1000, 4000, 16_000),
		"sweep-limit":   steps("limit", "", 10, 10_000),
		"network-delay": steps("delay", "", 1, 10),
		"many-keys":     append(steps("keys", "uniform", 1000, 1_000_000), steps("keys", "zipf", 1000, 1_000_000)...),
	} {
		for a, algorithm := range algorithmNames[1:3] {
			for d, driver := range driverNames[:2] {
				for _, step := range steps {
					c := saturate(subject(algorithm, "lua", driver), a, 2, d, 1)
					c.Scenario, c.Step = scenario, &step
					atStep(&c, float64(step.Value))
					r.Cells = append(r.Cells, c)
				}
			}
		}
	}
	slices.SortStableFunc(r.Cells, func(a, b result.Cell) int { return cmp.Compare(a.Scenario, b.Scenario) })
	return r
}

func steps(axis, variant string, values ...int64) (steps []result.Step) {
	for _, v := range values {
		steps = append(steps, result.Step{Axis: axis, Value: v, Variant: variant})
	}
	return steps
}

// atStep gives a cell of a sweep numbers that depend on its step.
func atStep(c *result.Cell, v float64) {
	switch c.Step.Axis {
	case "workers":
		*c.DecisionsPerSecond *= v / (v + 8)
	case "rate":
		c.Offered, c.StartedRatio = v, new(0.999)
		c.Latency.Response = &result.Quantiles{Count: 1000, P50us: 100 + v*v/60_000, P99us: new(900.0)}
		if v > 4000 {
			c.Void, c.StartedRatio, c.Reasons = true, new(0.4), []string{"offered too little"}
		}
	case "limit":
		c.Limit, c.StartedRatio = c.Step.Value, new(1.0)
		if c.Algorithm == "slidinglog" {
			*c.BytesPerKey = 100 * v
		}
	case "delay":
		c.Latency.Response = &result.Quantiles{Count: 1000, P50us: 300 + 1000*v, P99us: new(2000.0 * v)}
	case "keys":
		if *c.ServerCPUus += v / 300_000; c.Algorithm == "tokenbucket" {
			c.BytesPerKey = nil
		}
	}
}
