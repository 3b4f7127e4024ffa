package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// calm keeps the cells of scenarios without faults. Those with faults have charts of
// their own: a bar over both would mix races with lost writes, and a cohort's latency
// is that of many subjects side by side.
func calm(cells []result.Cell) []result.Cell {
	about := disturbed(cells)
	return where(cells, func(c result.Cell) bool { return !slices.Contains(about, c.Scenario) })
}

// faulted keeps the cells of limiters in scenarios with faults, in an order that does
// not depend on theirs. A trial that is void may have met no fault; it is one of them
// all the same.
func faulted(cells []result.Cell) []result.Cell {
	about := disturbed(cells)
	own := where(final(cells), func(c result.Cell) bool { return slices.Contains(about, c.Scenario) && limits(c) && !swept(c) })
	return bySubject(own)
}

// disturbed names the scenarios in which some trial met a fault.
func disturbed(cells []result.Cell) []string {
	return distinct(where(cells, func(c result.Cell) bool { return c.Timeline != nil }), scenario)
}

// bySubject sorts trials by what was tried, and then by repeat.
func bySubject(cells []result.Cell) []result.Cell {
	slices.SortStableFunc(cells, func(a, b result.Cell) int {
		return cmp.Or(order(a.Algorithm, b.Algorithm), order(a.Technique, b.Technique), order(client(a), client(b)), cmp.Compare(a.Repeat, b.Repeat))
	})
	return cells
}

// notPlayed stands in the place of a scenario that a topology cannot play.
const notPlayed = "not played"

// place is a scenario on a topology.
func place(c result.Cell) string { return c.Scenario + "/" + c.Topology }

// places lists what small multiples are of: a row per scenario and a column per
// topology, or, on one topology, all scenarios side by side. A scenario need not have
// been played on each topology.
func places(cells []result.Cell, spelled titles) (names []string, across int) {
	topologies := distinct(cells, topology)
	for _, s := range spelled.sorted(distinct(cells, scenario)) {
		for _, t := range topologies {
			names = append(names, s+"/"+t)
		}
	}
	if len(topologies) == 1 {
		return names, min(3, len(names))
	}
	return names, min(4, len(topologies))
}

// shade is the time of one fault, in seconds from the start of the load.
type shade struct {
	name     string
	from, to float64
}

// shades returns the faults of a trial, cut to its timeline.
func shades(c result.Cell) []shade {
	end := seconds(c.Timeline)
	return mapped(c.Faults, func(f result.Fault) shade {
		s := shade{name: f.Name, from: f.AtMS / 1000, to: end}
		if f.UntilMS != nil {
			s.to = *f.UntilMS / 1000
		}
		s.from = min(max(s.from, 0), end)
		s.to = min(max(s.to, s.from), end)
		return s
	})
}

// seconds is the length of a timeline: 0 for one that cannot be drawn.
func seconds(t *result.Timeline) float64 {
	if t == nil || !(t.BinMS > 0) {
		return 0
	}
	if s := float64(bins(t)) * t.BinMS / 1000; !math.IsInf(s, 0) {
		return s
	}
	return 0
}

// bins is the number of intervals that all lists of a timeline have.
func bins(t *result.Timeline) int {
	return min(len(t.Allowed), len(t.Denied), len(t.Failed), len(t.Unknown), len(t.Admitted), len(t.P50MS), len(t.MaxMS))
}

// drawable says that there is a course to draw, and that it means something.
func drawable(c result.Cell) bool { return paced(c) && seconds(c.Timeline) > 0 }

// clock spells seconds: "20 s".
func clock(s float64) string { return scaled(s, unit{"ms", 1e-3}, unit{"s", 1}) }

// clockTick spells a tick of a time axis.
func clockTick(s float64) string {
	if s == 0 {
		return "0" + nbsp + "s"
	}
	return clock(s)
}

// text spells a fault: "kill 8 s to 12 s".
func (s shade) text() string {
	return fmt.Sprintf("%s %s to %s", s.name, clockTick(s.from), clockTick(s.to))
}

// everyOr names some techniques, or says that they are all there are.
func everyOr(some, all []string) string {
	if len(all) > 1 && len(some) == len(all) {
		return "every technique"
	}
	return list(mapped(some, title), "techniques")
}

// under names the places of some cells among all: "Failover and Partition (Sentinel)",
// where Failover stands for each topology that it was played on.
func under(some, all []result.Cell, spelled titles) string {
	return list(mapped(spelled.sorted(distinct(some, scenario)), func(s string) string {
		played := func(c result.Cell) bool { return c.Scenario == s }
		on, of := distinct(where(some, played), topology), distinct(where(all, played), topology)
		if len(on) == len(of) && len(of) > 1 {
			return spelled.of(s)
		}
		return spelled.of(s) + " (" + list(mapped(on, title), "topologies") + ")"
	}), "scenarios")
}
