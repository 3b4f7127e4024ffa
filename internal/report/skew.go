package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// skewedClocks shows what each limiter admits, and denies for nothing, the further the
// clocks of its clients are apart.
func skewedClocks(place group) part {
	if !place.any(judged) {
		return part{}
	}
	rows, steps := groupBy(place.cells, byLimiter), stepsOf(place.cells)
	slices.SortStableFunc(rows, func(a, b group) int {
		return cmp.Or(cmp.Compare(mostTimes(b), mostTimes(a)), cmp.Compare(mostWronged(b), mostWronged(a)))
	})
	columns := []column{nameOf("limiter"), column{head: "verdict", words: true, value: verdictOf}.onPage(), column{head: "cause", words: true, value: causeOf}.onPage()}
	for _, s := range steps {
		columns = append(columns, column{head: s.step() + " %", value: func(g group, _ bool) string { return skewedAt(g, s.value()) }})
	}
	return part{
		text: fmt.Sprintf("With the clock of every second client off by up to %s %% of the window, %s%s. Numbers are the most that was certainly admitted in "+
			"one interval beyond what the contract permits in it; in brackets, the requests denied that it admits for certain.",
			whole(max(steps[len(steps)-1].value(), -steps[0].value())), holding(place.cells, mostTimes), wrongedMost(rows)),
		table: &table{rows: rows, columns: columns},
	}
}

// skewedAt spells what a limiter did at a step: "0", "+57 %", "0 (190)".
func skewedAt(g group, step int64) string {
	times := timesAt(g, step)
	if times == 0 {
		return missing
	}
	text := excess(times - 1)
	at := group{cells: where(g.cells, func(c *result.Cell) bool { return c.Step.Value == step })}
	if n := mostWronged(at); n > 0 {
		text += " (" + whole(n) + ")"
	}
	return text
}

// mostTimes is timesAt of the worst step.
func mostTimes(g group) (most float64) {
	for _, s := range stepsOf(g.cells) {
		most = max(most, timesAt(g, s.value()))
	}
	return most
}

// mostWronged is the largest number of false rejections of any judged cell.
func mostWronged(g group) (most int64) {
	for _, c := range where(g.cells, judged) {
		if c.FalseRejections != nil {
			most = max(most, c.FalseRejections.Certain)
		}
	}
	return most
}

// wrongedMost names the limiter that denied most for nothing; empty if none did.
func wrongedMost(rows []group) string {
	worst := slices.MaxFunc(rows, func(a, b group) int { return cmp.Compare(mostWronged(a), mostWronged(b)) })
	n := mostWronged(worst)
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %s denied up to %s for nothing", worst.name, plural(int(n), "request"))
}
