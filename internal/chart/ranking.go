package chart

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/result"
)

// kept returns the techniques that were seen to keep a contract and not to break one;
// all of them if the run tested none. Yardsticks have none to keep.
func kept(cells []result.Cell) []string {
	limiters := where(cells, limits)
	tested := where(limiters, tests)
	if len(tested) == 0 {
		return distinct(limiters, technique)
	}
	broke := distinct(where(tested, invalid), technique)
	held := distinct(where(tested, valid), technique)
	return where(held, func(t string) bool { return !slices.Contains(broke, t) })
}

// unjudged trials should have told whether a contract is kept, and did not.
func unjudged(c result.Cell) bool {
	return limits(c) && tests(c) && !valid(c) && !invalid(c)
}

func limits(c result.Cell) bool  { return !c.Yardstick }
func valid(c result.Cell) bool   { return c.Verdict == string(check.Valid) }
func invalid(c result.Cell) bool { return c.Verdict == string(check.Invalid) }

// compared says so if the title is not about every technique that is drawn.
func (c costing) compared() string {
	drawn := distinct(c.cells, technique)
	if good := where(drawn, c.praised); len(good) > 0 && len(good) < len(drawn) {
		return " The title compares " + list(mapped(good, title), "techniques") + " only: what this run saw to keep a contract, and not to break one."
	}
	return ""
}

func (c costing) praised(technique string) bool { return slices.Contains(c.kept, technique) }

// finding is the median of one subject.
type finding struct {
	subject
	value float64
}

// ranked returns the medians of a measure, the best first.
func (c costing) ranked(m measure) []finding {
	var all []finding
	for s, v := range c.of(m) {
		if v.known() {
			all = append(all, finding{s, v.median()})
		}
	}
	slices.SortFunc(all, func(a, b finding) int {
		by := cmp.Compare(a.value, b.value)
		if m.more {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(a.String(), b.String()))
	})
	return all
}

// title says which subjects are best by a measure that is known. Cheap limiters that
// do not limit are none of them.
func (c costing) title(m measure) string {
	all := c.ranked(m)
	good := where(all, func(f finding) bool { return c.praised(f.technique) })
	if len(good) == 0 {
		return c.none() + fmt.Sprintf("; %s: %s", m.what, m.span(all))
	}
	return m.compare(good)
}

// none says why no subject can be called the best.
func (c costing) none() string {
	switch {
	case len(where(c.cells, limits)) == 0:
		return "Yardsticks, none of which limits on a server"
	case len(c.kept) == 0 && len(c.unjudged) == 0:
		return "No technique kept its contract"
	}
	return "No technique can be preferred"
}

// compare claims a lead only where it is more than noise. The subjects are sorted.
func (m measure) compare(all []finding) string {
	best, worst := where(all, func(f finding) bool { return m.level(f.value, all[0].value) }), all[len(all)-1]
	switch names := mapped(best, finding.String); {
	case len(all) == 1:
		return fmt.Sprintf("%s of %s: %s", sentence(m.what), names[0], m.span(all))
	case len(best) == len(all):
		return fmt.Sprintf("No clear difference in %s: %s", m.what, m.span(all))
	case len(best) == 1:
		return fmt.Sprintf(m.lead+"; "+m.rest, names[0], m.span(best), m.format(worst.value))
	default:
		return fmt.Sprintf(m.same+"; "+m.rest, list(names, "combinations of client and technique"), m.span(best), m.format(worst.value))
	}
}

// level says that two values are too close to order them.
func (m measure) level(a, b float64) bool { return max(a, b) <= min(a, b)*m.noise }

// span spells the range of sorted findings.
func (m measure) span(sorted []finding) string {
	a, b := sorted[0].value, sorted[len(sorted)-1].value
	return span(min(a, b), max(a, b), m.format)
}
