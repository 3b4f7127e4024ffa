package report

import (
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// costPlace returns the cells of the one scenario and topology that costs are
// compared in: medians over several would mix loads. One that measures and does not
// test comes first, best with a closed loop, because there the limiter and the client
// set the pace. Package chart chooses alike.
func costPlace(cells []result.Cell) group {
	places := groupBy(cells, byPlace)
	speed := func(p group) bool { return p.all((*result.Cell).Measures) }
	for _, best := range []func(group) bool{func(p group) bool { return speed(p) && p.closed() }, speed} {
		if i := slices.IndexFunc(places, best); i >= 0 {
			return places[i]
		}
	}
	return places[0]
}

// contest is who can be recommended, and where costs are compared.
type contest struct {
	cells []result.Cell // of all ranked limiters, without faults and sweeps
	place group
	own   []result.Cell // of those that kept their contract, in the place
	kept  map[string]bool
}

// contestOf returns the contest, or says why there is none; nothing, if no limiter was
// put to it.
func contestOf(r *result.Result) (c contest, refusal string) {
	all := where(r.Cells, func(c *result.Cell) bool { return steady(c) && !storm(c) })
	cells := where(all, ranked)
	switch {
	case len(all) == 0:
		return contest{}, ""
	case len(cells) == 0:
		return contest{}, yardsticks
	case (group{cells: cells}).any((*result.Cell).Remote):
		return contest{}, remoteLimiter
	}
	c = contest{cells: cells, place: costPlace(cells), kept: keepers(where(r.Cells, ranked))}
	c.own = where(c.place.cells, func(x *result.Cell) bool { return c.kept[byLimiter(x)] })
	if len(c.own) == 0 {
		return contest{}, noneKept(r)
	}
	return c, ""
}

// algorithms recommends among the limiters that kept their contract: one row per
// algorithm, with the best of its techniques.
func algorithms(r *result.Result) part {
	c, refusal := contestOf(r)
	if len(c.own) == 0 {
		return part{text: refusal}
	}
	p := part{text: advice(c), table: &table{rows: bestOfEach(c.own), columns: []column{
		nameOf("limiter"),
		medianOf("server CPU", serverCPU, micros), medianOf("p50", p50, micros), medianOf("p99", p99, micros),
		medianOf("trips", trips, plain), medianOf("bytes per key", keyBytes, octets),
		{head: "over nominal", value: nominalIn(c.cells)},
	}}}
	if broke := hopeless(r, c.kept); len(broke) > 0 {
		p.text += fmt.Sprintf(" No technique of %s that was tested kept its contract in every cell.", list(broke, "or"))
	}
	return p
}

// advice says which limiter costs the server least, or what the only one costs it.
func advice(c contest) string {
	limiters := groupBy(c.own, byLimiter)
	if len(limiters) > 1 {
		return lead(c.cells) + recommendation(limiters, c.place) + rowRule
	}
	one, amount := limiters[0].name, "an unknown amount of CPU"
	if byServerCPU.known(limiters[0]) {
		amount = fmt.Sprintf("%s of CPU per operation in %s", byServerCPU.span(limiters), c.place.name)
	}
	if (group{cells: c.cells}).any((*result.Cell).Tests) {
		return fmt.Sprintf("The limiter that kept its contract in every cell that tests it, %s, costs the server %s.", one, amount)
	}
	return fmt.Sprintf("No contract was put to the test; %s costs the server %s.", one, amount)
}

// ranked cells are of limiters.
func ranked(c *result.Cell) bool { return !c.Yardstick }

// yardsticks stands in place of a recommendation.
const yardsticks = "Only yardsticks were measured: none of them limits on a server, so none is ranked."

// remoteLimiter stands in place of a recommendation.
const remoteLimiter = "It is a remote limiter: its times are its host's and its network's too, and what it costs there " +
	"is not known. It is not ranked against limiters that run in the process of the caller."

// rowRule says what the rows of the table are.
const rowRule = " The table shows the best technique of each algorithm: of those within noise of its least server CPU, " +
	"the one with the fewest trips, then the lowest p50."

// noneKept says why no limiter is recommended. Of an incomplete run it says nothing: a
// limiter that would keep its contract may be yet to come.
func noneKept(r *result.Result) string {
	tested := group{cells: where(where(r.Cells, steady), (*result.Cell).Tests)}
	switch {
	case !r.Run.Complete:
		return ""
	case !tested.all(judged):
		return "No limiter is known to have kept its contract in every cell that tests it, so none is recommended."
	}
	return "No limiter that was tested kept its contract in every cell, so there is none to recommend."
}

// keepers tells the limiters that kept their contract in every cell that tests it. One
// that is not tested, such as a yardstick, is among them only if the run tests none.
func keepers(cells []result.Cell) map[string]bool {
	tests := func(c *result.Cell) bool { return c.Tests() && !struck(c) }
	untested := len(where(cells, tests)) == 0
	kept := map[string]bool{}
	for _, g := range groupBy(cells, byLimiter) {
		kept[g.name] = g.all(sound) && (untested || g.any(tests))
	}
	return kept
}

// hopeless returns the algorithms of which every tested limiter was judged in full and
// none kept its contract. An incomplete run has none: the others may be yet to come.
func hopeless(r *result.Result, kept map[string]bool) []string {
	if !r.Run.Complete {
		return nil
	}
	tested := groupBy(where(where(r.Cells, steady), (*result.Cell).Tests), byAlgorithm)
	return names(slices.DeleteFunc(tested, func(g group) bool {
		return !g.all(judged) || g.any(func(c *result.Cell) bool { return kept[byLimiter(c)] })
	}))
}

// lead says among which limiters the recommendation chooses.
func lead(cells []result.Cell) string {
	if len(where(cells, (*result.Cell).Tests)) == 0 {
		return "No contract was put to the test; by cost alone, "
	}
	return "Of the limiters that kept their contract in every cell that tests it, "
}

// recommendation names the limiter that costs the server least, or, if several do
// within noise, those, and what tells them apart.
func recommendation(limiters []group, place group) string {
	best := byServerCPU.leaders(limiters)
	if !byServerCPU.known(best[0]) {
		return fmt.Sprintf("none can be preferred: what they cost the server is not known (%s).", listed(best))
	}
	cost, others := byServerCPU.span(best), byServerCPU.others(limiters, best)
	if len(best) == 1 {
		return fmt.Sprintf("%s costs the server least in %s: %s of CPU per operation%s.", best[0].name, place.name, cost, others)
	}
	return fmt.Sprintf("%s cost the server about the same in %s: %s of CPU per operation%s. %s.",
		listed(best), place.name, cost, others, tieBreak(best))
}

// tieBreak says what tells limiters of equal cost apart: round trips, of which a
// slower network makes more, then latency.
func tieBreak(level []group) string {
	fewest := byTrips.leaders(level)
	quickest := byP50.leaders(fewest)
	switch {
	case len(quickest) == len(level):
		return "They differ little in round trips and latency too"
	case len(quickest) == len(fewest):
		return "Of these, " + makeFewest(fewest)
	case len(fewest) == len(level):
		return "Of these, " + answerSoonest(quickest)
	}
	return "Of these, " + makeFewest(fewest) + "; of those, " + answerSoonest(quickest)
}

func makeFewest(groups []group) string {
	return fmt.Sprintf("%s %s the fewest round trips, %s", listed(groups), agree(len(groups), "make"), byTrips.span(groups))
}

func answerSoonest(groups []group) string {
	return fmt.Sprintf("%s %s soonest, %s at the median", listed(groups), agree(len(groups), "answer"), byP50.span(groups))
}

// bestOfEach returns one limiter of each algorithm, the cheapest first: the one that
// costs the server least, and of those within noise the one with the fewest round
// trips, then the lowest median latency.
func bestOfEach(cells []result.Cell) []group {
	var best []group
	for _, a := range groupBy(cells, byAlgorithm) {
		limiters := byServerCPU.leaders(groupBy(a.cells, byLimiter))
		best = append(best, byP50.leaders(byTrips.leaders(limiters))[0])
	}
	slices.SortStableFunc(best, byServerCPU.compare)
	return best
}

func names(groups []group) []string {
	var out []string
	for _, g := range groups {
		out = append(out, g.name)
	}
	return out
}

// mostNamed is how many limiters a sentence names.
const mostNamed = 4

func listed(limiters []group) string {
	if len(limiters) > mostNamed {
		return plural(len(limiters), "limiter")
	}
	return list(names(limiters), "and")
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
