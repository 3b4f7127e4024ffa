package chart

import (
	"fmt"

	"github.com/rlbench/rlbench/internal/result"
)

// cost draws what a decision costs: a row per client, a line per technique. In
// a closed loop it begins with the throughput.
type cost struct{}

// Name implements Chart.
func (cost) Name() string { return "cost" }

// Draw implements Chart.
func (cost) Draw(r *result.Result) (*Figure, error) {
	all := calm(final(r.Cells))
	cells, measures, load := costCells(all)
	c := costing{cells: cells, host: withTopology(cells, client), measures: measures, kept: kept(all), unjudged: where(all, unjudged)}
	known := where(measures, func(m measure) bool { return len(c.ranked(m)) > 0 })
	if len(known) == 0 {
		return nil, ErrNoData
	}
	spelled := titles(r.Run.Titles)
	return &Figure{
		Title: c.title(known[0]),
		Subtitle: spelled.of(cells[0].Scenario) + ": " + load + " Client CPU includes the load generator. " +
			c.tally(known[0]).describe("Dot and number", ofAlgorithms(cells, spelled)) + c.compared(),
		Caution: caution(r),
		Foot:    provenance(r.Run),
		body:    c.table(),
	}, nil
}

// ofAlgorithms says what the trials behind one mark have tried.
func ofAlgorithms(cells []result.Cell, spelled titles) string {
	names := distinct(cells, algorithm)
	if len(names) == 1 {
		return "of " + spelled.of(names[0])
	}
	return fmt.Sprintf("over %d algorithms", len(names))
}

// costCells chooses the closed loop if the run has one: only there the number
// of decisions per second is the client's and not the schedule's.
func costCells(cells []result.Cell) ([]result.Cell, []measure, string) {
	if closed := measuring(cells, true); len(closed) > 0 {
		return closed, append([]measure{throughput}, costs...), "as many decisions as each client can make in a closed loop, and what each decision costs."
	}
	return measuring(cells, false), costs, "what each decision costs at a paced rate."
}

// costing is the data behind the figure.
type costing struct {
	cells    []result.Cell
	host     func(result.Cell) string
	measures []measure
	// kept lists the techniques that a title may call the best.
	kept []string
	// unjudged trials should have told whether a contract is kept, and did not.
	unjudged []result.Cell
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
