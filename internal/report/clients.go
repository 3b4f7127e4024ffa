package report

import (
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// clients compares the clients over the limiters that all of them were measured with.
func clients(cells []result.Cell) part {
	if cells = where(where(cells, steady), ranked); len(cells) == 0 {
		return part{}
	}
	place := costPlace(cells)
	rows := groupBy(compared(place.cells), byClient)
	if len(rows) < 2 {
		return part{}
	}
	by := clientCriterion(rows)
	slices.SortStableFunc(rows, by.compare)
	return part{
		text: fmt.Sprintf("In %s, %s.", place.name, by.leaderOf(rows)),
		table: &table{rows: rows, columns: []column{
			nameOf("client"),
			medianOf("decisions", decisions, perSecond), medianOf("p50", p50, micros), medianOf("p99", p99, micros),
			medianOf("trips", trips, plain), medianOf("server CPU", serverCPU, micros),
			medianOf("client CPU", clientCPU, micros), medianOf("allocations", allocs, plain),
		}},
	}
}

// clientCriterion is what clients are ranked by: throughput where the loop is closed,
// else what an operation costs the caller.
func clientCriterion(rows []group) criterion {
	if slices.ContainsFunc(rows, func(g group) bool { return !byThroughput.known(g) }) {
		return byClientCPU
	}
	return byThroughput
}

// leaderOf names the client that is ahead of all others, or those between which there
// is no clear difference.
func (c criterion) leaderOf(rows []group) string {
	best := c.leaders(rows)
	switch {
	case !c.known(best[0]):
		return c.what + " is not known"
	case len(best) == 1:
		won, of := c.wins(rows)
		return fmt.Sprintf("%s has the %s %s: %s, clearly ahead of the other clients with %d of %s",
			best[0].name, c.best, c.what, c.span(best), won, plural(of, "limiter"))
	}
	return fmt.Sprintf("%s have about the same %s: %s%s", list(names(best), "and"), c.what, c.span(best), c.others(rows, best))
}

// compared keeps the limiters that every client of the cells was measured with.
func compared(cells []result.Cell) []result.Cell {
	clients := len(groupBy(cells, byClient))
	var kept []result.Cell
	for _, limiter := range groupBy(cells, byLimiter) {
		known := where(limiter.cells, measured)
		if len(groupBy(known, byClient)) == clients {
			kept = append(kept, known...)
		}
	}
	return kept
}

// wins counts the limiters with which the first client is ahead of all others by more
// than noise.
func (c criterion) wins(rows []group) (won, of int) {
	for _, own := range groupBy(rows[0].cells, byLimiter) {
		of++
		beaten := func(other group) bool {
			theirs := where(other.cells, func(x *result.Cell) bool { return byLimiter(x) == own.name })
			return c.ahead(own, group{cells: theirs})
		}
		if countOf(rows[1:], beaten) == len(rows)-1 {
			won++
		}
	}
	return won, of
}
