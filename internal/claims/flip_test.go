package claims

import (
	"maps"
	"path"
	"slices"
	"testing"

	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/result"
)

// change makes other evidence of what was measured.
type change func(e *Evidence)

// flip is another measurement, and the verdict that it must bring.
type flip struct {
	number string
	change change
	want   Verdict
}

// copied is evidence that can be changed while e stays as it is.
func copied(e *Evidence) *Evidence {
	c := &Evidence{Runs: map[string]*result.Result{}, Explored: map[string]*evidence.Document{}, Metrics: map[string]map[string]float64{}}
	for name, r := range e.Runs {
		run := *r
		run.Cells = slices.Clone(r.Cells)
		for i := range run.Cells {
			cell := &run.Cells[i]
			cell.ByPolicy, cell.Latency.Response = afresh(cell.ByPolicy), afresh(cell.Latency.Response)
		}
		c.Runs[name] = &run
	}
	for name, d := range e.Explored {
		document := *d
		document.Findings = slices.Clone(d.Findings)
		c.Explored[name] = &document
	}
	for name, told := range e.Metrics {
		c.Metrics[name] = maps.Clone(told)
	}
	return c
}

func afresh[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}

// set changes the cells of an experiment whose names match.
func set(experiment, pattern string, to func(*result.Cell)) change {
	return func(e *Evidence) {
		for i := range e.Runs[experiment].Cells {
			if c := &e.Runs[experiment].Cells[i]; matches(pattern, c) {
				to(c)
			}
		}
	}
}

func matches(pattern string, c *result.Cell) bool {
	ok, err := path.Match(pattern, c.Name())
	return ok && err == nil
}

// finds adds a counterexample, mends takes those away.
func finds(trace string) change {
	return func(e *Evidence) {
		d := e.Explored[explorer]
		d.Findings = append(d.Findings, evidence.Finding{Scenario: "race", Steps: 3, Trace: "traces/" + trace + ".json"})
	}
}

func mends(traces ...string) change {
	return func(e *Evidence) {
		d := e.Explored[explorer]
		d.Findings = slices.DeleteFunc(d.Findings, func(f evidence.Finding) bool {
			return slices.ContainsFunc(traces, func(trace string) bool { return f.Trace == "traces/"+trace+".json" })
		})
	}
}

func all(list ...change) change {
	return func(e *Evidence) {
		for _, c := range list {
			c(e)
		}
	}
}

// What cells are changed to.
func keepsIt(c *result.Cell)  { c.Verdict, c.Overshoot = "valid", result.Overshoot{} }
func overshot(c *result.Cell) { c.Verdict, c.Overshoot.Certain, c.Overshoot.Ratio = "invalid", 10, 1 }
func admitted(times int64) func(*result.Cell) {
	return func(c *result.Cell) {
		overshot(c)
		c.Overshoot.Witness = &result.Witness{Permitted: 100, Admitted: 100 * times}
	}
}
func takes(ms float64) func(*result.Cell) {
	return func(c *result.Cell) { c.Latency.Response.P50us = 1000 * ms }
}
func needs(trips float64) func(*result.Cell) { return func(c *result.Cell) { c.RoundTrips = &trips } }
func fails(n int64) func(*result.Cell)       { return func(c *result.Cell) { c.Failed, c.Unknown = n, 0 } }
func falsely(n int64) func(*result.Cell) {
	return func(c *result.Cell) { c.FalseRejections = &result.FalseRejections{Certain: n} }
}
func answers(share float64) func(*result.Cell) {
	return func(c *result.Cell) { c.Availability = &share }
}
func decides(allowed, denied int64) func(*result.Cell) {
	return func(c *result.Cell) { c.ByPolicy.Allowed, c.ByPolicy.Denied = allowed, denied }
}
func admits(ratio float64, beyond int64) func(*result.Cell) {
	return func(c *result.Cell) { c.ByPolicy.Ratio, c.ByPolicy.Beyond = ratio, beyond }
}
func stays(c *result.Cell)               { c.RecoveryMS = nil }
func returns(c *result.Cell)             { c.RecoveryMS = new(3000.0) }
func repeats(n int64) func(*result.Cell) { return func(c *result.Cell) { c.DoubleCounted = &n } }
func forgets(n int64) func(*result.Cell) { return func(c *result.Cell) { c.LostAcknowledged = &n } }
func opens(n int64) func(*result.Cell)   { return func(c *result.Cell) { c.ConnectionsOpened = &n } }
func leaves(n int64) func(*result.Cell)  { return func(c *result.Cell) { c.KeysWithoutTTL = &n } }
func longest(ms float64) func(*result.Cell) {
	return func(c *result.Cell) { c.Latency.Response.MaxUS = 1000 * ms }
}
func decidesPerSecond(n float64) func(*result.Cell) {
	return func(c *result.Cell) { c.DecisionsPerSecond = &n }
}

const (
	first   = "connect-storm/*/connect/check-then-connect/*"
	flight  = "connect-storm/*/connect/single-flight/*"
	noted   = "/fail-sql"
	bare    = "outage.*/*/gcra/lua/*"
	policed = bare + "/*"
)

// Numbers decide: each row gets every other verdict that it can have from other numbers, and
// its sentences change with them.
func TestEveryVerdictFollowsFromNumbers(t *testing.T) {
	flips := []flip{
		{"0.1", all(set(storm, first, fails(0)), set(fallback, first+noted, decides(0, 0))), Refuted},
		{"0.1", set(fallback, first+noted, decides(0, 0)), Conditional},
		{"0.2", set(storm, flight, fails(1)), Refuted},
		{"0.2", set(storm, flight, opens(2)), Refuted},
		{"0.2", set(fallback, flight+noted, decides(0, 1)), Refuted},
		{"0.3", set(fallback, first+noted, decides(0, 0)), Confirmed},
		{"0.3", set(fallback, flight+noted, decides(1, 0)), Refuted},
		{"0.3", set(outage, bare+noted, decides(0, 0)), Refuted},
		{"1.1", set(processes, "multi-instance.3/*/inprocess/memory/*", admitted(1)), Refuted},
		{"1.2", mends("fixedwindow-multi-ttl/client-death-key-without-ttl"), Conditional},
		{"1.2", all(mends("fixedwindow-multi-ttl/client-death-key-without-ttl", "fixedwindow-multi-ttl/false-rejection"),
			set(named, "concurrent/*/fixedwindow/multi-ttl/*", falsely(0))), Confirmed},
		{"1.3", set(outage, bare+"/fail-open", answers(0.5)), Refuted},
		{"1.3", set(processes, "multi-instance.1/*/inprocess/memory/*", admitted(2)), Refuted},
		{"1.3", all(set(outage, bare+"/fail-open", admits(0, 0)), set(processes, "multi-instance.3/*/inprocess/memory/*", keepsIt)), Confirmed},
		{"1.4", all(set(delayed, "network-delay.*/*/fixedwindow/lua/*", takes(20)), set(baseline, "baseline/*/inprocess/memory/*", takes(1))), Refuted},
		{"1.4", all(set(baseline, "baseline/*/fixedwindow/lua/*", takes(1.5)), set(baseline, "baseline/*/inprocess/memory/*", takes(0.1))), Confirmed},
		{"1.5", set(processes, "multi-instance.10/*/*/naive/*", keepsIt), Confirmed},
		{"1.5", set(processes, "multi-instance.10/*/gcra/lua/*", overshot), Refuted},
		{"1.5", set(processes, "multi-instance.10/*/gcra/multi/*", overshot), Refuted},
		{"1.6", func(e *Evidence) { e.Metrics[concurrent]["rlbench_blocked_total"] = 0 }, Conditional},
		{"1.6", func(e *Evidence) { e.Metrics[concurrent] = map[string]float64{"rlbench_build_info": 1} }, Refuted},
		{"2.1", finds("fixedwindow-incr-expire/overshoot"), Confirmed},
		{"2.1", set(named, "concurrent/*/fixedwindow/incr-expire/*", overshot), Confirmed},
		{"2.2", finds("fixedwindow-expire-nx/overshoot"), Confirmed},
		{"2.2", mends("fixedwindow-multi-expire/false-rejection"), Refuted},
		{"2.2", set(named, "concurrent/*/fixedwindow/multi-expire/*", falsely(0)), Refuted},
		{"2.3", finds("fixedwindow-multi-expire/overshoot"), Confirmed},
		{"2.3", finds("fixedwindow-multi-expire/client-death-key-without-ttl"), Confirmed},
		{"2.4", finds("fixedwindow-lua/overshoot"), Conditional},
		{"2.4", set(baseline, "baseline/*/fixedwindow/lua/goredis", needs(3)), Conditional},
		{"2.4", all(set(concurrent, "concurrent/*/fixedwindow/lua/*", overshot), set(baseline, "baseline/*/fixedwindow/lua/goredis", needs(3))), Refuted},
		{"3.1", set(outage, bare+"/fail-local", admits(0, 0)), Confirmed},
		{"3.1", all(set(outage, bare+"/fail-closed", decides(1, 9)), set(outage, bare+"/fail-open", decides(5, 5)), set(outage, bare+"/fail-local", admits(9, 1))), Refuted},
		{"3.2", set(outage, bare, answers(1)), Refuted},
		{"3.2", set(outage, bare, stays), Confirmed},
		{"3.3", set(outage, bare, stays), Refuted},
		{"3.3", all(set(outage, policed, returns), set(stall, "stall/*/gcra/lua/goredis/default", repeats(0))), Confirmed},
		{"4.1", all(mends("fixedwindow-lua-bucket/clock-skew-overshoot"), set(skewed, "clock-skew.*/*/fixedwindow/lua-bucket/*", keepsIt)), Confirmed},
		{"4.1", set(paced, "concurrent/*/fixedwindow/lua-bucket/*", admitted(2)), Refuted},
		{"4.2", set(concurrent, "concurrent/*/fixedwindow/naive/*", keepsIt), Refuted},
		{"4.2", set(concurrent, "concurrent/*/fixedwindow/lua/*", overshot), Refuted},
		{"4.3", all(set(paced, "concurrent/*/fixedwindow/naive/*", keepsIt), set(skewed, "clock-skew.*/*/fixedwindow/lua-bucket/*", keepsIt)), Confirmed},
		{"4.3", set(concurrent, "concurrent/*/gcra/lua/*", overshot), Refuted},
		{"4.4", mends("session-get-expire/promise", "session-get-setex/promise"), Confirmed},
		{"4.5", mends("cacheaside-delete/promise"), Confirmed},
		{"4.6", set(evicted, "eviction.allkeys-lru/*/*/lua/*", keepsIt), Confirmed},
		{"4.7", set(replicas, "replica-reads/*/*/naive/*", keepsIt), Confirmed},
		{"4.7", set(replicas, "replica-reads/*/*/lua/*", overshot), Refuted},
		{"4.8", set(pooled, "saturate/*/fixedwindow/lua/redigo/unpooled", fails(7)), Confirmed},
		{"4.8", set(pooled, "saturate/*/fixedwindow/lua/redigo", decidesPerSecond(1)), Refuted},
		{"4.8", set(pooled, "saturate/*/fixedwindow/lua/redigo/unpooled", opens(0)), Refuted},
		{"4.9", set(pipelined, "saturate/*/*/*/goredis/pipelined", takes(0.2)), Conditional},
		{"4.9", all(set(pipelined, "saturate/*/*/*/*/pipelined", takes(0.3)), set(pipelined, "saturate/*/*/*/*/unpipelined", takes(1)),
			set(farther, "network-delay.*/*/*/*/*/pipelined", takes(0.3)), set(farther, "network-delay.*/*/*/*/*/unpipelined", takes(1))), Confirmed},
		{"4.10", set(slow, "slow-command.keys/*/*/lua/*", longest(1)), Refuted},
		{"4.10", set(slow, "slow-command.scan/*/*/lua/*", longest(1000)), Refuted},
		{"4.11", set(failover, "failover/sentinel/*/lua/*", forgets(99)), Refuted},
		{"4.11", set(failover, "failover/standalone/*/lua/*", forgets(0)), Refuted},
		{"4.11", all(set(cut, "partition/*/*/lua/*", forgets(0)), set(restart, "restart.power-loss-aof-everysec/*/*/lua/*", forgets(0))), Confirmed},
		{"4.12", mends("fixedwindow-incr-expire/client-death-key-without-ttl"), Refuted},
		{"4.12", set(concurrent, "concurrent/*/gcra/lua/*", leaves(1)), Refuted},
	}
	measured := committed(t)
	before := Judge(All(), measured)
	for _, row := range before.Rows {
		if !slices.ContainsFunc(flips, func(f flip) bool { return f.number == row.Number }) {
			t.Errorf("%s has no other verdict whatever is measured", row.Number)
		}
	}
	for _, f := range flips {
		e := copied(measured)
		f.change(e)
		was := before.Rows[slices.IndexFunc(before.Rows, func(r Row) bool { return r.Number == f.number })]
		switch now := claim(t, f.number).Rule(e); {
		case now.Verdict != f.want || now.Verdict == was.Verdict:
			t.Errorf("%s: %s, and was %s; want %s: %s", f.number, now.Verdict, was.Verdict, f.want, now.Numbers)
		case now.Numbers == was.Numbers:
			t.Errorf("%s is %s, and says what it said when it was %s: %s", f.number, now.Verdict, was.Verdict, now.Numbers)
		}
	}
}
