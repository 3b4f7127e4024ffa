package report

import (
	"cmp"
	"slices"

	"github.com/rlbench/rlbench/internal/stats"
)

// The factors by which two medians of one program differ between runs on a shared
// machine; a smaller lead is not claimed. Measured coefficients of variation: CPU per
// operation 8 %, throughput 25 %. Round trips are counted, but conflicts and
// pipelining vary them a little.
const (
	costNoise = 1.1
	paceNoise = 1.25
)

// criterion is a measure by which limiters and clients are compared.
type criterion struct {
	// what names the quantity by which clients are compared, best its best value:
	// lowest, highest.
	what, best string
	measure    measure
	quantity   quantity
	// more says that the highest value is the best.
	more  bool
	noise float64
}

var (
	byServerCPU  = criterion{measure: serverCPU, quantity: micros, noise: costNoise}
	byTrips      = criterion{measure: trips, quantity: plain, noise: costNoise}
	byP50        = criterion{measure: p50, quantity: micros, noise: paceNoise}
	byClientCPU  = criterion{what: "client CPU per operation", best: "lowest", measure: clientCPU, quantity: micros, noise: costNoise}
	byThroughput = criterion{what: "throughput", best: "highest", measure: decisions, quantity: perSecond, more: true, noise: paceNoise}
)

// known says that the measure is known of the group.
func (c criterion) known(g group) bool { return len(g.values(c.measure)) > 0 }

// compare orders groups by their medians, the best first, what is not known last.
func (c criterion) compare(a, b group) int {
	x, y := a.values(c.measure), b.values(c.measure)
	switch {
	case len(x) == 0 || len(y) == 0:
		return cmp.Compare(min(len(y), 1), min(len(x), 1))
	case c.more:
		return cmp.Compare(stats.Median(y), stats.Median(x))
	}
	return cmp.Compare(stats.Median(x), stats.Median(y))
}

// ahead says that a is better than b by more than noise, or that b is not known.
func (c criterion) ahead(a, b group) bool {
	if !c.known(a) || !c.known(b) {
		return c.known(a)
	}
	x, y := stats.Median(a.values(c.measure)), stats.Median(b.values(c.measure))
	if c.more {
		x, y = y, x
	}
	return x*c.noise < y
}

// leaders returns the groups that the best one is not ahead of, the best first; all,
// if the measure is known of none.
func (c criterion) leaders(groups []group) []group {
	sorted := slices.SortedStableFunc(slices.Values(groups), c.compare)
	return slices.DeleteFunc(slices.Clone(sorted), func(g group) bool { return c.ahead(sorted[0], g) })
}

// span spells the range of the groups' medians.
func (c criterion) span(groups []group) string {
	var medians []float64
	for _, g := range groups {
		medians = append(medians, stats.Median(g.values(c.measure)))
	}
	lo, hi := slices.Min(medians), slices.Max(medians)
	if c.quantity.text(lo) == c.quantity.text(hi) {
		return c.quantity.text(lo)
	}
	return c.quantity.span(lo, hi)
}

// others says how near the groups come that are not among the leaders; empty if
// there are none.
func (c criterion) others(groups, leaders []group) string {
	rest := slices.DeleteFunc(slices.SortedStableFunc(slices.Values(groups), c.compare), func(g group) bool {
		return !c.known(g) || !c.ahead(leaders[0], g)
	})
	switch {
	case len(rest) == 0:
		return ""
	case c.more:
		return "; the others " + c.span(rest[:1]) + " or less"
	}
	return "; the others " + c.span(rest[:1]) + " or more"
}
