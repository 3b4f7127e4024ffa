package page

import (
	"cmp"

	"github.com/rlbench/rlbench/internal/gate"
)

// mostFindings is how many decisions of a table are listed, the gravest first.
const mostFindings = 100

// decisions is what the page shows of gate.json.
type decisions struct {
	*gate.Report
	Tone string
	// Open are the decisions that failed or could not be made, Settled the others.
	Open, Settled findings
}

// findings are the decisions of one table.
type findings struct {
	Label string
	List  []finding
	Left  int // that are not listed
}

// finding is one decision with the numbers that made it.
type finding struct {
	gate.Finding
	Tone                               string
	Before, Now, Moved, Chance, AtMost string
}

func newDecisions(r *gate.Report) *decisions {
	if r == nil {
		return nil
	}
	d := &decisions{
		Report: r, Tone: toneOfOutcome(r.Verdict),
		Open: findings{Label: "Decisions that did not pass"}, Settled: findings{Label: "Decisions that passed or were skipped"},
	}
	for _, f := range r.Findings {
		if f.Outcome == gate.Pass || f.Outcome == gate.Skipped {
			d.Settled.add(f)
		} else {
			d.Open.add(f)
		}
	}
	return d
}

func (l *findings) add(f gate.Finding) {
	if len(l.List) == mostFindings {
		l.Left++
		return
	}
	l.List = append(l.List, newFinding(f))
}

func newFinding(f gate.Finding) finding {
	said := func(words ...string) string { return cmp.Or(cmp.Or(words...), "–") }
	return finding{
		Finding: f, Tone: toneOfOutcome(f.Outcome),
		Before: said(f.Was, f.Side(f.Base)), Now: said(f.Is, f.Side(f.Head)),
		Moved: said(f.Moved()), Chance: said(f.Chance()), AtMost: said(f.Bound()),
	}
}

func toneOfOutcome(o gate.Outcome) string {
	switch o {
	case gate.Fail:
		return "bad"
	case gate.Suspected, gate.Inconclusive:
		return "warn"
	case gate.Pass:
		return "good"
	}
	return "open"
}
