package check

import (
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// malformed says in a few words why a history cannot be judged at all; empty if
// it can. The checkers rely on what it excludes.
func malformed(h *history.History) string {
	c := h.Trial.Contract
	switch {
	case c.Limit.Validate() != nil:
		return c.Limit.Validate().Error()
	case c.Limit.W > latest:
		return fmt.Sprintf("window of %s", c.Limit.W)
	case c.Granularity < 0 || c.Granularity > c.Limit.W:
		return fmt.Sprintf("granularity of %s", c.Granularity)
	case c.Kind != algorithms.Unlimited && overshootRules(c.Kind) == nil:
		return fmt.Sprintf("contract of unknown kind %q", c.Kind)
	}
	if a := h.Trial.Audit; a != nil {
		for _, e := range a.Entries {
			if int(e.Key) >= len(h.Trial.Keys) || e.Key < 0 {
				return fmt.Sprintf("audit of key %d of %d", e.Key, len(h.Trial.Keys))
			}
		}
	}
	for _, e := range h.Trial.Evictions {
		if int(e.Key) >= len(h.Trial.Keys) || e.Key < 0 || e.Times < 1 {
			return fmt.Sprintf("key %d of %d evicted %d times", e.Key, len(h.Trial.Keys), e.Times)
		}
	}
	return malformedOps(h)
}

func malformedOps(h *history.History) string {
	last := int64(0)
	for i := range h.Ops {
		op := &h.Ops[i]
		switch {
		case op.Inv < last:
			return fmt.Sprintf("operation %d was invoked before the one it follows", i)
		case op.Ret < op.Inv:
			return fmt.Sprintf("operation %d returned before it was invoked", i)
		case op.Ret > latest || op.Intended < 0 || op.Intended > latest:
			return fmt.Sprintf("operation %d lies beyond any clock", i)
		case op.Key < 0 || int(op.Key) >= len(h.Trial.Keys):
			return fmt.Sprintf("operation %d is on key %d of %d", i, op.Key, len(h.Trial.Keys))
		case op.Cost < 1:
			return fmt.Sprintf("operation %d costs %d", i, op.Cost)
		case op.Outcome > algorithms.Allowed:
			return fmt.Sprintf("operation %d ended with outcome %d", i, op.Outcome)
		}
		last = op.Inv
	}
	return ""
}

// void says why the trial could not have shown what it set out to show; empty if
// it could. This is the harness's fault, never the limiter's.
func void(h *history.History) string {
	for _, flawed := range []func(*history.History) string{broken, unobserved, clockStepped, noFault, otherRoles, startedLate, unreached} {
		if reason := flawed(h); reason != "" {
			return reason
		}
	}
	return ""
}

// broken: the processes that were to offer the load did not.
func broken(h *history.History) string { return h.Trial.Broken }

// unobserved: nothing observed is never a pass.
func unobserved(h *history.History) string {
	if n := measured(h, answered); n == 0 {
		return "nothing was observed: no operation was answered"
	}
	return ""
}

// measured counts the operations of the measured part with these outcomes.
func measured(h *history.History, of outcomes) int64 { return measuredUntil(forever, h, of) }

// measuredUntil counts those that returned before an instant.
func measuredUntil(until int64, h *history.History, of outcomes) (n int64) {
	for i := range h.Ops {
		if op := &h.Ops[i]; op.Intended >= h.Trial.Load.StartNS && op.Ret < until && of.has(op.Outcome) {
			n++
		}
	}
	return n
}

// clockStepped: the wall clock, by which servers decide, moved against the one of
// the history by more than g, or nobody looked while operations ran.
func clockStepped(h *history.History) string {
	readings := h.Trial.Clock
	if len(readings) < 2 {
		return "the clocks were not read at both ends of the trial"
	}
	if step := clockStep(h); step > 0 {
		return fmt.Sprintf("clock stepped: by at least %s during the trial", step)
	}
	for i := range h.Ops {
		if op := &h.Ops[i]; op.Inv < readings[0].MonoNS || op.Ret > readings[len(readings)-1].MonoNS {
			return fmt.Sprintf("operation %d lies outside the readings of the clocks", i)
		}
	}
	return ""
}

// clockStep is by how much the clocks moved against each other for certain, if that is
// more than g, else 0.
func clockStep(h *history.History) time.Duration {
	low, high := int64(-forever), int64(forever)
	for _, r := range h.Trial.Clock {
		low, high = max(low, r.MonoNS-r.RealNS-r.ErrNS), min(high, r.MonoNS-r.RealNS+r.ErrNS)
	}
	if step := time.Duration(low - high); step > h.Trial.Contract.Granularity {
		return step
	}
	return 0
}

// Punctual is how late an operation of an open loop may start, and still be the
// load that was planned.
const Punctual = 10 * time.Millisecond

// LeastPunctual is how many per cent of the operations of an open loop must start on
// time.
const LeastPunctual = 99

// startedLate: an open loop of which fewer started on time offered something else than
// was planned. What was planned but is missing started never. While a fault lasts it may
// take the time of whoever offers the load.
func startedLate(h *history.History) string {
	if h.Trial.Load.Loop != "open" {
		return ""
	}
	var total, onTime, excused int64
	for i := range h.Ops {
		switch op := &h.Ops[i]; {
		case op.Intended < h.Trial.Load.StartNS:
		case duringFault(h, op.Intended):
			excused++
		default:
			total++
			if op.Inv-op.Intended <= int64(Punctual) {
				onTime++
			}
		}
	}
	if total = max(total, h.Trial.Load.Scheduled-excused); onTime*100 < total*LeastPunctual {
		return fmt.Sprintf("offered too little: %d of %d operations started within %s of their intended time", onTime, total, Punctual)
	}
	return ""
}

// unreached: fewer commands ran on the server than operations were admitted, so
// something else admitted them. Denials need none: a limiter may remember that a
// window is full until it ends.
func unreached(h *history.History) string {
	s := h.Trial.Server
	if s == nil || s.Calls == nil || h.Trial.NoServer {
		return ""
	}
	var calls int64
	for command, n := range s.Calls {
		if command != "wait" { // for replicas to have what another command wrote
			calls += n
		}
	}
	if n := measured(h, allowed); calls < n {
		return fmt.Sprintf("commands did not reach the server: it ran %d for %d admitted operations", calls, n)
	}
	return ""
}
