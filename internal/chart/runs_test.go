package chart

import (
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// runs are the shapes of results that every chart must survive.
var runs = []struct {
	name   string
	golden bool // what is drawn is kept as text
	build  func() *result.Result
}{
	{"full", true, func() *result.Result { return full().result() }},
	{"one-cell", true, func() *result.Result {
		return matrix{
			scenarios: []string{"concurrent", "baseline"}, algorithms: []string{"gcra"}, techniques: []string{"lua"}, drivers: []string{"rueidis"},
			repeats: 1, samples: 40_000, overshoot: naiveOvershoots,
		}.result()
	}},
	{"one-driver", false, func() *result.Result {
		m := full().only("baseline", "concurrent")
		m.drivers = []string{"goredis"}
		return m.result()
	}},
	{"one-algorithm", false, func() *result.Result {
		m := full()
		m.algorithms = []string{"slidinglog"}
		return m.result()
	}},
	{"nothing-overshot", false, func() *result.Result {
		m := full().only("concurrent")
		m.overshoot = func(result.Cell) float64 { return 0 }
		return m.result()
	}},
	{"rare-overshoot", true, func() *result.Result {
		m := full().only("concurrent")
		m.overshoot = func(c result.Cell) float64 {
			if c.Technique == "multi" && c.Driver == "redigo" && c.Repeat == 2 {
				return 0.07
			}
			return 0
		}
		return m.result()
	}},
	{"false-rejections", false, func() *result.Result {
		starved := func(c result.Cell) bool { return c.Technique == "multi" && c.Repeat == 2 && c.Scenario != "saturate" }
		return change(full().only("concurrent", "weighted", "saturate").result(), starved, func(c *result.Cell) { c.Verdict = "invalid" })
	}},
	{"huge", true, func() *result.Result {
		m := full()
		m.overshoot = func(c result.Cell) float64 { return 10 * naiveOvershoots(c) }
		slow := func(c result.Cell) bool { return c.Technique == "multi" }
		return change(m.result(), slow, func(c *result.Cell) { c.Latency.Response = m.quantiles(*c, 3e6) })
	}},
	{"unknown-and-missing", true, func() *result.Result {
		r := change(full().result(), func(c result.Cell) bool {
			return c.Technique == "multi" && c.Algorithm == "gcra" || c.Technique == "naive" && c.Driver == "redigo" ||
				c.Technique == "lua" && c.Driver == "goredis" && c.Repeat == 2
		}, void)
		r = without(r, func(c result.Cell) bool { return c.Scenario == "weighted" && c.Algorithm == "slidinglog" })
		r.Run.Complete, r.Run.RealRedis = false, false
		return r
	}},
	{"all-unknown", true, func() *result.Result {
		return change(full().result(), func(result.Cell) bool { return true }, void)
	}},
	{"many-techniques", false, func() *result.Result {
		m := full()
		m.techniques = append(m.techniques, "lua-bucket", "multi-charged", "increx", "incr-expire", "multi-expire", "multi-ttl", "cell", "setnx", "sliding-counter")
		m.overshoot = func(c result.Cell) float64 { return naiveOvershoots(c) + max(0, noise(c.Technique)) }
		return m.result()
	}},
	{"many-topologies", false, func() *result.Result {
		r := full().result()
		for _, c := range r.Cells {
			c.Topology = "cluster"
			r.Cells = append(r.Cells, c)
			c.Client = "default"
			r.Cells = append(r.Cells, c)
		}
		r.Run.Planned = len(r.Cells)
		return r
	}},
	{"sweeps", true, func() *result.Result { return fullSweeps().result() }},
	{"sweeps-of-all-techniques", false, func() *result.Result {
		m := fullSweeps()
		m.techniques = full().techniques
		return m.result()
	}},
	{"sweeps-of-one-step", true, func() *result.Result {
		m := fullSweeps()
		m.algorithms, m.drivers, m.repeats = []string{"gcra"}, []string{"redigo"}, 1
		return without(m.result(), func(c result.Cell) bool { return c.Step.Value > m.steps[c.Scenario][0].Value })
	}},
	{"sweeps-overloaded", true, func() *result.Result {
		r := change(fullSweeps().result(), func(c result.Cell) bool { return c.Step.Axis == "rate" && c.Step.Value > 8000 || c.Step.Value == 2000 }, void)
		return change(r, func(c result.Cell) bool { return c.Step.Axis == "keys" && c.Algorithm == "gcra" }, func(c *result.Cell) { c.BytesPerKey = nil })
	}},
	{"sweeps-of-many-clients", false, func() *result.Result {
		m := fullSweeps()
		m.drivers = append(m.drivers, "valkey-go", "radix", "gomemcache-with-a-long-name")
		return m.result()
	}},
	{"instances", true, func() *result.Result { return fullInstances().result() }},
	{"instances-all-hold", true, func() *result.Result {
		return without(fullInstances().result(), func(c result.Cell) bool { return c.Technique != "lua" || c.Driver != "redigo" || c.Repeat > 1 })
	}},
	{"instances-void", true, func() *result.Result {
		r := change(fullInstances().result(), func(c result.Cell) bool { return c.Step.Value == 10 && c.Technique != "memory" }, void)
		return change(r, func(c result.Cell) bool { return c.Algorithm == "gcra" && c.Technique == "multi" }, void)
	}},
	{"skew", true, func() *result.Result { return fullSkew().result() }},
	{"skew-all-hold", true, func() *result.Result {
		return without(fullSkew().result(), func(c result.Cell) bool { return c.Technique != "lua" || c.Repeat > 1 })
	}},
	{"skew-ahead-only", false, func() *result.Result {
		return without(fullSkew().result(), func(c result.Cell) bool { return c.Step.Value < 0 })
	}},
	{"skew-agreeing", true, func() *result.Result {
		return without(fullSkew().result(), func(c result.Cell) bool { return c.Step.Value != 0 })
	}},
	{"skew-void", true, func() *result.Result {
		r := change(fullSkew().result(), func(c result.Cell) bool { return c.Step.Value == -100 || c.Technique == "multi" }, void)
		return change(r, func(c result.Cell) bool { return c.Technique == "lua-client-clock" && c.Step.Value == 50 }, void)
	}},
	{"outage", true, fullOutage},
	{"outage-without-policies", true, func() *result.Result {
		return without(fullOutage(), func(c result.Cell) bool { return c.Policy != "" })
	}},
	{"outage-void", true, func() *result.Result {
		return change(fullOutage(), func(c result.Cell) bool { return c.Policy == "fail-open" || c.Driver == "redigo" && c.Policy == "" }, void)
	}},
	{"outage-that-all-survive", false, func() *result.Result {
		return without(fullOutage(), func(c result.Cell) bool { return c.Policy != "fail-open" || c.Driver != "rueidis" })
	}},
	{"faults", true, fullFaults},
	{"faults-on-one-topology", false, func() *result.Result { return faultsOn("sentinel") }},
	{"faults-of-all-kinds", true, faultsOfAllKinds},
	{"short", false, func() *result.Result {
		m := full()
		m.samples = 300
		return m.result()
	}},
}

// eachFigure runs f for every chart of every run that has data for it; of the
// golden runs only, if asked.
func eachFigure(t *testing.T, golden bool, f func(t *testing.T, c Chart, r *result.Result, fig *Figure)) {
	for _, run := range runs {
		if golden && !run.golden {
			continue
		}
		r := run.build()
		for _, c := range All() {
			fig, err := c.Draw(r)
			if err != nil {
				continue // which runs have no data is the business of TestNoData
			}
			t.Run(run.name+"/"+c.Name(), func(t *testing.T) { f(t, c, r, fig) })
		}
	}
}
