package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// Judge runs the checkers that the contract of h calls for.
//
// The verdict is the worst of those that did not abstain, and Unknown if all
// did. A valid one is withheld if the trial had no power (see power.go). It is
// Unknown with Report.Void set if the history is malformed, in which case no
// checker runs, or if the trial broke an assumption (see assume.go).
func Judge(h *history.History) Report {
	if flaw := malformed(h); flaw != "" {
		return Report{Verdict: Unknown, Void: "malformed history: " + flaw}
	}
	var r Report
	d := new(desk)
	r.Nominal = d.nominal(h)
	unspent := unchanged(h)
	h = sinceChange(h)
	guarded := d.guarded(h)
	h = own(h)
	for _, c := range d.checkers(h.Trial.Contract) {
		r.Findings = append(r.Findings, examine(c, h))
	}
	seen := d.underFaults(h, &r)
	r.guard(guarded)
	r.Verdict = Worst(r.Findings)
	if r.Verdict == Invalid && h.Trial.Imitation && h.Trial.Expected == string(Valid) {
		r.Findings = []Finding{notRedis(r.Findings)}
		r.Verdict = Unknown
	}
	if r.Verdict == Valid {
		r.withhold(h, seen)
	}
	if r.Void = cmp.Or(void(h), unspent); r.Void != "" {
		r.Verdict = Unknown
	}
	return r
}

// underFaults adds to the findings what the trace tells about the servers, and returns
// what a loss of state could have shown.
func (d *desk) underFaults(h *history.History, r *Report) *visible {
	t := traceOf(h)
	r.Findings = d.attribute(h, t, r.Findings)
	if t != nil {
		r.Executed, r.Repeated = new(t.executed()), new(t.repeated())
		blameRepeats(r.Findings, *r.Repeated)
	}
	if t != nil && len(h.Trial.Faults) > 0 {
		r.Lost = new(t.lost())
	}
	seen := visibleLoss(h, t)
	if seen != nil {
		r.Visible = &seen.most
	}
	return seen
}

// withhold turns a valid verdict into an unknown one if the trial had no power.
func (r *Report) withhold(h *history.History, seen *visible) {
	if powerless(h) {
		r.Findings = append(r.Findings, noPower)
	}
	if seen != nil && seen.most == 0 {
		r.Findings = append(r.Findings, seen.finding())
	}
	r.Verdict = Worst(r.Findings)
}

// notRedis withholds a verdict against a limiter of which none was expected. The
// imitation takes the deadline of SET PXAT in a transaction from when the command was
// queued, so that a window of a limiter that is right may end too late.
func notRedis(findings []Finding) Finding {
	i := slices.IndexFunc(findings, func(f Finding) bool { return !f.Abstained && f.Verdict == Invalid })
	return Finding{Checker: "imitation", Verdict: Unknown, Reason: "not a real Redis, which may be at fault itself: " + findings[i].Reason}
}

// Names of checkers that others speak of.
const (
	overshoot      = "overshoot"
	falseRejection = "false-rejection"
	lostWindow     = "lost-window"
	replay         = "replay"
)

// checkers are those for a contract, in the order of reports. They share the desk:
// only one of them may be at work at a time.
func (d *desk) checkers(c algorithms.Contract) []Checker {
	var list []Checker
	if rules := overshootRules(c.Kind); rules != nil {
		list = append(list, checker{overshoot, d.overshoot}, checker{falseRejection, d.falseRejection})
	}
	if c.Kind == algorithms.Window {
		list = append(list, checker{lostWindow, d.lostWindow})
	}
	switch c.Kind {
	case algorithms.Window, algorithms.Log, algorithms.Bucket:
		list = append(list, checker{replay, d.replay})
	}
	return append(list, checker{"starved", d.starved}, checker{"executions", executions}, checker{"keys", keys}, checker{"retry-after", d.retryAfter})
}

// Worst is the worst verdict of the findings that count: invalid, then unknown,
// then valid. Unknown if none counts: nothing judged is never a pass.
func Worst(findings []Finding) Verdict {
	counts := func(v Verdict) bool {
		return slices.ContainsFunc(findings, func(f Finding) bool { return !f.Abstained && f.Verdict == v })
	}
	switch {
	case counts(Invalid):
		return Invalid
	case counts(Unknown) || !counts(Valid):
		return Unknown
	}
	return Valid
}

// checker is a Checker made of a function, which need not set Finding.Checker.
type checker struct {
	name  string
	judge func(*history.History) Finding
}

func (c checker) Name() string { return c.name }

func (c checker) Check(h *history.History) Finding {
	f := c.judge(h)
	f.Checker = c.name
	return f
}

// examine turns the crash of a checker into Unknown: a bug in one must neither
// acquit the limiter nor hide what the others found.
func examine(c Checker, h *history.History) (f Finding) {
	defer func() {
		if p := recover(); p != nil {
			f = Finding{Checker: c.Name(), Verdict: Unknown, Reason: fmt.Sprintf("checker %s crashed: %v", c.Name(), p)}
		}
	}()
	return c.Check(h)
}

func valid() Finding { return Finding{Verdict: Valid} }

func invalid(format string, args ...any) Finding {
	return Finding{Verdict: Invalid, Reason: fmt.Sprintf(format, args...)}
}

func abstain(reason string) Finding {
	return Finding{Verdict: Unknown, Reason: reason, Abstained: true}
}
