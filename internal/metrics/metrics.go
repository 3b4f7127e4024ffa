// Package metrics computes a cell of the result from a recorded history and its
// judgement. It is pure, so that the numbers of committed evidence can be computed
// again for ever. It judges nothing.
package metrics

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// answerTolerance is how long after its intended time an answer still counts for
// availability and recovery, and how long after its deadline an operation may end.
const answerTolerance = int64(100 * time.Millisecond)

// Cell measures the history h over its measured part, the operations intended at or
// after Load.StartNS, and adds the judgement j. What the trial did not record is
// null. h must be valid (history.Validate). History and SHA256 are left to the
// caller, who knows the file.
func Cell(h *history.History, j check.Report) result.Cell {
	c := describe(&h.Trial)
	faults(&c, h, j)
	byPolicy(&c, h, j)
	judge(&c, j)
	if j.Verdict != check.Unknown {
		c.NominalOvershootRatio = &j.Nominal
	}
	t := tallyOf(h)
	c.Allowed, c.Denied = t.outcomes[algorithms.Allowed], t.outcomes[algorithms.Denied]
	c.Failed, c.Unknown = t.outcomes[algorithms.Failed], t.outcomes[algorithms.Unknown]
	c.Noticed = noticed(h, t.errors)
	c.Latency = result.Latency{Response: t.response.quantiles(), Service: t.service.quantiles()}
	pace(&c, &h.Trial.Load, t)
	cost(&c, &h.Trial, t.count)
	if c.ExecutionsPerDecision == nil && h.Trial.OneScript {
		c.ExecutionsPerDecision = known(j.Executed, float64(t.count))
	}
	return c
}

// describe copies what the trial says about itself.
func describe(t *history.Trial) result.Cell {
	limit := t.Contract.Limit
	return result.Cell{
		Scenario: t.Cell.Scenario, Step: stepOf(t.Cell.Step), Topology: t.Cell.Topology, Algorithm: t.Cell.Algorithm,
		Technique: t.Cell.Technique, Driver: t.Cell.Driver, Client: t.Cell.Client, Policy: t.Cell.Policy,
		Repeat: t.Cell.Repeat, Attempt: t.Cell.Attempt, Voids: append([]string{}, t.Voids...),
		Limit: limit.L, WindowMS: limit.W.Milliseconds(), Burst: limit.B, Contract: string(t.Contract.Kind), Instances: max(1, t.Instances),
		Expected: t.Expected, Overshoot: result.Overshoot{Bound: bound(t), Cause: t.Cause},
		Faults: []result.Fault{}, Yardstick: yardstick(t),
	}
}

func yardstick(t *history.Trial) bool {
	return t.Contract.Kind == algorithms.Unlimited || t.NoServer && !t.Cell.Remote()
}

func stepOf(s history.Step) *result.Step {
	if s == (history.Step{}) {
		return nil
	}
	return new(result.Step(s))
}

// tally is one pass over the measured operations.
type tally struct {
	count             int64
	outcomes          [algorithms.Allowed + 1]int64
	punctual          int64 // started within check.Punctual
	prompt            int64 // answered within answerTolerance
	deadline          int64 // of an operation, ns
	due, ended        int64 // still going on at its deadline, and ended soon after
	response, service *latency
	lateness          *latency
	errors            map[string]int64 // nil without any
}

func tallyOf(h *history.History) *tally {
	t := &tally{response: newLatency(), service: newLatency(), lateness: newLatency(), deadline: int64(h.Trial.Load.Deadline)}
	for i := range h.Ops {
		if o := &h.Ops[i]; o.Intended >= h.Trial.Load.StartNS {
			t.add(o, h.Trial.Policy)
		}
	}
	return t
}

func (t *tally) add(o *history.Op, p *history.Policy) {
	t.count++
	t.outcomes[o.Outcome]++
	t.response.record(o.Ret - o.Intended)
	t.service.record(o.Ret - o.Inv)
	t.lateness.record(o.Inv - o.Intended)
	if o.Inv-o.Intended <= int64(check.Punctual) {
		t.punctual++
	}
	if served(o, p) && o.Ret-o.Intended <= answerTolerance {
		t.prompt++
	}
	if late := o.Ret - o.Inv - t.deadline; late >= 0 {
		t.due++
		if late <= t.deadline/history.DeadlineSlack+answerTolerance {
			t.ended++
		}
	}
	if o.Symptom != drivers.NoError {
		if t.errors == nil {
			t.errors = map[string]int64{}
		}
		t.errors[o.Symptom.String()]++
	}
}

// pace says how the load was offered and answered. A closed loop has no intended
// times to be late for.
func pace(c *result.Cell, load *history.Load, t *tally) {
	c.WithinDeadline = ratio(float64(t.ended), float64(t.due))
	answers := t.outcomes[algorithms.Allowed] + t.outcomes[algorithms.Denied]
	c.DecisionsPerSecond = ratio(float64(answers), time.Duration(load.EndNS-load.StartNS).Seconds())
	if load.Loop == "closed" {
		if c.DecisionsPerSecond != nil {
			c.Offered = *c.DecisionsPerSecond
		}
		return
	}
	c.Offered = load.Rate
	// Scheduled counts the arrivals that a trial cut short never started.
	scheduled := float64(max(load.Scheduled, t.count))
	c.StartedRatio = ratio(float64(t.punctual), scheduled)
	c.Availability = ratio(float64(t.prompt), scheduled)
	if q := t.lateness.quantiles(); q != nil {
		c.LatenessP99US = q.P99us
	}
}

// cost divides what was counted besides the operations by their number.
func cost(c *result.Cell, t *history.Trial, count int64) {
	n := float64(count)
	if s := t.Server; s != nil {
		c.ServerCPUus = ratio(s.CPUus, n)
		c.ExecutionsPerDecision = executions(s.Calls, n)
	}
	if u := t.Client; u != nil {
		c.ClientCPUus, c.Allocs = known(u.CPUus, n), known(u.Allocs, n)
		c.Connections, c.ConnectionsOpened = &u.Connections, &u.Opened
		c.RoundTrips = ratio(float64(u.Trips), n)
		c.BytesIn, c.BytesOut = ratio(float64(u.BytesIn), n), ratio(float64(u.BytesOut), n)
	}
	if a := t.Audit; a != nil {
		c.KeysWithoutTTL = &a.WithoutTTL
		c.BytesPerKey = known(a.Bytes, float64(a.Keys))
	}
}

// executions is the number of scripts and transactions that the server ran per
// operation: above 1 a client repeats by itself, or transactions were aborted. It is
// null for a technique that uses neither.
func executions(calls map[string]int64, n float64) *float64 {
	sum := calls["evalsha"] + calls["eval"] + calls["exec"]
	if sum == 0 {
		return nil
	}
	return ratio(float64(sum), n)
}

// known is the ratio of a count that may not have been taken.
func known[T int64 | float64](of *T, by float64) *float64 {
	if of == nil {
		return nil
	}
	return ratio(float64(*of), by)
}

// ratio is nil where it would divide by nothing.
func ratio(of, by float64) *float64 {
	if by <= 0 {
		return nil
	}
	q := of / by
	return &q
}
