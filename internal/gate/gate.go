// Package gate decides whether a run got worse: it holds its cells, and those of a
// baseline, against rules that are data. It is pure; every decision carries the
// numbers that made it.
//
// There are three kinds of rules. Correctness is exact. Costs vary little and are
// compared by their median; CPU time, which varies more, by a test as well. Latency
// and throughput are noise first of all: a change counts only if it is significant
// among all comparisons, large enough to matter, and there again in a second block.
//
// Which runs are compared, and where the decisions are printed, is package cli's.
package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// Block is one block of repeats of the same cells on both sides.
type Block struct {
	// Base is what Head is compared with; nil for no baseline.
	Base, Head *result.Result
	// Interleaved says that repeat i of both sides was run side by side: they are pairs,
	// and what the machine did to one it did to the other.
	Interleaved bool
	// Unlike says why what takes time cannot be compared between the two sides: "kernel
	// was 6.1 and is 6.2". It is empty on one machine.
	Unlike string
}

// runs are those of both sides, as far as they are there.
func (b Block) runs() []*result.Result {
	if b.Base == nil {
		return []*result.Result{b.Head}
	}
	return []*result.Result{b.Head, b.Base}
}

// Outcome is what a decision came to.
type Outcome string

// The outcomes, the gravest first.
const (
	Fail Outcome = "fail"
	// Suspected is a change for the worse that no second block has confirmed yet: the
	// cell must be measured again.
	Suspected Outcome = "suspected"
	// Inconclusive is a decision that the data does not carry.
	Inconclusive Outcome = "inconclusive"
	// Skipped is an optional rule without the data, or the baseline, that it needs. It is
	// not a pass.
	Skipped Outcome = "skipped"
	Pass    Outcome = "pass"
)

// Outcomes are all, the gravest first.
var Outcomes = []Outcome{Fail, Suspected, Inconclusive, Skipped, Pass}

// Report is gate.json: all decisions about a run.
type Report struct {
	Schema        string `json:"schema"`
	SchemaVersion int    `json:"schema_version"`
	// Verdict is that of the whole gate: fail, inconclusive or pass.
	Verdict Outcome `json:"verdict" jsonschema:"enum=fail,enum=inconclusive,enum=pass"`
	// Head is the name of the run that was judged, Base that of the baseline; empty
	// for none.
	Head string `json:"head"`
	Base string `json:"base"`
	// Blocks is the number of blocks, Comparisons that of the tests in the first of
	// them, which its p values are corrected for.
	Blocks      int `json:"blocks"`
	Comparisons int `json:"comparisons"`
	// Alpha is the chance that a block without any change holds a suspect.
	Alpha float64 `json:"alpha"`
	// Rules are the names of the rules, in their order.
	Rules []string `json:"rules"`
	// Notes are sentences about both runs that change no decision.
	Notes []string `json:"notes"`
	// Findings are the decisions, the gravest first.
	Findings []Finding `json:"findings"`
}

// Finding is one decision: of a rule, about a metric of a cell.
type Finding struct {
	// Rule is the name of the rule; empty where the run itself is no evidence. Kind is
	// correctness, cost or latency.
	Rule string `json:"rule"`
	Kind string `json:"kind"`
	// Cell is the name of the cell, Metric that of what was compared; empty where the
	// decision is about no cell, or no metric, in particular.
	Cell   string `json:"cell"`
	Metric string `json:"metric"`
	// Unit is that of the numbers: µs, B, ms, /s; empty for a count or a ratio.
	Unit string `json:"unit"`
	// Was and Is are the verdicts that were compared, in a decision about correctness.
	Was string `json:"was,omitempty"`
	Is  string `json:"is,omitempty"`
	Comparison
	// Confirmation is the second look at a suspect; null for none.
	Confirmation *Comparison `json:"confirmation" jsonschema:"nullable"`
	Outcome      Outcome     `json:"outcome" jsonschema:"enum=fail,enum=suspected,enum=inconclusive,enum=skipped,enum=pass"`
	// Sentence says why.
	Sentence string `json:"sentence"`
}

// Comparison holds the numbers of one comparison. What was not computed is null.
type Comparison struct {
	Base *Number `json:"base" jsonschema:"nullable"`
	Head *Number `json:"head" jsonschema:"nullable"`
	// Change is relative to the base: 0.1 is ten per cent more. Of pairs it is the
	// median of their changes, else that of the medians.
	Change *float64 `json:"change" jsonschema:"nullable"`
	// Pairs is the number of pairs that Change is the median of; 0 if it is of the medians.
	Pairs int `json:"pairs,omitempty"`
	// P is the chance of a change for the worse as clear as this one, or clearer, if
	// nothing had changed; CorrectedP allows for the number of comparisons (Holm).
	P          *float64 `json:"p" jsonschema:"nullable"`
	CorrectedP *float64 `json:"corrected_p" jsonschema:"nullable"`
	// Threshold is the worst number that passes.
	Threshold *float64 `json:"threshold" jsonschema:"nullable"`

	// difference is Change in the unit of the metric.
	difference float64
}

// Number sums up the repeats of one side.
type Number struct {
	Median float64 `json:"median"`
	N      int     `json:"n"`
	// Lo and Hi bound the median with 95 % confidence; null if there are too few repeats
	// to say so.
	Lo *float64 `json:"lo" jsonschema:"nullable"`
	Hi *float64 `json:"hi" jsonschema:"nullable"`
}

// Judge holds the blocks against the rules: the first, and for suspects of that one
// those that follow. The words of the rules are checked before anything is judged, an
// unknown one is an *Unknown; so are cells that cannot be compared, a *Mismatch.
func Judge(rules *Rules, known Words, blocks ...Block) (*Report, error) {
	cells := collect(blocks)
	if err := rules.check(known, cells); err != nil {
		return nil, err
	}
	if err := comparable(cells); err != nil {
		return nil, err
	}
	j := &judge{rules: rules, blocks: blocks, cells: cells}
	r := &Report{Alpha: rules.Alpha, Blocks: len(blocks), Notes: notes(blocks, cells)}
	r.Head, r.Base = names(blocks)
	for _, rule := range rules.Rules {
		r.Rules = append(r.Rules, rule.Name)
	}
	if why := noEvidence(blocks); why != "" {
		j.findings = []*Finding{{Outcome: Inconclusive, Sentence: why}}
	} else {
		j.judge()
		r.Comparisons = j.comparisons
	}
	for _, f := range j.findings {
		r.Findings = append(r.Findings, *f)
	}
	slices.SortStableFunc(r.Findings, worstFirst)
	r.Verdict = r.Outcome()
	return r, nil
}

// Outcome is the verdict of the whole gate: fail before inconclusive before pass. A
// gate that decided nothing has not passed.
func (r *Report) Outcome() Outcome {
	switch {
	case r.Count(Fail) > 0:
		return Fail
	case r.Count(Pass) > 0 && r.Count(Suspected)+r.Count(Inconclusive) == 0:
		return Pass
	}
	return Inconclusive
}

// Count is how many decisions came to that.
func (r *Report) Count(o Outcome) (n int) {
	for _, f := range r.Findings {
		if f.Outcome == o {
			n++
		}
	}
	return n
}

// Counts spells how many decisions there are of each outcome: "1 fail, 3 pass".
func (r *Report) Counts() string {
	var list []string
	for _, o := range Outcomes {
		if n := r.Count(o); n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, o))
		}
	}
	return strings.Join(list, ", ")
}

// Suspects are the names of the cells that must be measured again in a second block.
func (r *Report) Suspects() (cells []string) {
	for _, f := range r.Findings {
		if f.Outcome == Suspected && !slices.Contains(cells, f.Cell) {
			cells = append(cells, f.Cell)
		}
	}
	return cells
}

// worstFirst orders by outcome, then by how clear a change for the worse is.
func worstFirst(a, b Finding) int {
	clear := func(f Finding) float64 {
		if f.CorrectedP == nil {
			return 1
		}
		return *f.CorrectedP
	}
	return cmp.Or(
		cmp.Compare(slices.Index(Outcomes, a.Outcome), slices.Index(Outcomes, b.Outcome)),
		cmp.Compare(clear(a), clear(b)),
	)
}
