package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// timesAt is the most that any judged cell of a limiter admitted at a step, as a
// multiple of what the contract permits; 0 if none was judged.
func timesAt(g group, step int64) (most float64) {
	for i := range g.cells {
		if c := &g.cells[i]; c.Step.Value == step && judged(c) {
			most = max(most, c.TimesPermitted())
		}
	}
	return most
}

// sharedLimit shows what each limiter admits when more and more processes ask it.
func sharedLimit(place group) part {
	if !place.any(judged) {
		return part{}
	}
	rows, steps := groupBy(place.cells, byLimiter), stepsOf(place.cells)
	last := steps[len(steps)-1].value()
	slices.SortStableFunc(rows, func(a, b group) int { return cmp.Compare(timesAt(b, last), timesAt(a, last)) })
	columns := []column{nameOf("limiter"), {head: "verdict", words: true, value: verdictOf}}
	for _, s := range steps {
		columns = append(columns, column{head: plural(int(s.value()), "instance"), value: func(g group, _ bool) string {
			if times := timesAt(g, s.value()); times > 0 {
				return number(times)
			}
			return missing
		}})
	}
	return part{
		text: fmt.Sprintf("With %s %s. Numbers are the most that was certainly admitted in one interval, as a multiple of what one limit "+
			"permits in it: 1 if the contract was kept.", plural(int(last), "instance"), holding(place.cells, func(g group) float64 { return timesAt(g, last) })),
		table: &table{rows: rows, columns: columns},
	}
}

// holding says which techniques kept one limit, by how many times as much they admitted
// (0 if that is not known), and how far the others went.
func holding(cells []result.Cell, times func(group) float64) string {
	var kept, broke []string
	for _, t := range groupBy(cells, byTechnique) {
		if n := times(t); n > 1 {
			broke = append(broke, fmt.Sprintf("%s %s times", t.name, number(n)))
		} else if n > 0 {
			kept = append(kept, t.name)
		}
	}
	switch {
	case len(broke) == 0:
		return list(kept, "and") + " admitted no more than one limit"
	case len(kept) == 0:
		return "the limit was admitted by " + list(broke, "and")
	}
	return list(kept, "and") + " admitted no more than one limit, and " + list(broke, "and") + " as much"
}
