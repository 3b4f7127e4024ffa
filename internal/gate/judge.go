package gate

import (
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// judge collects the decisions.
type judge struct {
	rules    *Rules
	blocks   []Block
	cells    []*cell
	findings []*Finding
	// tests are what only statistics can decide, after all rules were looked at.
	tests       []*test
	comparisons int
}

func (j *judge) judge() {
	j.incomplete()
	j.strange()
	for i := range j.rules.Rules {
		j.rule(&j.rules.Rules[i])
	}
	j.decide()
}

// incomplete says of runs that were cut short that they are: what is missing cannot
// have passed.
func (j *judge) incomplete() {
	for _, b := range j.blocks {
		for _, r := range b.runs() {
			if !r.Run.Complete {
				j.findings = append(j.findings, &Finding{Outcome: Inconclusive, Sentence: fmt.Sprintf(
					"run %s was cut short: %d of %d cells; go on with rlbench run --resume", r.Run.Name, len(r.Cells), r.Run.Planned)})
			}
		}
	}
}

// strange says of a baseline that it has no cell of the run: compared with it, nothing can
// have passed.
func (j *judge) strange() {
	if j.based() && !slices.ContainsFunc(j.cells, func(c *cell) bool { return len(c.heads()) > 0 && len(c.bases()) > 0 }) {
		_, base := names(j.blocks)
		j.findings = append(j.findings, &Finding{Outcome: Inconclusive, Sentence: fmt.Sprintf(
			"the baseline %s has none of the cells that are judged: name a run of the same scenarios, limiters and clients", base)})
	}
}

// based says that there is a baseline.
func (j *judge) based() bool {
	return slices.ContainsFunc(j.blocks, func(b Block) bool { return b.Base != nil })
}

// add makes a finding of the rule.
func (j *judge) add(r *Rule, m metric, c *cell) *Finding {
	f := &Finding{Rule: r.Name, Kind: r.Kind, Metric: m.name, Unit: m.unit}
	if c != nil {
		f.Cell = c.name
	}
	j.findings = append(j.findings, f)
	return f
}

// lacks is the finding that there is nothing to decide by.
func (j *judge) lacks(r *Rule, m metric, c *cell, why string) {
	f := j.add(r, m, c)
	f.Outcome, f.Sentence = Inconclusive, why
	if r.Optional {
		f.Outcome = Skipped
	}
}

// rule holds the cells that it selects against one rule.
func (j *judge) rule(r *Rule) {
	var cells []*cell
	for _, c := range j.cells {
		if heads := c.heads(); len(heads) > 0 && r.selects(c, heads) {
			cells = append(cells, c)
		}
	}
	if len(cells) == 0 {
		j.lacks(r, metric{}, nil, "no cell of the run is "+r.selected())
		return
	}
	for _, name := range r.Metrics {
		m := metricNamed(name)
		switch {
		case name == asExpected:
			for _, c := range cells {
				j.asExpected(r, m, c)
			}
		case m.of == nil:
			j.compared(r, m, cells, j.verdict)
			j.vanished(r, m)
		case !known(m, cells):
			j.lacks(r, m, nil, "no selected cell of the run has a number")
		default:
			j.numbers(r, m, cells)
		}
	}
}

// known says whether any cell of the run has the number.
func known(m metric, cells []*cell) bool {
	return slices.ContainsFunc(cells, func(c *cell) bool { return len(m.values(c.heads())) > 0 })
}

// numbers judges a metric by its limits, then by the baseline.
func (j *judge) numbers(r *Rule, m metric, cells []*cell) {
	if r.Max != nil || r.Min != nil {
		for _, c := range cells {
			j.bounded(r, m, c)
		}
	}
	switch {
	case !r.relates():
	case m.noisy:
		j.compared(r, m, cells, j.enlist)
	default:
		j.compared(r, m, cells, j.counted)
	}
}

// compared holds cells against those of the baseline. One says whether the rule had
// anything to say about a cell.
func (j *judge) compared(r *Rule, m metric, cells []*cell, one func(*Rule, metric, *cell) bool) {
	if !j.based() {
		j.lacks(r, m, nil, "needs a baseline")
		return
	}
	said := false
	for _, c := range cells {
		if len(c.bases()) == 0 {
			j.lacks(r, m, c, "the baseline has no such cell")
			said = true
			continue
		}
		said = one(r, m, c) || said
	}
	if !said {
		j.lacks(r, m, nil, "no selected cell had in the baseline what the rule looks at")
	}
}

// asExpected judges a cell by what its scenario expects.
func (j *judge) asExpected(r *Rule, m metric, c *cell) {
	f, heads := j.add(r, m, c), c.heads()
	f.Is = verdicts(heads)
	f.Outcome, f.Sentence = Pass, fmt.Sprintf("%s, %s was expected", f.Is, heads[0].Expected)
	for _, h := range heads {
		switch {
		case h.AsExpected:
		case h.Verdict != "unknown":
			f.Outcome, f.Sentence = Fail, fmt.Sprintf("%s, %s was expected%s", f.Is, h.Expected, because(h))
			return
		default:
			f.Outcome, f.Sentence = Inconclusive, fmt.Sprintf("%s, %s was expected%s", f.Is, h.Expected, because(h))
		}
	}
}

// verdict judges a cell by its verdict in the baseline.
func (j *judge) verdict(r *Rule, m metric, c *cell) bool {
	was, is := c.bases(), c.heads()
	wanted := "valid"
	if m.name == stillViolated {
		wanted = "invalid"
	}
	if !held(m, was) || wanted == "invalid" && !expected(is, "invalid") {
		return false
	}
	f := j.add(r, m, c)
	f.Was, f.Is = verdicts(was), verdicts(is)
	f.Outcome, f.Sentence = Fail, fmt.Sprintf("was %s and is %s", f.Was, f.Is)
	switch broken := slices.IndexFunc(is, func(c *result.Cell) bool { return c.Verdict == "invalid" }); {
	case held(m, is):
		f.Outcome = Pass
	case wanted == "valid" && broken >= 0:
		f.Sentence += because(is[broken])
	case wanted == "invalid" && all(is, "valid"):
		f.Sentence += ": the suite no longer shows the violation that it expects here"
	default:
		f.Outcome = Inconclusive
	}
	return true
}

// vanished says which cells showed in the baseline what the metric is about and are not
// in the run: a cell that nobody plays any more has not passed.
func (j *judge) vanished(r *Rule, m metric) {
	var gone []string
	for _, c := range j.cells {
		if len(c.heads()) == 0 && r.selects(c, c.bases()) && held(m, c.bases()) {
			gone = append(gone, c.name)
		}
	}
	switch len(gone) {
	case 0:
	case 1:
		j.lacks(r, m, nil, "the run lacks a cell of the baseline: "+gone[0])
	default:
		j.lacks(r, m, nil, fmt.Sprintf("the run lacks %d cells of the baseline: %s and others", len(gone), gone[0]))
	}
}

// held says that the trials show what the metric is about: all valid, or the expected
// violation in one of them.
func held(m metric, trials []*result.Cell) bool {
	if m.name == stillValid {
		return all(trials, "valid")
	}
	return expected(trials, "invalid") && slices.ContainsFunc(trials, func(c *result.Cell) bool { return c.Verdict == "invalid" })
}

func all(trials []*result.Cell, verdict string) bool {
	return !slices.ContainsFunc(trials, func(c *result.Cell) bool { return c.Verdict != verdict })
}

func expected(trials []*result.Cell, verdict string) bool {
	return !slices.ContainsFunc(trials, func(c *result.Cell) bool { return c.Expected != verdict })
}

// bounded holds a number against a limit that needs no baseline: an overshoot by its
// worst trial, what is measured by the median of all.
func (j *judge) bounded(r *Rule, m metric, c *cell) {
	values := m.values(c.heads())
	if len(values) == 0 {
		j.lacks(r, m, c, "the run has no number")
		return
	}
	f := j.add(r, m, c)
	f.Head = summary(values)
	limit, got, what := r.Max, f.Head.Median, "median"
	if m.more {
		limit = r.Min
	}
	if m.kind == correctness {
		got, what = slices.Max(values), "worst"
	}
	f.Threshold = limit
	f.Outcome = Pass
	if m.worse(got, *limit) {
		f.Outcome = Fail
	}
	f.Sentence = fmt.Sprintf("%s %s of %s, %s", what, m.spell(got), plural(len(values), "repeat"), m.bound(*limit))
}

// counted compares what hardly varies: the medians of all repeats.
func (j *judge) counted(r *Rule, m metric, c *cell) bool {
	base, head := m.values(c.bases()), m.values(c.heads())
	switch {
	case len(base) == 0 && len(head) == 0:
		return false
	case len(base) == 0:
		j.lacks(r, m, c, "the baseline has no number")
		return true
	case len(head) == 0:
		j.lacks(r, m, c, "the baseline has a number and the run has none")
		return true
	}
	f := j.add(r, m, c)
	f.Comparison = compare(r, m, base, head, stats.Median(head)-stats.Median(base))
	f.Outcome = Pass
	if f.exceeds(m) {
		f.Outcome = Fail
	}
	f.Sentence = f.spell(m)
	return true
}
