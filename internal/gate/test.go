package gate

import (
	"fmt"
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"

	own "github.com/rlbench/rlbench/internal/stats"
)

// test is a comparison that only statistics can decide.
type test struct {
	rule    *Rule
	metric  metric
	finding *Finding
	looks   []look
}

// look is what one block shows of one metric of one cell.
type look struct {
	base, head []float64
	// paired says that base[i] and head[i] were measured side by side.
	paired bool
}

// enlist notes a comparison for later: what a p value means depends on how many there
// are.
func (j *judge) enlist(r *Rule, m metric, c *cell) bool {
	looks, unlike := j.looks(r, m, c)
	switch {
	case len(looks) == 0:
		if len(m.values(c.bases()))+len(m.values(c.heads())) == 0 {
			return false
		}
		j.lacks(r, m, c, "only one side has a number")
	case unlike != "":
		j.lacks(r, m, c, "time on two machines cannot be compared: "+unlike)
	case looks[0].repeats() < r.Repeats:
		j.lacks(r, m, c, fmt.Sprintf("%s measured something on both sides, the rule needs %d", plural(looks[0].repeats(), "repeat"), r.Repeats))
	default:
		j.tests = append(j.tests, &test{rule: r, metric: m, finding: j.add(r, m, c), looks: looks})
	}
	return true
}

// looks are those of the blocks that have the number on both sides. A single one with
// twice the repeats that the rule needs is two. unlike says what keeps the sides from
// being compared.
func (j *judge) looks(r *Rule, m metric, c *cell) (looks []look, unlike string) {
	for i, b := range j.blocks {
		l := look{m.values(c.blocks[i].base), m.values(c.blocks[i].head), b.Interleaved}
		if b.Interleaved {
			l.base, l.head = c.blocks[i].pairs(m)
		}
		if l.repeats() == 0 {
			continue
		}
		looks = append(looks, l)
		if b.Unlike != "" {
			unlike = b.Unlike
		}
	}
	if len(looks) == 1 && looks[0].repeats() >= 2*r.Repeats {
		l := looks[0]
		b, h := len(l.base)/2, len(l.head)/2
		looks = []look{{l.base[:b], l.head[:h], l.paired}, {l.base[b:], l.head[h:], l.paired}}
	}
	return looks, unlike
}

func (l look) repeats() int { return min(len(l.base), len(l.head)) }

// decide judges all tests: every one by its first look, those that look worse by their
// second one.
func (j *judge) decide() {
	tests := j.timed()
	j.comparisons = len(tests)
	compareAll(tests, 0)
	var again []*test
	for _, t := range tests {
		f := t.finding
		switch worse, why := t.worse(&f.Comparison, 0, j.rules.Alpha); {
		case !worse:
			f.Outcome, f.Sentence = Pass, f.spell(t.metric)
		case len(t.looks) > 1 && t.looks[1].repeats() >= t.rule.Repeats:
			again = append(again, t)
		case why != "":
			f.Outcome, f.Sentence = Inconclusive, f.spell(t.metric)+": "+why
		default:
			f.Outcome, f.Sentence = Suspected, f.spell(t.metric)+": measure a second block"
		}
	}
	compareAll(again, 1)
	for _, t := range again {
		t.confirm(j.rules.Alpha)
	}
}

// timed are the tests that can be judged together: none of latency if too many cells
// were timed.
func (j *judge) timed() []*test {
	var cells []string
	for _, t := range j.tests {
		if t.rule.Kind == latency && !slices.Contains(cells, t.finding.Cell) {
			cells = append(cells, t.finding.Cell)
		}
	}
	if len(cells) <= MostTimed {
		return j.tests
	}
	return slices.DeleteFunc(slices.Clone(j.tests), func(t *test) bool {
		if t.rule.Kind != latency {
			return false
		}
		t.finding.Outcome, t.finding.Sentence = Inconclusive, fmt.Sprintf(
			"%d cells are timed: select at most %d, or the machine changes within a block", len(cells), MostTimed)
		return true
	})
}

// compareAll compares the numbers of one look of every test, with p values that allow
// for their number.
func compareAll(tests []*test, look int) {
	var ps []float64
	for _, t := range tests {
		l, c := t.looks[look], t.comparison(look)
		*c = compare(t.rule, t.metric, l.base, l.head, l.difference())
		if l.byRatio() {
			c.Pairs = len(l.base)
		}
		c.P = new(l.p(t.metric))
		ps = append(ps, *c.P)
	}
	for i, p := range holm(ps) {
		tests[i].comparison(look).CorrectedP = &p
	}
}

// comparison is where the numbers of a look belong.
func (t *test) comparison(look int) *Comparison {
	if look == 0 {
		return &t.finding.Comparison
	}
	if t.finding.Confirmation == nil {
		t.finding.Confirmation = &Comparison{}
	}
	return t.finding.Confirmation
}

// worse says that a comparison shows a change for the worse, significant and large
// enough; why, that it may be no change of the program all the same.
func (t *test) worse(c *Comparison, look int, alpha float64) (worse bool, why string) {
	if *c.CorrectedP >= alpha || !c.exceeds(t.metric) {
		return false, ""
	}
	if !t.looks[look].paired && !t.beyondDrift(c) {
		return true, fmt.Sprintf("less than a factor of %g, by which days differ: run both builds side by side with rlbench ab", t.rule.Drift)
	}
	return true, ""
}

// beyondDrift says that two days do not differ that much.
func (t *test) beyondDrift(c *Comparison) bool {
	head := c.Base.Median + c.difference
	if t.metric.more {
		return head*t.rule.Drift < c.Base.Median
	}
	return head > c.Base.Median*t.rule.Drift
}

// confirm decides about what looked worse and was measured again. Both looks have the
// same say, or a clearer change for the worse could be judged milder.
func (t *test) confirm(alpha float64) {
	f := t.finding
	first, again := f.spell(t.metric), f.Confirmation.spell(t.metric)
	_, whyFirst := t.worse(&f.Comparison, 0, alpha)
	switch worse, why := t.worse(f.Confirmation, 1, alpha); {
	case !worse:
		f.Outcome, f.Sentence = Pass, first+"; a second block does not confirm it: "+again
	case whyFirst != "":
		f.Outcome, f.Sentence = Inconclusive, first+": "+whyFirst+"; in a second block "+again
	case why != "":
		f.Outcome, f.Sentence = Inconclusive, first+"; in a second block "+again+": "+why
	default:
		f.Outcome, f.Sentence = Fail, first+"; a second block confirms it: "+again
	}
}

// difference is how much more the head has: of pairs the median of their changes, times
// the median of the base, else that of the medians.
func (l look) difference() float64 {
	base := own.Median(l.base)
	if !l.byRatio() {
		return own.Median(l.head) - base
	}
	ratios := make([]float64, len(l.base))
	for i := range ratios {
		ratios[i] = l.head[i] / l.base[i]
	}
	return (own.Median(ratios) - 1) * base
}

// byRatio says that the head is compared with the base pair by pair.
func (l look) byRatio() bool { return l.paired && l.positive() }

// positive says that ratios and logarithms of all values exist.
func (l look) positive() bool { return min(slices.Min(l.base), slices.Min(l.head)) > 0 }

// p is the chance of a change for the worse as clear as this one if nothing had
// changed: of pairs by a paired t-test of their logarithms, whose differences are those
// of ratios, else by the U-test of Mann and Whitney, which assumes nothing. Both are
// two-sided; the half that would be for the better is not counted.
func (l look) p(m metric) float64 {
	both, head, base := l.unpairedP()
	if l.paired {
		both, head, base = l.pairedP()
	}
	if m.worse(head, base) {
		return both / 2
	}
	return 1 - both/2
}

// unpairedP is the p value of two independent samples, and how often one of the head is
// above one of the base and below it: the test is about ranks, and the medians can
// differ the other way.
func (l look) unpairedP() (p, head, base float64) {
	for _, h := range l.head {
		for _, b := range l.base {
			switch {
			case h > b:
				head++
			case h < b:
				base++
			}
		}
	}
	return benchmath.AssumeNothing.Compare(sample(l.base), sample(l.head)).P, head, base
}

// pairedP is the p value of pairs, and the means that it is about.
func (l look) pairedP() (p, head, base float64) {
	x, y := slices.Clone(l.head), slices.Clone(l.base)
	if l.positive() {
		for i := range x {
			x[i], y[i] = math.Log(x[i]), math.Log(y[i])
		}
	}
	head, base = stats.Mean(x), stats.Mean(y)
	t, err := stats.PairedTTest(x, y, 0, stats.LocationDiffers)
	switch {
	case err == nil && !math.IsNaN(t.P):
		return t.P, head, base
	case head == base:
		return 1, head, base
	}
	return math.Pow(0.5, float64(len(x)-1)), head, base // all pairs differ alike: the sign test
}
