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
	cells := where(final(r.Cells), func(c result.Cell) bool { return c.Scenario != baseline && c.Scenario != saturate })
	if len(cells) == 0 {
		return nil, ErrNoData
	}
	tab, n := overshootTable(cells)
	over := ", " + list(mapped(distinct(cells, client), title), "clients")
	return &Figure{
		Title: overshootTitle(excesses(cells)),
		Subtitle: "Most cost admitted for certain beyond the contract in any one interval, as a share of the limit; lower is better. " +
			n.String("Bar", over),
		Caution: caution(r),
		Foot:    provenance(r.Run),
		body:    tab,
	}, nil
}

// overshootPlace is where a trial's overshoot is drawn.
type overshootPlace struct{ column, algorithm, technique string }

func overshootTable(cells []result.Cell) (table, trials) {
	column := withTopology(cells, scenario)
	by := samples(cells,
		func(c result.Cell) overshootPlace { return overshootPlace{column(c), c.Algorithm, c.Technique} },
		func(c result.Cell) *float64 { return &c.Overshoot.Ratio })
	columns := distinct(cells, column)
	colour := inks(distinct(cells, technique))
	t := table{shape: bars, across: 3}
	for _, alg := range distinct(cells, algorithm) {
		own := where(cells, func(c result.Cell) bool { return c.Algorithm == alg })
		r := row{label: title(alg)}
		for _, tech := range distinct(own, technique) {
			marks := mapped(columns, func(col string) mark { return markOf(by[overshootPlace{col, alg, tech}], excess) })
			r.lines = append(r.lines, line{title(tech), colour[tech], marks})
		}
		t.rows = append(t.rows, r)
	}
	t.columns = overshootColumns(columns, t.rows)
	var n trials
	for _, s := range by {
		n = n.add(s)
	}
	return t, n
}

// overshootColumns share one axis, so that bars can be compared across them. It
// reaches the limit even where nothing was overshot: a scale from 0 to 0 would
// say nothing.
func overshootColumns(names []string, rows []row) []column {
	hi := 0.0
	for i := range names {
		hi = max(hi, most(rows, i))
	}
	if hi == 0 {
		hi = 1
	}
	return mapped(names, func(n string) column { return column{head: title(n), format: excess, most: hi} })
}

// excessOf is what all trials of one technique show.
type excessOf struct {
	technique string
	sample
}

// excesses returns the overshoot ratios by technique.
func excesses(cells []result.Cell) []excessOf {
	by := samples(cells, technique, func(c result.Cell) *float64 { return &c.Overshoot.Ratio })
	return mapped(distinct(cells, technique), func(t string) excessOf { return excessOf{title(t), by[t]} })
}

// overshootTitle says which techniques held their contract in every trial that
// was judged, and how far the others went at worst.
func overshootTitle(techniques []excessOf) string {
	var held, unknown []string
	var broke []excessOf
	trials, lost := 0, 0
	for _, t := range techniques {
		trials, lost = trials+len(t.values)+t.unknown, lost+t.unknown
		switch {
		case !t.known():
			unknown = append(unknown, t.technique)
		case t.high() > 0:
			broke = append(broke, t)
		default:
			held = append(held, t.technique)
		}
	}
	if len(unknown) == len(techniques) {
		return "Overshoot is unknown: no trial could be judged"
	}
	text := sentence(heldOrBroke(held, broke))
	if lost > 0 {
		text += fmt.Sprintf(" (%d of %s unknown)", lost, count(trials, "trial"))
	}
	return text
}

func heldOrBroke(held []string, broke []excessOf) string {
	switch {
	case len(broke) == 0:
		return list(held, "techniques") + " held the limit"
	case len(held) > 0:
		return list(held, "techniques") + " held the limit; " + furthest(broke, "it")
	case len(broke) == 1:
		return furthest(broke, "the limit")
	}
	return "no technique held the limit: " + furthest(broke, "it")
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
