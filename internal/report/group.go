package report

import (
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// group is the cells that one row, or one claim, is about.
type group struct {
	name  string
	cells []result.Cell
}

// groupBy collects the cells by name, in the order in which names first occur.
func groupBy(cells []result.Cell, name func(*result.Cell) string) []group {
	var groups []group
	at := map[string]int{}
	for i := range cells {
		n := name(&cells[i])
		j, ok := at[n]
		if !ok {
			j = len(groups)
			at[n] = j
			groups = append(groups, group{name: n})
		}
		groups[j].cells = append(groups[j].cells, cells[i])
	}
	return groups
}

// The names that cells are grouped by. A subject is algorithm/technique/driver.
func byPlace(c *result.Cell) string     { return c.Scenario + "/" + c.Topology }
func byLimiter(c *result.Cell) string   { return c.Algorithm + "/" + c.Technique }
func byAlgorithm(c *result.Cell) string { return c.Algorithm }
func byTechnique(c *result.Cell) string { return c.Technique }
func bySubject(c *result.Cell) string   { return c.Subject() }

func byClient(c *result.Cell) string {
	// What a subject's name adds to the limiter's, so that both leave out the same.
	return c.Subject()[len(byLimiter(c))+1:]
}

// where keeps the cells that satisfy the condition.
func where(cells []result.Cell, condition func(*result.Cell) bool) []result.Cell {
	var kept []result.Cell
	for i := range cells {
		if condition(&cells[i]) {
			kept = append(kept, cells[i])
		}
	}
	return kept
}

func judged(c *result.Cell) bool    { return c.Verdict != "unknown" }
func measured(c *result.Cell) bool  { return !c.Void }
func overshot(c *result.Cell) bool  { return c.Overshoot.Certain > 0 && judged(c) }
func brokeElse(c *result.Cell) bool { return c.Verdict == "invalid" && !overshot(c) }

// sound says that nothing is held against the limiter by the cell. What servers forgot
// is not.
func sound(c *result.Cell) bool {
	if struck(c) {
		return !ownFault(c) && !misled(c)
	}
	return c.Verdict == "valid" || !c.Tests()
}

func (g group) all(condition func(*result.Cell) bool) bool {
	return len(where(g.cells, condition)) == len(g.cells)
}

// closed says that the cells come from closed loops: no cell shows an open one.
func (g group) closed() bool { return g.all((*result.Cell).Closed) }

func (g group) any(condition func(*result.Cell) bool) bool {
	return slices.ContainsFunc(g.cells, func(c result.Cell) bool { return condition(&c) })
}

// measure reads one number of a cell, nil if it is not known.
type measure func(*result.Cell) *float64

// values reads the known numbers of the cells that are not void.
func (g group) values(m measure) []float64 {
	var values []float64
	for i := range g.cells {
		if v := m(&g.cells[i]); v != nil && measured(&g.cells[i]) {
			values = append(values, *v)
		}
	}
	return values
}

func p50(c *result.Cell) *float64 {
	if q := c.Latency.Response; q != nil {
		return &q.P50us
	}
	return nil
}

func p99(c *result.Cell) *float64 {
	if q := c.Latency.Response; q != nil {
		return q.P99us
	}
	return nil
}

func trips(c *result.Cell) *float64     { return c.RoundTrips }
func serverCPU(c *result.Cell) *float64 { return c.ServerCPUus }
func clientCPU(c *result.Cell) *float64 { return c.ClientCPUus }
func allocs(c *result.Cell) *float64    { return c.Allocs }
func keyBytes(c *result.Cell) *float64  { return c.BytesPerKey }
func nominal(c *result.Cell) *float64   { return c.NominalOvershootRatio }

func decisions(c *result.Cell) *float64 {
	if c.Closed() {
		return c.DecisionsPerSecond
	}
	return nil
}

// unanswered is the share of operations that ended without a decision.
func unanswered(c *result.Cell) *float64 {
	n := c.Allowed + c.Denied + c.Failed + c.Unknown
	if n == 0 {
		return nil
	}
	return new(float64(c.Failed+c.Unknown) / float64(n))
}
