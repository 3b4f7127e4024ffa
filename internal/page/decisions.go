package page

import (
	"cmp"
	"math"
	"strconv"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/report"
)

// mostFindings is how many decisions are listed, the gravest first.
const mostFindings = 100

// decisions is what the page shows of gate.json.
type decisions struct {
	*gate.Report
	Tone     string
	Counts   []fact
	Findings []finding
	Left     int // that are not listed
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
	d := &decisions{Report: r, Tone: toneOfOutcome(r.Verdict)}
	for _, o := range []gate.Outcome{gate.Fail, gate.Suspected, gate.Inconclusive, gate.Skipped, gate.Pass} {
		n := 0
		for _, f := range r.Findings {
			if f.Outcome == o {
				n++
			}
		}
		if n > 0 {
			d.Counts = append(d.Counts, fact{string(o), strconv.Itoa(n)})
		}
	}
	for _, f := range r.Findings[:min(len(r.Findings), mostFindings)] {
		d.Findings = append(d.Findings, newFinding(f))
	}
	d.Left = len(r.Findings) - len(d.Findings)
	return d
}

func newFinding(f gate.Finding) finding {
	v := finding{Finding: f, Tone: toneOfOutcome(f.Outcome), Before: sided(f.Base, f.Unit), Now: sided(f.Head, f.Unit), Moved: "–", Chance: "–", AtMost: "–"}
	if f.Was != "" || f.Is != "" {
		v.Before, v.Now = cmp.Or(f.Was, v.Before), cmp.Or(f.Is, v.Now)
	}
	if f.Change != nil {
		v.Moved = report.Share(*f.Change)
		if *f.Change > 0 {
			v.Moved = "+" + v.Moved
		}
	}
	if f.CorrectedP != nil {
		v.Chance = digits(*f.CorrectedP)
	}
	if f.Threshold != nil {
		v.AtMost = united(*f.Threshold, f.Unit)
	}
	return v
}

// sided spells one side of a comparison: its median and the number of repeats.
func sided(n *gate.Number, unit string) string {
	if n == nil {
		return "–"
	}
	return united(n.Median, unit) + " (n=" + strconv.Itoa(n.N) + ")"
}

func united(v float64, unit string) string {
	switch unit {
	case "", "/s":
		return digits(v) + unit
	}
	return digits(v) + " " + unit
}

// digits are more than a report has: what decides may differ in the third one.
func digits(v float64) string {
	if math.Abs(v) >= 1000 {
		return report.Number(v)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
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
