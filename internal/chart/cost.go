package chart

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// cost draws what a decision costs: a row per client, a line per technique. In
// a closed loop it begins with the throughput.
type cost struct{}

// Name implements Chart.
func (cost) Name() string { return "cost" }

// measure is one column: what is read from a cell, and how titles put it.
type measure struct {
	head, note string
	format     func(float64) string
	value      func(result.Cell) *float64
	// what names the quantity, claim is the finding: the best subject and its
	// figure, then the worst.
	what, claim string
	// more says that the highest value is the best.
	more bool
	// noise is the factor by which the measure differs between runs of one program
	// on a shared machine; a smaller difference is not a finding.
	noise float64
}

var throughput = measure{
	head: "Decisions", note: "per second, more is better", format: perSecond,
	value: func(c result.Cell) *float64 { return c.DecisionsPerSecond },
	what:  "decisions per second", claim: "%s decided most, %s; %s least, %s",
	more: true, noise: 1.25,
}

// costs are the measures per decision, in the order in which they matter to
// whoever shares the server.
var costs = []measure{
	{
		head: "Server CPU", note: "lower is better", format: micros,
		value: func(c result.Cell) *float64 { return c.ServerCPUus },
		what:  "server CPU per decision", claim: "%s cost the server least CPU, %s a decision; %s most, %s",
		noise: 1.08,
	},
	{
		head: "Client CPU", note: "lower is better", format: micros,
		value: func(c result.Cell) *float64 { return c.ClientCPUus },
		what:  "client CPU per decision", claim: "%s cost the client least CPU, %s a decision; %s most, %s",
		noise: 1.08,
	},
	{
		head: "Round trips", note: "lower is better", format: number,
		value: func(c result.Cell) *float64 { return c.RoundTrips },
		what:  "round trips per decision", claim: "%s made fewest round trips, %s a decision; %s most, %s",
		noise: 1.01,
	},
	{
		head: "Bytes", note: "both ways, lower is better", format: octets,
		value: bytesBothWays,
		what:  "bytes per decision", claim: "%s moved fewest bytes, %s a decision; %s most, %s",
		noise: 1.01,
	},
}

func bytesBothWays(c result.Cell) *float64 {
	if c.BytesIn == nil || c.BytesOut == nil {
		return nil
	}
	sum := *c.BytesIn + *c.BytesOut
	return &sum
}

// Draw implements Chart.
func (cost) Draw(r *result.Result) (*Figure, error) {
	cells, measures, load := costCells(final(r.Cells))
	c := costing{cells: cells, host: withTopology(cells, client), measures: measures}
	known := where(measures, func(m measure) bool { return len(c.ranked(m)) > 0 })
	if len(known) == 0 {
		return nil, ErrNoData
	}
	return &Figure{
		Title:    c.title(known[0]),
		Subtitle: load + " " + c.tally(known[0]).describe("Dot", ofAlgorithms(cells)),
		Caution:  caution(r),
		Foot:     provenance(r.Run),
		body:     c.table(),
	}, nil
}

// ofAlgorithms says what the trials behind one mark have tried.
func ofAlgorithms(cells []result.Cell) string {
	names := distinct(cells, algorithm)
	if len(names) == 1 {
		return "of " + title(names[0])
	}
	return fmt.Sprintf("over %d algorithms", len(names))
}

// costCells chooses the closed loop if the run has one: only there the number
// of decisions per second is the client's and not the schedule's.
func costCells(cells []result.Cell) ([]result.Cell, []measure, string) {
	in := func(scenario string) []result.Cell {
		return where(cells, func(c result.Cell) bool { return c.Scenario == scenario })
	}
	if closed := in(saturate); len(closed) > 0 {
		return closed, append([]measure{throughput}, costs...), "Closed loop: as many decisions as each client can make, and what each decision costs."
	}
	return in(baseline), costs, "What each decision costs at a paced rate."
}

// costing is the data behind the figure.
type costing struct {
	cells    []result.Cell
	host     func(result.Cell) string
	measures []measure
}

// subject is one line: a client with a technique.
type subject struct{ host, technique string }

// String is how titles name a subject.
func (s subject) String() string { return title(s.host) + " with " + title(s.technique) }

// of reads a measure from the trials whose load was the planned one.
func (c costing) of(m measure) map[subject]sample {
	place := func(x result.Cell) subject { return subject{c.host(x), x.Technique} }
	return samples(c.cells, place, func(x result.Cell) *float64 {
		if !paced(x) {
			return nil
		}
		return m.value(x)
	})
}

func (c costing) table() table {
	t := table{shape: dots, across: 5}
	colour := inks(distinct(c.cells, technique))
	by := mapped(c.measures, c.of)
	for _, h := range distinct(c.cells, c.host) {
		own := where(c.cells, func(x result.Cell) bool { return c.host(x) == h })
		r := row{label: title(h)}
		for _, tech := range distinct(own, technique) {
			l := line{label: title(tech), ink: colour[tech]}
			for i, m := range c.measures {
				l.marks = append(l.marks, markOf(by[i][subject{h, tech}], m.format))
			}
			r.lines = append(r.lines, l)
		}
		t.rows = append(t.rows, r)
	}
	for i, m := range c.measures {
		t.columns = append(t.columns, column{head: m.head, note: m.note, format: m.format, most: most(t.rows, i)})
	}
	return t
}

// tally counts the trials behind the marks of a measure.
func (c costing) tally(m measure) tally {
	var n tally
	for _, s := range c.of(m) {
		n = n.add(s)
	}
	return n
}

// finding is the median of one subject.
type finding struct {
	subject
	value float64
}

// ranked returns the medians of a measure, the best first.
func (c costing) ranked(m measure) []finding {
	var all []finding
	for s, v := range c.of(m) {
		if v.known() {
			all = append(all, finding{s, v.median()})
		}
	}
	slices.SortFunc(all, func(a, b finding) int {
		by := cmp.Compare(a.value, b.value)
		if m.more {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(a.String(), b.String()))
	})
	return all
}

// title says who is best and who is worst by a measure that is known.
func (c costing) title(m measure) string {
	all := c.ranked(m)
	best, worst := all[0], all[len(all)-1]
	lo, hi := min(best.value, worst.value), max(best.value, worst.value)
	switch {
	case len(all) == 1:
		return fmt.Sprintf("%s of %s: %s", sentence(m.what), best, m.format(best.value))
	case hi <= lo*m.noise:
		return fmt.Sprintf("No clear difference in %s: %s", m.what, span(lo, hi, m.format))
	}
	return fmt.Sprintf(m.claim, best, m.format(best.value), worst, m.format(worst.value))
}
