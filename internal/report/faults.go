package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// struck says that faults happened during the trial. Such cells have tables of their
// own: what the servers forgot is not held against a limiter, and what dozens of them
// used side by side is no measurement of one.
func struck(c *result.Cell) bool { return len(c.Faults) > 0 }

// steady cells are of trials without faults and of no sweep.
func steady(c *result.Cell) bool { return unswept(c) && !struck(c) }

// broken says that the contract was broken under faults for a cause.
func broken(c *result.Cell, cause string) bool {
	return struck(c) && c.Verdict == "invalid" && c.Overshoot.Attribution == cause
}

// forgotten says that the cause is the servers'.
func forgotten(c *result.Cell) bool { return broken(c, "lost writes") || evicted(c) }

// evicted says that they gave up keys for want of memory.
func evicted(c *result.Cell) bool { return broken(c, "eviction") }

// ownFault says that the cause is the limiter's: a race, or something else than that it
// admitted too much.
func ownFault(c *result.Cell) bool { return broken(c, "race") || broken(c, "") && !usedUp(c) }

// usedUp says that the cause is the client's, and the only one: what it sent twice took the
// room of others, who were denied.
func usedUp(c *result.Cell) bool {
	denied := c.FalseRejections != nil && c.FalseRejections.Certain > 0
	return broken(c, "") && denied && c.DoubleCounted != nil && *c.DoubleCounted > 0 && len(c.Reasons) == 1
}

// misled says that the cause is what a replica still held to be true.
func misled(c *result.Cell) bool { return broken(c, "stale read") }

// unattributed says that the cause is not known.
func unattributed(c *result.Cell) bool { return broken(c, "unattributed") }

func lost(c *result.Cell) *float64    { return count64(c.LostAcknowledged) }
func doubled(c *result.Cell) *float64 { return count64(c.DoubleCounted) }

func count64(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n))
}

func available(c *result.Cell) *float64      { return c.Availability }
func withinDeadline(c *result.Cell) *float64 { return c.WithinDeadline }
func opened(c *result.Cell) *float64         { return count64(c.ConnectionsOpened) }

// faults returns a section for each scenario and topology in which faults happened: what
// the limiters admitted. A sweep has one of its own.
func faults(cells []result.Cell) (sections []section) {
	for _, place := range groupBy(where(where(cells, struck), unswept), byPlace) {
		title := place.name + ": " + load(place.cells) + "; " + happened(place.cells)
		sections = append(sections, section{title, limitersUnder(place)})
	}
	return sections
}

// happened says what was done and when: "cut-peers of redis-1 from 1.5 s to 8.1 s". The
// times are those of the first cell; in another cohort they differ by little, but
// perhaps another node was the primary.
func happened(cells []result.Cell) string {
	var words []string
	for i, f := range cells[0].Faults {
		text := f.Name
		same := group{cells: cells}.all(func(c *result.Cell) bool { return i < len(c.Faults) && c.Faults[i].Node == f.Node })
		if f.Node != "" && same {
			text += " of " + f.Node
		}
		switch {
		case f.UntilMS == nil:
			text += " from " + micros.text(f.AtMS*1e3) + " on"
		case *f.UntilMS-f.AtMS < 1:
			text += " at " + micros.text(f.AtMS*1e3)
		default:
			text += " from " + micros.text(f.AtMS*1e3) + " to " + micros.text(*f.UntilMS*1e3)
		}
		words = append(words, text)
	}
	return list(words, "and")
}

// limitersUnder shows what each limiter admitted, and why.
func limitersUnder(place group) part {
	rows := groupBy(place.cells, byLimiter)
	slices.SortStableFunc(rows, worstFirst)
	return part{text: admittedAgain(place), table: &table{rows: rows, columns: []column{
		nameOf("limiter"),
		{head: "verdict", words: true, value: verdictOf},
		{head: "overshoot", value: overshootOf},
		{head: "cause", words: true, value: causeOf},
		{head: "forgotten", value: mostForgotten},
		medianOf("counted twice", doubled, plain).onPage(),
		{head: "unanswered", value: unansweredOf},
	}}}
}

// admittedAgain says what the servers forgot, and what that led to.
func admittedAgain(place group) string {
	counts := place.values(lost)
	switch {
	case len(counts) == 0:
		return ""
	case place.any(evicted):
		return fmt.Sprintf("The servers gave up keys of a limiter up to %s times for want of memory, which admitted up to %s of its limit too much.",
			most(place.values(evictions), plain), share.text(worstOvershoot(group{cells: where(place.cells, evicted)}).Ratio))
	case slices.Max(counts) == 0 && place.any(func(c *result.Cell) bool { return forgotten(c) || unattributed(c) }):
		return "No admission is known to have been forgotten, and some may have been."
	case slices.Max(counts) == 0:
		return "No admission that was acknowledged was forgotten."
	}
	text := fmt.Sprintf("Of what they had acknowledged, the servers forgot up to %s of a limiter", plural(int(slices.Max(counts)), "admission"))
	if worst := worstOvershoot(group{cells: where(place.cells, forgotten)}); worst.Ratio > 0 {
		text += ", which admitted up to " + share.text(worst.Ratio) + " of its limit too much"
	}
	return text + "."
}

// mostForgotten is the worst cell's, as the overshoot is.
func mostForgotten(g group, _ bool) string {
	v := g.values(lost)
	if len(v) == 0 {
		return missing
	}
	return plain.text(slices.Max(v))
}

// causeOf names the causes of broken contracts, each once.
func causeOf(g group, _ bool) string {
	var causes []string
	for _, c := range where(g.cells, func(c *result.Cell) bool { return c.Verdict == "invalid" }) {
		cause := c.Overshoot.Attribution
		if usedUp(&c) {
			cause = "client repeats"
		}
		if cause != "" && !slices.Contains(causes, cause) {
			causes = append(causes, cause)
		}
	}
	slices.Sort(causes)
	return cmp.Or(strings.Join(causes, ", "), missing)
}

// underFaults are the claims about all trials with faults: where servers forgot and what
// came of it, and how many limiters broke their contracts in a way that no fault explains.
func underFaults(cells []result.Cell) (claims []string) {
	if over := where(cells, forgotten); len(over) > 0 {
		claims = append(claims, fmt.Sprintf("where servers forgot what they had acknowledged (%s), up to %s of a limit was admitted again",
			list(names(groupBy(over, byPlace)), "and"), share.text(worstOvershoot(group{cells: over}).Ratio)))
	}
	for _, t := range groupBy(where(cells, ownFault), byTechnique) {
		n := len(groupBy(t.cells, bySubject))
		claims = append(claims, fmt.Sprintf("%s %s the contract under faults %s", plural(n, t.name+" limiter"), agree(n, "break"), self(n)))
	}
	for _, other := range []struct {
		cause   func(*result.Cell) bool
		spelled string
	}{{misled, "by what a replica still held to be true"}, {usedUp, "because a client repeated what it had sent"}} {
		for _, t := range groupBy(where(cells, other.cause), byTechnique) {
			n := len(groupBy(t.cells, bySubject))
			claims = append(claims, fmt.Sprintf("%s %s the contract under faults %s", plural(n, t.name+" limiter"), agree(n, "break"), other.spelled))
		}
	}
	if n := len(groupBy(where(cells, unattributed), bySubject)); n > 0 {
		claims = append(claims, fmt.Sprintf("%s %s the contract under faults for a cause that is not known", plural(n, "limiter"), agree(n, "break")))
	}
	return claims
}

func self(n int) string {
	if n == 1 {
		return "by itself"
	}
	return "by themselves"
}
