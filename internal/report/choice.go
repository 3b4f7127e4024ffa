package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// costPlace returns the cells of the one scenario and topology that costs are
// compared in: medians over several would mix loads. A closed loop comes first,
// because there the limiter and the client set the pace, then a scenario that
// measures and does not test.
func costPlace(cells []result.Cell) group {
	places := groupBy(cells, byPlace)
	for _, best := range []func(*result.Cell) bool{closed, measures} {
		if i := slices.IndexFunc(places, func(p group) bool { return p.all(best) }); i >= 0 {
			return places[i]
		}
	}
	return places[0]
}

// algorithms recommends among the limiters that kept their contract: one row per
// algorithm, with the one of its techniques that costs the server least.
func algorithms(cells []result.Cell) part {
	if len(cells) == 0 {
		return part{}
	}
	place := costPlace(cells)
	best, broke := cheapest(cells, place.cells)
	if len(best) == 0 {
		return part{text: "No limiter kept its contract in every cell that tests it, so there is none to recommend."}
	}
	slices.SortStableFunc(best, compareCost)
	p := part{text: lead(cells) + recommendation(best, place), table: &table{rows: best, columns: []column{
		nameOf("limiter"),
		medianOf("server CPU", serverCPU, micros), medianOf("p50", p50, micros), medianOf("p99", p99, micros),
		medianOf("trips", trips, plain), medianOf("bytes per key", keyBytes, octets),
		{head: "over nominal", value: nominalIn(cells)},
	}}}
	if len(broke) > 0 {
		p.text += fmt.Sprintf(" No technique of %s kept its contract in every cell.", list(broke, "or"))
	}
	return p
}

// lead says among which limiters the recommendation chooses.
func lead(cells []result.Cell) string {
	if len(where(cells, judged)) == 0 {
		return "No contract was put to the test; by cost alone, "
	}
	return "Of the limiters that kept their contract in every cell that tests it, "
}

// recommendation names the first of the limiters, which are sorted by cost.
func recommendation(best []group, place group) string {
	cost := best[0].values(serverCPU)
	if len(cost) == 0 {
		return fmt.Sprintf("none can be preferred: what they cost the server is not known (%s).", list(names(best), "and"))
	}
	text := fmt.Sprintf("%s costs the server least in %s: %s of CPU per operation",
		best[0].name, place.name, median(cost, micros, false))
	if len(best) > 1 && len(best[1].values(serverCPU)) > 0 {
		text += fmt.Sprintf("; of other algorithms, %s is next with %s", best[1].name, median(best[1].values(serverCPU), micros, false))
	}
	return text + "."
}

// cheapest returns, per algorithm, the cells in place of its cheapest limiter among
// those that kept their contract, and the algorithms that have none.
func cheapest(all, place []result.Cell) (best []group, broke []string) {
	kept := map[string]bool{}
	for _, g := range groupBy(all, byLimiter) {
		kept[g.name] = g.all(sound)
	}
	for _, a := range groupBy(place, byAlgorithm) {
		limiters := slices.DeleteFunc(groupBy(a.cells, byLimiter), func(g group) bool { return !kept[g.name] })
		if len(limiters) == 0 {
			broke = append(broke, a.name)
			continue
		}
		best = append(best, slices.MinFunc(limiters, compareCost))
	}
	return best, broke
}

// compareCost orders by the median of server CPU, what is not known last.
func compareCost(a, b group) int {
	x, y := a.values(serverCPU), b.values(serverCPU)
	if len(x) == 0 || len(y) == 0 {
		return cmp.Compare(len(y), len(x))
	}
	return cmp.Compare(stats.Median(x), stats.Median(y))
}

func names(groups []group) []string {
	var out []string
	for _, g := range groups {
		out = append(out, g.name)
	}
	return out
}

// nominalIn spells the most that a limiter admitted within one window's length in any
// of the cells, beyond the limit. It is a property and no failure: a window that opens
// at the first request may lawfully admit almost twice the limit.
func nominalIn(cells []result.Cell) func(group, bool) string {
	return func(g group, _ bool) string {
		own := group{cells: where(cells, func(c *result.Cell) bool { return byLimiter(c) == g.name })}
		v := own.values(nominal)
		if len(v) == 0 {
			return missing
		}
		return excess(slices.Max(v))
	}
}

// clients compares the clients over the limiters that all of them were measured with.
func clients(cells []result.Cell) part {
	if len(cells) == 0 {
		return part{}
	}
	place := costPlace(cells)
	rows := groupBy(compared(place.cells), byClient)
	if len(rows) < 2 {
		return part{}
	}
	m, q, better, what := clientMeasure(rows)
	slices.SortStableFunc(rows, func(a, b group) int { return better * cmp.Compare(middle(a, m), middle(b, m)) })
	won, of := wins(rows, m, better)
	return part{
		text: fmt.Sprintf("In %s, %s has the %s: %s, ahead of the other clients with %d of %s.",
			place.name, rows[0].name, what, median(rows[0].values(m), q, false), won, plural(of, "limiter")),
		table: &table{rows: rows, columns: []column{
			nameOf("client"),
			medianOf("decisions", decisions, perSecond), medianOf("p50", p50, micros), medianOf("p99", p99, micros),
			medianOf("trips", trips, plain), medianOf("server CPU", serverCPU, micros),
			medianOf("client CPU", clientCPU, micros), medianOf("allocations", allocs, plain),
		}},
	}
}

// clientMeasure is what clients are ranked by: throughput where the loop is closed,
// else what an operation costs the caller.
func clientMeasure(rows []group) (m measure, q quantity, better int, what string) {
	for _, g := range rows {
		if len(g.values(decisions)) == 0 {
			return clientCPU, micros, 1, "lowest client CPU per operation"
		}
	}
	return decisions, perSecond, -1, "highest throughput"
}

// middle is the median, 0 if nothing is known.
func middle(g group, m measure) float64 {
	if v := g.values(m); len(v) > 0 {
		return stats.Median(v)
	}
	return 0
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

// wins counts the limiters with which the first client is ahead of all others.
func wins(rows []group, m measure, better int) (won, of int) {
	for _, own := range groupBy(rows[0].cells, byLimiter) {
		of++
		if ahead(own, rows[1:], m, better) {
			won++
		}
	}
	return won, of
}

func ahead(own group, others []group, m measure, better int) bool {
	for _, o := range others {
		theirs := group{cells: where(o.cells, func(c *result.Cell) bool { return byLimiter(c) == own.name })}
		if better*cmp.Compare(middle(own, m), middle(theirs, m)) >= 0 {
			return false
		}
	}
	return true
}
