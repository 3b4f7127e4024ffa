package check

import (
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// Attributions of a broken contract.
const (
	// causeRace: one server alone broke it, so no fault explains it. Also whatever happens
	// without a fault, but for a clock skew and a stale read.
	causeRace = "race"
	// causeLostWrites: each server kept it, and together they did not, because one did not
	// know what another had acknowledged.
	causeLostWrites = "lost writes"
	// causeClockStep: the clock that servers decide by moved.
	causeClockStep = "clock step"
	// causeClockSkew: the limiter decides by its clients' clocks, and these differed.
	causeClockSkew = "clock skew"
	// causeStaleRead: the limiter decided by what a replica still held to be true.
	causeStaleRead = "stale read"
	// causeEviction: the server gave up the state of keys for want of memory, and no other key
	// broke it.
	causeEviction = "eviction"
	causeUnknown  = "unattributed"
)

// attribute says why more was admitted than the contract permits, if the findings say
// so: in the overshoot, and after a fault in a finding of its own. The verdict stays: to
// the client the contract is broken, whoever broke it.
func (d *desk) attribute(h *history.History, t *tracing, findings []Finding) []Finding {
	broken := slices.ContainsFunc(findings, func(f Finding) bool { return f.Verdict == Invalid && tooMuch(f.Checker) })
	if !broken {
		return findings
	}
	cause, reason := d.cause(h, t, findings)
	for _, f := range findings {
		if f.Overshoot != nil {
			f.Overshoot.Attribution = cause
		}
	}
	if len(h.Trial.Faults) == 0 {
		return findings
	}
	return append([]Finding{{Checker: "cause", Verdict: Invalid, Reason: cause + ": " + reason}}, findings...)
}

// tooMuch lists the checkers that find what a server which forgets can be guilty of.
func tooMuch(checker string) bool {
	return checker == overshoot || checker == lostWindow || checker == replay
}

// cause of a broken contract, and the reason in a clause.
func (d *desk) cause(h *history.History, t *tracing, findings []Finding) (cause, reason string) {
	if step := clockStep(h); step > 0 {
		return causeClockStep, fmt.Sprintf("the clock that servers decide by moved by at least %s", step)
	}
	if len(h.Trial.Faults) == 0 {
		return d.alike(h, "nothing else happened")
	}
	if t == nil {
		return causeUnknown, "the decisions were not traced to their servers"
	}
	if gone := d.evicted(h); gone != "" {
		return causeEviction, gone
	}
	if alone := d.alone(t, findings); alone != "" {
		return d.alike(h, alone)
	}
	switch lost := t.lost(); {
	case lost.Certain > 0, lost.Possible > 0 && h.Trial.Cause == causeLostWrites && !t.repeats():
		return causeLostWrites, lost.String() // what does not race can have no other cause
	case lost.Possible > 0:
		return causeUnknown, "no server alone broke the contract for certain, and " + lost.String()
	}
	return causeUnknown, "no server alone broke the contract, and none forgot an admission"
}

// alike tells a race from what looks like one: clients of one limiter that were told
// different things about now, or about what is charged. A script, and a request that met
// no other, cannot race; where neither shows it, it may be either.
func (d *desk) alike(h *history.History, reason string) (cause, why string) {
	switch t := &h.Trial; {
	case t.ClientClock && t.Load.Skew != 0:
		cause, why = causeClockSkew, fmt.Sprintf("the clients' clocks differed by %s", t.Load.Skew.Abs())
	case t.Load.ReadReplica && !t.OneScript && !t.Serial:
		cause, why = causeStaleRead, "a replica answered what it read"
	default:
		return causeRace, reason
	}
	switch {
	case h.Trial.OneScript:
		return cause, why
	case d.overshoot(apart(h)).Verdict == Invalid:
		return cause, why + ", and requests that met no other admitted too much by themselves"
	}
	return causeUnknown, why + ", but requests met, so it may have been a race"
}

// apart is the history of which only those admissions are certain that met no other
// operation on their key. What any other did to the key, or undid, is before or after all
// of such an operation, so no race made it be admitted, nor lost its charge.
func apart(h *history.History) *history.History {
	met := make([]bool, len(h.Ops))
	last := make([]int, len(h.Trial.Keys)) // position, from 1, of the operation that ended last
	for i := range h.Ops {
		j := last[h.Ops[i].Key] - 1
		if j >= 0 && h.Ops[i].Inv <= end(&h.Ops[j]) {
			met[i], met[j] = true, true
		}
		if j < 0 || end(&h.Ops[i]) > end(&h.Ops[j]) {
			last[h.Ops[i].Key] = i + 1
		}
	}
	v := &history.History{Trial: h.Trial, Ops: slices.Clone(h.Ops)}
	for i := range v.Ops {
		if met[i] && v.Ops[i].Outcome == algorithms.Allowed {
			v.Ops[i].Outcome = algorithms.Unknown
		}
	}
	return v
}

// end is when an operation had taken effect at the latest.
func end(op *history.Op) int64 { return newSpan(op).ret }

// evicted says that keys which the server gave up are all that breaks the contract; empty
// if none was given up, or another key breaks it too.
func (d *desk) evicted(h *history.History) string {
	var times int64
	gone := make([]bool, len(h.Trial.Keys))
	for _, e := range h.Trial.Evictions {
		times, gone[e.Key] = times+e.Times, true
	}
	if times == 0 {
		return ""
	}
	others := *h
	others.Ops = slices.Clone(h.Ops)
	for i := range others.Ops {
		if op := &others.Ops[i]; gone[op.Key] {
			op.Outcome = algorithms.Failed
		}
	}
	for _, judge := range []func(*history.History) Finding{d.overshoot, d.nearWindows, d.replay} {
		if judge(&others).Verdict == Invalid {
			return ""
		}
	}
	return fmt.Sprintf("the server gave up keys of the limiter %d times for want of memory", times)
}

// alone says how one server by itself broke the contract; empty if none did for certain.
func (d *desk) alone(t *tracing, findings []Finding) string {
	if slices.ContainsFunc(findings, func(f Finding) bool { return f.Checker == replay && f.Verdict == Invalid }) {
		return "one server alone answered against the contract"
	}
	for rank := range t.ranks {
		if f := d.overshoot(t.chain(rank)); f.Verdict == Invalid {
			return fmt.Sprintf("one server alone admitted %d, %d permitted", f.Overshoot.Witness.Admitted, f.Overshoot.Witness.Permitted)
		}
		if f := d.nearWindows(t.own(rank)); f.Verdict == Invalid {
			return "one server alone lost a window"
		}
	}
	return ""
}

// blameRepeats adds to false rejections what explains them: steps that a client repeated
// by itself used up what others were denied.
func blameRepeats(findings []Finding, repeated int64) {
	for i := range findings {
		if f := &findings[i]; repeated > 0 && f.Checker == falseRejection && f.Verdict == Invalid {
			f.Reason += fmt.Sprintf("; counted twice: the servers ran %d steps that no operation asked for", repeated)
		}
	}
}
