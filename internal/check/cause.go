package check

import (
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/history"
)

// Attributions of a broken contract.
const (
	// causeRace: one server alone broke it, so no fault explains it. Also whatever happens
	// without a fault.
	causeRace = "race"
	// causeLostWrites: each server kept it, and together they did not, because one did not
	// know what another had acknowledged.
	causeLostWrites = "lost writes"
	// causeClockStep: the clock that servers decide by moved.
	causeClockStep = "clock step"
	causeUnknown   = "unattributed"
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
		return causeRace, "nothing else happened"
	}
	if t == nil {
		return causeUnknown, "the decisions were not traced to their servers"
	}
	if alone := d.alone(t, findings); alone != "" {
		return causeRace, alone
	}
	switch lost := t.lost(); {
	case lost.Certain > 0, lost.Possible > 0 && h.Trial.Cause == causeLostWrites && !t.repeats():
		return causeLostWrites, lost.String() // what does not race can have no other cause
	case lost.Possible > 0:
		return causeUnknown, "no server alone broke the contract for certain, and " + lost.String()
	}
	return causeUnknown, "no server alone broke the contract, and none forgot an admission"
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
