package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// overshoot draws how far each technique went beyond its contract: a column per
// scenario, a row per algorithm.
type overshoot struct{}

// Name implements Chart.
func (overshoot) Name() string { return "overshoot" }

// Draw implements Chart.
func (overshoot) Draw(r *result.Result) (*Figure, error) {
	cells := where(calm(final(r.Cells)), func(c result.Cell) bool { return tests(c) && !swept(c) })
	if len(cells) == 0 {
		return nil, ErrNoData
	}
	tab, n := overshootTable(cells, r.Run.Titles)
	with := "with " + list(mapped(distinct(cells, client), title), "clients")
	return &Figure{
		Title: overshootTitle(excesses(cells)),
		Subtitle: "Overshoot = most cost certainly admitted beyond the contract in one interval, which for a bucket may be the whole trial, " +
			"in percent of the limit; lower is better. Compare techniques of one algorithm: contracts differ. " +
			n.describe("Bar and number", with) + brokenElse(cells),
		Caution: caution(r),
		Foot:    provenance(r.Run),
		body:    tab,
	}, nil
}

// excessRatio is the overshoot of a trial that could be judged.
func excessRatio(c result.Cell) *float64 {
	if !judged(c) {
		return nil
	}
	return &c.Overshoot.Ratio
}

// brokeElse says that a contract was broken, and not by admitting too much: a 0 would
// read as "holds".
func brokeElse(c result.Cell) bool { return invalid(c) && c.Overshoot.Ratio == 0 }

// brokenElse explains the mark of such trials, if there are any.
func brokenElse(cells []result.Cell) string {
	if !slices.ContainsFunc(cells, brokeElse) {
		return ""
	}
	return " Invalid = broke the contract in another way, such as false rejections."
}

// excessMark is the overshoot at one place. Without any, the place holds only if no
// trial broke the contract in another way.
func excessMark(s sample, brokeElse bool) mark {
	m := markOf(s, excess)
	if brokeElse && m.hi == 0 {
		return mark{state: broken, label: "invalid"}
	}
	return m
}

// overshootPlace is where a trial's overshoot is drawn.
type overshootPlace struct{ column, algorithm, technique string }

func overshootTable(cells []result.Cell, spelled titles) (table, tally) {
	column := withTopology(cells, scenario)
	place := func(c result.Cell) overshootPlace { return overshootPlace{column(c), c.Algorithm, c.Technique} }
	by, otherwise := samples(cells, place, excessRatio), samples(where(cells, brokeElse), place, excessRatio)
	columns := spelled.sorted(distinct(cells, column))
	colour := inks(distinct(cells, technique))
	t := table{shape: bars, shared: true, across: 3}
	for _, alg := range spelled.sorted(distinct(cells, algorithm)) {
		own := where(cells, func(c result.Cell) bool { return c.Algorithm == alg })
		r := row{label: spelled.of(alg)}
		for _, tech := range distinct(own, technique) {
			marks := mapped(columns, func(col string) mark {
				at := overshootPlace{col, alg, tech}
				return excessMark(by[at], otherwise[at].known())
			})
			r.lines = append(r.lines, line{title(tech), colour[tech], marks})
		}
		t.rows = append(t.rows, r)
	}
	t.columns = overshootColumns(mapped(columns, spelled.of), t.rows)
	var n tally
	for _, s := range by {
		n = n.add(s)
	}
	return t, n
}

// overshootColumns share one axis, so that bars can be compared across them. It
// reaches at least the limit: on one that shrank with the data, 3 % would look
// like 300 %.
func overshootColumns(heads []string, rows []row) []column {
	hi := 1.0
	for i := range heads {
		hi = max(hi, most(rows, i))
	}
	return mapped(heads, func(head string) column { return column{head: head, format: excess, most: hi} })
}

// excessOf is what all trials of one technique show.
type excessOf struct {
	technique string
	sample
	// brokeElse counts the trials that broke the contract without overshoot.
	brokeElse int
}

// excesses returns the overshoot ratios by technique.
func excesses(cells []result.Cell) []excessOf {
	by, otherwise := samples(cells, technique, excessRatio), samples(where(cells, brokeElse), technique, excessRatio)
	return mapped(distinct(cells, technique), func(t string) excessOf {
		return excessOf{title(t), by[t], len(otherwise[t].values)}
	})
}

// overshootTitle says which techniques held their contract in every trial, how
// far others went at worst, which broke it otherwise, and of which nobody can tell.
func overshootTitle(techniques []excessOf) string {
	var held []string
	var broke, otherwise, unsure []excessOf
	for _, t := range techniques {
		switch {
		case t.known() && t.high() > 0:
			broke = append(broke, t)
		case t.brokeElse > 0:
			otherwise = append(otherwise, t)
		case t.unknown > 0:
			unsure = append(unsure, t)
		default:
			held = append(held, t.technique)
		}
	}
	clauses := heldAndBroke(held, broke)
	switch n := len(techniques); {
	case !slices.ContainsFunc(techniques, func(t excessOf) bool { return t.known() }):
		return "Overshoot is unknown"
	case n > 1 && len(held) == n:
		clauses = []string{"every technique held the limit"}
	case n > 1 && len(broke) == n:
		clauses = []string{"no technique held the limit: " + furthest(broke, "it")}
	}
	clauses = slices.Concat(clauses, invalidOf(otherwise), unsureOf(unsure))
	return sentence(strings.Join(clauses, "; "))
}

func heldAndBroke(held []string, broke []excessOf) (clauses []string) {
	limit := "the limit"
	if len(held) > 0 {
		clauses = append(clauses, list(held, "techniques")+" held "+limit)
		limit = "it"
	}
	if len(broke) > 0 {
		clauses = append(clauses, furthest(broke, limit))
	}
	return clauses
}

// invalidOf names the techniques that broke their contract, and not by overshoot.
func invalidOf(techniques []excessOf) []string {
	if n := len(techniques); n > 2 {
		return []string{fmt.Sprintf("%d techniques have invalid trials without overshoot", n)}
	}
	return mapped(techniques, func(t excessOf) string {
		return fmt.Sprintf("%s is invalid without overshoot in %d of %s", t.technique, t.brokeElse, count(t.unknown+len(t.values), "trial"))
	})
}

// unsureOf names the techniques without a known overshoot that have unknown
// trials: they must not count as holding.
func unsureOf(techniques []excessOf) []string {
	if n := len(techniques); n > 2 {
		return []string{fmt.Sprintf("%d techniques have unknown trials", n)}
	}
	return mapped(techniques, func(t excessOf) string {
		return fmt.Sprintf("%s is unknown in %d of %s", t.technique, t.unknown, count(t.unknown+len(t.values), "trial"))
	})
}

// furthest spells how far techniques went beyond the limit, the worst first.
func furthest(broke []excessOf, limit string) string {
	slices.SortStableFunc(broke, func(a, b excessOf) int { return cmp.Compare(b.high(), a.high()) })
	upTo := func(b excessOf) string { return " by up to" + nbsp + share(b.high()) }
	worst := broke[0].technique + " overshot " + limit + upTo(broke[0])
	if n := len(broke) - 1; n > 2 {
		return fmt.Sprintf("%s, %d others by no more", worst, n)
	}
	rest := mapped(broke[1:], func(b excessOf) string { return ", " + b.technique + upTo(b) })
	return worst + strings.Join(rest, "")
}
