package report

import (
	"fmt"
	"strings"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// Finding is the title: what was seen of each technique over all its limiters. A
// benchmark sees races and cannot prove that there are none, so the best it says of
// a technique is that it was not seen to overshoot. A gate that g reports, if it is not
// nil, comes first unless it passed.
func Finding(cells []result.Cell, g *gate.Report) string {
	return sentence(strings.Join(claims(cells, g), "; "))
}

// claims are the sentences of the title, the most surprising first.
func claims(cells []result.Cell, g *gate.Report) []string {
	return append(stopped(g), found(cells)...)
}

// stopped says that a gate did not pass.
func stopped(g *gate.Report) []string {
	if g == nil {
		return nil
	}
	all := plural(len(g.Findings), "decision")
	open := g.Count(gate.Suspected) + g.Count(gate.Inconclusive)
	switch {
	case g.Verdict == gate.Fail:
		return []string{fmt.Sprintf("gate failed: %d of %s", g.Count(gate.Fail), all)}
	case g.Verdict == gate.Inconclusive && open == 0:
		return []string{"gate inconclusive: nothing was decided"}
	case g.Verdict == gate.Inconclusive:
		return []string{fmt.Sprintf("gate inconclusive: %d of %s cannot be made", open, all)}
	}
	return nil
}

// found is what was seen of the cells.
func found(cells []result.Cell) []string {
	if len(cells) == 0 {
		return []string{"nothing was measured"}
	}
	calm := where(cells, func(c *result.Cell) bool { return !struck(c) })
	tested := where(calm, (*result.Cell).Tests)
	if len(tested) == 0 {
		return claimsUnderFaults(cells)
	}
	if len(where(tested, judged)) == 0 {
		return []string{"nothing could be judged"}
	}
	var claims, open []string
	var every, apart, none []group
	for _, t := range groupBy(tested, byTechnique) {
		limiters := groupBy(where(calm, func(c *result.Cell) bool { return c.Technique == t.name && (c.Tests() || judged(c)) }), bySubject)
		over := countOf(limiters, func(g group) bool { return g.any(overshotAlone) })
		switch {
		case over == len(limiters):
			every = append(every, t)
		case over > 0: // first: a technique either has a race or has not, so this is a surprise
			claims = append(claims, fmt.Sprintf("%d of %d %s limiters %s", over, len(limiters), t.name, agree(over, "overshoot")))
		case t.any(overshot):
			apart = append(apart, t)
		case t.all(judged):
			none = append(none, t)
		default:
			open = append(open, t.name)
		}
	}
	const apartOnly = "where the clocks of clients differ"
	claims = append(claims, claim(every, "the %s limiter overshoots", "every %s limiter overshoots", "and")...)
	claims = append(claims, claim(apart, "the %s limiter overshoots "+apartOnly, "%s limiters overshoot "+apartOnly, "and")...)
	claims = append(claims, claim(none, "the %s limiter was not seen to overshoot", "no %s limiter was seen to overshoot", "or")...)
	if len(open) > 0 {
		claims = append(claims, list(open, "and")+" could not be judged in full")
	}
	claims = append(claims, otherBreaches(calm)...)
	return append(claims, underFaults(cells)...)
}

// claim is what is said of techniques, by their names, or of the one limiter that they
// have; nothing, if there is none.
func claim(techniques []group, ofOne, ofAll, last string) []string {
	var limiters []group
	for _, t := range techniques {
		limiters = append(limiters, groupBy(t.cells, byLimiter)...)
	}
	switch len(limiters) {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf(ofOne, limiters[0].name)}
	}
	return []string{fmt.Sprintf(ofAll, list(names(techniques), last))}
}

// overshotAlone says that no clock of a client is to blame.
func overshotAlone(c *result.Cell) bool {
	return overshot(c) && c.Overshoot.Attribution != "clock skew"
}

// claimsUnderFaults are those of a run whose contracts were tested by faults alone, or
// not at all.
func claimsUnderFaults(cells []result.Cell) []string {
	hit := where(cells, struck)
	switch claims := underFaults(cells); {
	case len(hit) == 0:
		return []string{"speed was measured", "no contract was put to the test"}
	case len(where(hit, judged)) == 0:
		return []string{"nothing could be judged"}
	case len(claims) == 0:
		return []string{"no fault made a limiter break its contract"}
	default:
		return claims
	}
}

// otherBreaches counts the limiters that broke their contract, but not by admitting
// too much: "was not seen to overshoot" must not hide them.
func otherBreaches(cells []result.Cell) []string {
	n := countOf(groupBy(cells, bySubject), func(g group) bool { return g.any(brokeElse) })
	if n == 0 {
		return nil
	}
	return []string{plural(n, "limiter") + " " + agree(n, "break") + " the contract in another way"}
}

// agree puts a verb into the singular or the plural.
func agree(n int, verb string) string {
	if n == 1 {
		return verb + "s"
	}
	return verb
}

func countOf[T any](list []T, condition func(T) bool) int {
	n := 0
	for _, g := range list {
		if condition(g) {
			n++
		}
	}
	return n
}

// count is the second sentence: how many cells got which verdict, and whether that
// is what the scenarios expect.
func count(cells []result.Cell) string {
	if len(cells) == 0 {
		return ""
	}
	var off []string
	if n := len(where(cells, func(c *result.Cell) bool { return !c.AsExpected && judged(c) })); n > 0 {
		off = append(off, fmt.Sprintf("%d not as expected", n))
	}
	if n := len(where(cells, func(c *result.Cell) bool { return !c.AsExpected && !judged(c) })); n > 0 {
		off = append(off, fmt.Sprintf("%d unknown where a verdict was expected", n))
	}
	if len(off) == 0 {
		off = []string{"all as expected"}
	}
	speed := where(cells, onlySpeed)
	parts := []string{verdicts(where(cells, func(c *result.Cell) bool { return !onlySpeed(c) })), strings.Join(off, ", ")}
	if len(speed) == len(cells) {
		parts = nil
	}
	if len(speed) > 0 {
		parts = append(parts, fmt.Sprintf("%d measured for speed only", len(speed)))
	}
	return fmt.Sprintf("%s: %s.", plural(len(cells), "cell"), strings.Join(parts, "; "))
}

// onlySpeed says that a cell has no verdict, needs none, and still measured.
func onlySpeed(c *result.Cell) bool { return c.Measures() && !judged(c) && !c.Void && !struck(c) }

// verdicts counts the verdicts that occur, worst first: "12 invalid, 24 valid".
func verdicts(cells []result.Cell) string {
	var counts []string
	for _, v := range []string{"invalid", "unknown", "valid"} {
		if n := len(where(cells, func(c *result.Cell) bool { return c.Verdict == v })); n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(counts, ", ")
}
