package report

import (
	"fmt"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// finding is the title: what was seen of each technique over all its limiters. A
// benchmark sees races and cannot prove that there are none, so the best it says of
// a technique is that it was not seen to overshoot.
func finding(cells []result.Cell) string {
	if len(cells) == 0 {
		return "Nothing was measured"
	}
	if len(where(cells, judged)) == 0 {
		return "Nothing could be judged"
	}
	var claims, every, none, open []string
	for _, t := range groupBy(cells, byTechnique) {
		limiters := groupBy(t.cells, bySubject)
		over := countOf(limiters, func(g group) bool { return g.any(overshot) })
		switch {
		case over == len(limiters):
			every = append(every, t.name)
		case over > 0:
			claims = append(claims, fmt.Sprintf("%d of %d %s limiters overshoot", over, len(limiters), t.name))
		case t.all(judged):
			none = append(none, t.name)
		default:
			open = append(open, t.name)
		}
	}
	if len(every) > 0 {
		claims = append([]string{"every " + list(every, "and") + " limiter overshoots"}, claims...)
	}
	if len(none) > 0 {
		claims = append(claims, "no "+list(none, "or")+" limiter was seen to overshoot")
	}
	if len(open) > 0 {
		claims = append(claims, list(open, "and")+" could not be judged in full")
	}
	return sentence(strings.Join(append(claims, otherBreaches(cells)...), "; "))
}

// otherBreaches counts the limiters that broke their contract, but not by admitting
// too much: "was not seen to overshoot" must not hide them.
func otherBreaches(cells []result.Cell) []string {
	n := countOf(groupBy(cells, bySubject), func(g group) bool { return g.any(brokeElse) })
	if n == 0 {
		return nil
	}
	verb := " break their contract in another way"
	if n == 1 {
		verb = " breaks its contract in another way"
	}
	return []string{plural(n, "limiter") + verb}
}

func countOf(groups []group, condition func(group) bool) int {
	n := 0
	for _, g := range groups {
		if condition(g) {
			n++
		}
	}
	return n
}

// count is the second sentence: how many cells got which verdict, and whether that
// is what the scenarios expect.
func count(cells []result.Cell) string {
	unexpected := len(where(cells, func(c *result.Cell) bool { return !c.AsExpected && judged(c) }))
	open := len(where(cells, func(c *result.Cell) bool { return !c.AsExpected && !judged(c) }))
	text := fmt.Sprintf("%s: %s", plural(len(cells), "cell"), verdicts(cells))
	switch {
	case len(cells) == 0:
		return ""
	case unexpected == 0 && open == 0:
		return text + "; all as expected."
	case open == 0:
		return text + fmt.Sprintf("; %d not as expected.", unexpected)
	}
	return text + fmt.Sprintf("; %d not as expected, %d where a verdict was expected and none was reached.", unexpected, open)
}

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
