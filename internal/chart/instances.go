package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// instances draws what limiters admit beyond one limit when several processes share
// it. That axis reaches at least to twice the limit: a run in which all hold has to
// look like one.
var instances = sweep{
	scenario: "multi-instance", axis: "processes", line: algorithm, over: "clients", column: technique, title: instancesTitle,
	subtitle: "several processes, each with a client of its own, play one schedule on one key. Overshoot = cost certainly admitted in the " +
		"worst interval, in percent beyond what one limit permits in it: +200 % is three times as much.",
	gives:  "the worst trial of each column",
	tracks: []track{{measure: sharedExcess, absent: "unknown", least: 1}},
}

var sharedExcess = measure{
	head: "Overshoot", note: "beyond what one limit permits; lower is better, 0 = the limit holds", format: excess, noise: countNoise,
	value: func(c result.Cell) *float64 {
		if !judged(c) {
			return nil
		}
		return new(c.TimesPermitted() - 1)
	},
}

// overshared is how far one technique went beyond the limit, if that is known.
type overshared struct {
	technique string
	beyond    float64
	known     bool
}

// instancesTitle says which techniques hold one limit however many processes ask, and
// how far the others go.
func instancesTitle(l ladder) string {
	last := l.steps[len(l.steps)-1]
	text := holding(mapped(l.columns, func(r rail) overshared {
		most, known := worstAt(r.panels[0], last)
		return overshared{r.head, most, known}
	}))
	switch {
	case text == "":
		return "What several processes admit is unknown"
	case last == 1:
		return "With 1 process " + text
	}
	return "With " + number(last) + " processes " + text
}

// holding says which techniques held the limit, and how far the others went; empty if
// nothing is known.
func holding(all []overshared) string {
	held := mapped(where(all, func(o overshared) bool { return o.known && o.beyond == 0 }), func(o overshared) string { return o.technique })
	broke := where(all, func(o overshared) bool { return o.known && o.beyond > 0 })
	slices.SortStableFunc(broke, func(a, b overshared) int { return cmp.Compare(b.beyond, a.beyond) })
	var clauses []string
	limit := "the limit"
	if len(held) > 0 {
		clauses, limit = append(clauses, list(held, "techniques")+" held the limit"), "it"
	}
	if len(broke) > 0 {
		clauses = append(clauses, oversharing(broke, limit))
	}
	return strings.Join(clauses, "; ")
}

// oversharing spells how many limits were admitted, the most first.
func oversharing(broke []overshared, limit string) string {
	text := broke[0].technique + " admitted " + number(1+broke[0].beyond) + " times as much as " + limit + " permits"
	if n := len(broke) - 1; n > 2 {
		return text + fmt.Sprintf(", %d others no more", n)
	}
	for _, b := range broke[1:] {
		text += ", " + b.technique + " " + number(1+b.beyond) + " times"
	}
	return text
}

// worstAt is the highest value of any line at a step.
func worstAt(lines []climb, step float64) (most float64, known bool) {
	for _, c := range lines {
		for _, p := range c.points {
			if p.at == step {
				most, known = max(most, p.high()), true
			}
		}
	}
	return most, known
}
