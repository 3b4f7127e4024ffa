package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// Need is one line of the answer: what somebody may need, what serves it best, and the
// numbers that say so.
type Need struct{ Need, Choice, Numbers string }

// The noise of further criteria: sizes and allocations are counted, the ends of tails
// vary the most, by 44 %, and what share is answered depends on the fault, not the load.
var (
	byP99      = criterion{measure: p99, quantity: micros, noise: 1.5}
	byKeyBytes = criterion{measure: keyBytes, quantity: octets, noise: costNoise}
	byAllocs   = criterion{measure: allocs, quantity: plain, noise: costNoise}
	byFewTrips = criterion{measure: trips, quantity: spellTrips, noise: costNoise}
	byAnswered = criterion{measure: available, quantity: share, more: true, noise: 1.02}
)

func spellTrips(n float64) (digits, unit string) {
	if digits = number(n); digits == "1" {
		return digits, " trip"
	}
	return digits, " trips"
}

// needs answers which limiter, which client and which topology, for which need. Of a
// need that the run cannot tell apart by more than noise it says so.
func needs(r *result.Result) []Need {
	return slices.Concat(limiterNeeds(r), clientNeeds(r.Cells), faultNeeds(r.Cells))
}

func limiterNeeds(r *result.Result) (list []Need) {
	c, _ := contestOf(r)
	limiters := groupBy(c.own, byLimiter)
	if len(limiters) < 2 { // nothing to choose from
		return nil
	}
	for _, n := range []struct {
		need, of string
		by       criterion
	}{
		{"Least work for the server", " of server CPU per operation", byServerCPU},
		{"Soonest answer", " at the median", byP50},
		{"Shortest tail", " at the 99th percentile", byP99},
		{"Fewest trips over a slow network", " per operation", byFewTrips},
		{"Least memory", " per key", byKeyBytes},
	} {
		list = append(list, n.by.serves(n.need, n.of, limiters)...)
	}
	return slices.Concat(allRound(limiters), strict(c, limiters), list)
}

// serves says who is best by a criterion; nothing, if it is known of fewer than two.
func (c criterion) serves(need, of string, among []group) []Need {
	among = c.knownOf(slices.Clone(among))
	if len(among) < 2 {
		return nil
	}
	best := c.leaders(among)
	n := Need{need, listed(best), c.span(best) + of + c.others(among, best)}
	if len(best) == len(among) {
		n.Choice = "no clear difference"
	}
	return []Need{n}
}

// allRound applies the rule by which rlbench recommends: server CPU, then round trips,
// then latency, each within noise.
func allRound(limiters []group) []Need {
	best := byP50.leaders(byTrips.leaders(byServerCPU.leaders(limiters)))
	if !byServerCPU.known(best[0]) {
		return nil
	}
	facts := []string{byServerCPU.span(best) + " of server CPU"}
	if of := byTrips.knownOf(slices.Clone(best)); len(of) > 0 {
		facts = append(facts, byFewTrips.span(of))
	}
	if of := byP50.knownOf(slices.Clone(best)); len(of) > 0 {
		facts = append(facts, byP50.span(of)+" at the median")
	}
	return []Need{{"All-round: server CPU, then trips, then latency", listed(best), strings.Join(facts, ", ")}}
}

// strict chooses among limiters that were never seen to admit more than the limit within
// the length of one window; a need of its own, because most contracts permit more.
func strict(c contest, limiters []group) []Need {
	var never []group
	most := 0.0
	for _, g := range limiters {
		own := group{cells: where(c.cells, func(x *result.Cell) bool { return byLimiter(x) == g.name })}
		v := own.values(nominal)
		switch {
		case len(v) == 0:
		case slices.Max(v) == 0:
			never = append(never, g)
		default:
			most = max(most, slices.Max(v))
		}
	}
	if len(never) == 0 || most == 0 {
		return nil
	}
	best := byServerCPU.leaders(never)
	numbers := "0 over the limit in any window; others up to " + excess(most)
	if byServerCPU.known(best[0]) {
		numbers += "; " + byServerCPU.span(best) + " of server CPU"
	}
	return []Need{{"Never more than the limit in any window", listed(best), numbers}}
}

func clientNeeds(cells []result.Cell) (list []Need) {
	if calm := where(where(cells, steady), ranked); len(calm) > 0 {
		rows := groupBy(compared(costPlace(calm).cells), byClient)
		if by := clientCriterion(rows); by.more {
			list = append(list, by.serves("Client: most decisions per second", "", rows)...)
		}
		list = append(list, byClientCPU.serves("Client: least work for the caller", " of client CPU per operation", rows)...)
		list = append(list, byAllocs.serves("Client: least garbage", " allocations per operation", rows)...)
	}
	hit := groupBy(compared(where(cells, struck)), byClient)
	return append(list, byAnswered.serves("Client: soonest served again under faults", " of operations answered in 100 ms", hit)...)
}

// faultNeeds says of every scenario with faults on which topology servers forget least.
func faultNeeds(cells []result.Cell) (list []Need) {
	for _, s := range groupBy(where(cells, struck), func(c *result.Cell) string { return c.Scenario }) {
		var keep []string
		var forget []string
		for _, t := range groupBy(s.cells, func(c *result.Cell) string { return c.Topology }) {
			switch v := t.values(lost); {
			case len(v) == 0:
			case slices.Max(v) == 0:
				keep = append(keep, t.name)
			default:
				forget = append(forget, t.name+" up to "+plain.text(slices.Max(v)))
			}
		}
		if len(keep)+len(forget) < 2 {
			continue
		}
		list = append(list, Need{"Keep the count through " + s.name, keepChoice(keep, forget), keepNumbers(keep, forget)})
	}
	return list
}

func keepChoice(keep, forget []string) string {
	switch {
	case len(keep) == 0:
		return "none that was tested"
	case len(forget) == 0:
		return "no difference: " + list(keep, "and")
	}
	return list(keep, "or")
}

func keepNumbers(keep, forget []string) string {
	if len(forget) == 0 {
		return "0 acknowledged admissions forgotten"
	}
	text := fmt.Sprintf("acknowledged admissions forgotten: %s", strings.Join(forget, ", "))
	if len(keep) > 0 {
		text += "; " + list(keep, "and") + " 0"
	}
	return text
}
