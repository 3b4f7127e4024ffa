package chart

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// matrix is a run to be generated: the product of its names, with numbers that
// look like a real machine's.
type matrix struct {
	scenarios, algorithms, techniques, drivers []string
	steps                                      map[string][]result.Step // of the scenarios that are sweeps
	repeats                                    int
	samples                                    int64 // behind each latency curve
	overshoot                                  func(c result.Cell) float64
}

// full is the matrix of a default run.
func full() matrix {
	return matrix{
		scenarios:  []string{"baseline", "concurrent", "weighted", "saturate"},
		algorithms: []string{"fixedwindow", "slidinglog", "tokenbucket", "gcra"},
		techniques: []string{"naive", "multi", "lua"},
		drivers:    []string{"goredis", "rueidis", "redigo"},
		repeats:    3, samples: 40_000,
		overshoot: naiveOvershoots,
	}
}

// fullSweeps is the matrix of all sweeps, of one technique.
func fullSweeps() matrix {
	m := full().only("sweep-workers", "sweep-rate", "sweep-limit", "many-keys", "network-delay")
	m.techniques, m.repeats = []string{"lua"}, 2
	m.steps = map[string][]result.Step{
		"sweep-workers": stepsOf("workers", "", 1, 4, 16, 64, 256, 512),
		"sweep-rate":    stepsOf("rate", "", 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000),
		"sweep-limit":   stepsOf("limit", "", 10, 30, 100, 300, 1000, 3000, 10_000),
		"network-delay": stepsOf("delay", "", 1, 5, 10),
		"many-keys":     append(stepsOf("keys", "uniform", 1000, 10_000, 100_000, 1_000_000), stepsOf("keys", "zipf", 1000, 10_000, 100_000, 1_000_000)...),
	}
	return m
}

func stepsOf(axis, variant string, values ...int64) (steps []result.Step) {
	for _, v := range values {
		steps = append(steps, result.Step{Axis: axis, Value: v, Variant: variant})
	}
	return steps
}

// stepped is a cell of a scenario at each of its steps, or once if it has none.
func (m matrix) stepped(c result.Cell) []result.Cell {
	if len(m.steps[c.Scenario]) == 0 {
		return []result.Cell{m.cell(c)}
	}
	var cells []result.Cell
	for _, s := range m.steps[c.Scenario] {
		c.Step = &s
		cells = append(cells, m.cell(c))
	}
	return cells
}

// climbing gives a cell of a sweep numbers that depend on its step.
func climbing(c *result.Cell) {
	v := float64(c.Step.Value)
	memory := 120.0
	if c.Algorithm == "slidinglog" {
		memory = 90 * float64(c.Limit)
	}
	switch c.Step.Axis {
	case "workers":
		*c.DecisionsPerSecond *= v / (v + 20)
	case "rate":
		c.Offered = v
		for _, us := range []*float64{&c.Latency.Response.P50us, c.Latency.Response.P99us} {
			*us *= 1 + math.Pow(v/12_000, 3)
		}
	case "limit":
		if c.Limit = c.Step.Value; c.Algorithm == "slidinglog" {
			memory = 90 * v
		}
	case "delay":
		c.Latency.Response.P50us += 1000 * v * *c.RoundTrips
		c.Overshoot.Ratio *= v / 50
	case "keys":
		*c.ServerCPUus *= 1 + 0.05*math.Log10(v/1000)
	}
	c.BytesPerKey = &memory
}

// only restricts a run to some scenarios.
func (m matrix) only(scenarios ...string) matrix {
	m.scenarios = scenarios
	return m
}

// noise is a number in [-1, 1) that depends on the text alone.
func noise(text string) float64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return float64(h.Sum64()>>11)/(1<<52) - 1
}

func id(c result.Cell) string {
	return fmt.Sprint(c.Repeat, c.Played(), c.Algorithm, c.Technique, c.Driver)
}

func naiveOvershoots(c result.Cell) float64 {
	if c.Technique != "naive" {
		return 0
	}
	size := map[string]float64{"fixedwindow": 1.8, "slidinglog": 2.4, "tokenbucket": 3.2, "gcra": 1.3}[c.Algorithm]
	if c.Scenario == "weighted" {
		size /= 2
	}
	return math.Round(100*(size+0.3)*(1+0.12*noise(id(c)))) / 100
}

// result generates the run.
func (m matrix) result() *result.Result {
	r := &result.Result{Run: result.Run{
		Name: "20261121-1850-7", Seed: 7, Started: "2026-11-21T18:50:11Z", Finished: "2026-11-21T18:54:00Z", Complete: true,
		Titles: []result.Title{
			{Name: "concurrent", Title: "Concurrent"}, {Name: "weighted", Title: "Weighted costs"},
			{Name: "baseline", Title: "Baseline"}, {Name: "saturate", Title: "Saturation"},
			{Name: "sweep-workers", Title: "Workers"}, {Name: "sweep-rate", Title: "Offered rate"},
			{Name: "sweep-limit", Title: "Limit"}, {Name: "many-keys", Title: "Users"},
			{Name: "network-delay", Title: "Network delay"}, {Name: "multi-instance", Title: "Instances"},
			{Name: "clock-skew", Title: "Clock skew"},
			{Name: "fixedwindow", Title: "Fixed window"}, {Name: "slidinglog", Title: "Sliding log"},
			{Name: "tokenbucket", Title: "Token bucket"}, {Name: "gcra", Title: "GCRA"}, {Name: "inprocess", Title: "In process"},
		},
		Server: "Redis 7.0.15 in a container", RealRedis: true, Machine: "2 cores, Intel Xeon, Linux 6.1", Version: "v0.1.0",
	}}
	for repeat := 1; repeat <= m.repeats; repeat++ {
		for _, s := range m.scenarios {
			for _, a := range m.algorithms {
				for _, t := range m.techniques {
					for _, d := range m.drivers {
						r.Cells = append(r.Cells, m.stepped(result.Cell{Scenario: s, Algorithm: a, Technique: t, Driver: d, Repeat: repeat})...)
					}
				}
			}
		}
	}
	r.Run.Planned = len(r.Cells)
	return r
}

// cell fills in the numbers of a cell.
func (m matrix) cell(c result.Cell) result.Cell {
	c.Topology, c.Client, c.Attempt = "standalone", "bounded", 1
	c.Limit, c.WindowMS, c.Burst, c.Instances = 100, 1000, 100, 1
	c.Verdict, c.Expected, c.AsExpected = "valid", "valid", true
	switch {
	case c.Algorithm == "control", c.Scenario == "baseline", c.Scenario == "saturate", c.Step != nil:
		c.Verdict, c.Expected, c.Reasons = "unknown", "any", []string{"no power: nothing was denied"}
	default:
		c.Overshoot.Ratio = m.overshoot(c)
		c.Overshoot.Certain = int64(c.Overshoot.Ratio * 100)
	}
	if c.Overshoot.Certain > 0 {
		c.Verdict = "invalid"
	}
	c.Offered = 2000
	if started := 0.998; c.Scenario != "saturate" && c.Scenario != "sweep-workers" && c.Scenario != "many-keys" {
		c.StartedRatio = &started
	}
	trips := map[string]float64{"naive": 2.7, "multi": 3.1, "lua": 1}[c.Technique]
	if trips == 0 {
		trips = 1 + math.Abs(noise(c.Technique))*3
	}
	pipelined := map[string]float64{"goredis": 1, "rueidis": 0.42, "redigo": 0.95}[c.Driver]
	heavy := map[string]float64{"fixedwindow": 1, "slidinglog": 1.5, "tokenbucket": 1.2, "gcra": 1.1}[c.Algorithm]
	wobble := 1 + 0.04*noise(id(c))
	server := (3 + 7*trips*pipelined) * heavy * wobble
	clientCPU := (4 + 9*trips*pipelined) * wobble
	in, out := 85*trips*heavy, 28*trips
	rate := 1e6 / (server + 9)
	c.RoundTrips, c.BytesIn, c.BytesOut = &trips, &in, &out
	c.ServerCPUus, c.ClientCPUus, c.DecisionsPerSecond = &server, &clientCPU, &rate
	c.Latency.Response = m.quantiles(c, 70*trips*heavy*(1+0.15*noise(id(c)+"latency")))
	if c.Step != nil {
		climbing(&c)
	}
	return c
}

// quantiles generates a lognormal body with a heavy tail.
func (m matrix) quantiles(c result.Cell, median float64) *result.Quantiles {
	at := func(p float64) float64 {
		n := nines(p)
		return median * math.Exp(0.55*(n-0.3)+0.12*math.Pow(max(0, n-1.6), 2)*(1+0.9*noise(id(c))))
	}
	q := &result.Quantiles{Count: m.samples, P50us: at(50), P90us: at(90), MaxUS: at(100 - 50/float64(m.samples))}
	if m.samples >= 1000 {
		p99 := at(99)
		q.P99us = &p99
	}
	for n := 0.0; ; n += 0.1 {
		p := 100 * (1 - math.Pow(10, -n))
		if float64(m.samples)*(1-p/100) < 10 {
			return q
		}
		q.Curve = append(q.Curve, result.Point{P: p, US: at(max(p, 1))})
	}
}

// change applies f to the cells that match.
func change(r *result.Result, match func(result.Cell) bool, f func(*result.Cell)) *result.Result {
	for i := range r.Cells {
		if match(r.Cells[i]) {
			f(&r.Cells[i])
		}
	}
	return r
}

// without removes the cells that match.
func without(r *result.Result, match func(result.Cell) bool) *result.Result {
	r.Cells = slices.DeleteFunc(r.Cells, match)
	return r
}

// void makes a cell one that could not have shown anything: an open loop that
// started late, with numbers that must not be believed, or a closed one without
// an answer.
func void(c *result.Cell) {
	c.Void, c.Verdict, c.Reasons, c.Overshoot = true, "unknown", []string{"offered too little"}, result.Overshoot{}
	if c.StartedRatio != nil {
		late := 0.971
		c.StartedRatio = &late
		return
	}
	c.Latency, c.DecisionsPerSecond = result.Latency{}, nil
	c.RoundTrips, c.BytesIn, c.BytesOut, c.ServerCPUus, c.ClientCPUus = nil, nil, nil, nil, nil
}
