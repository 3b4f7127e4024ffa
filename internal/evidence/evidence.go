// Package evidence makes of an exploration what people and programs read: a JSON
// document, a matrix of subjects and what may go wrong, and for every cell that is
// broken a folder with the minimal counterexample as record, table and diagrams.
//
// What it writes does not depend on when or how fast it was found, so that committed
// evidence can be compared with what is found today.
package evidence

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/confirm"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/transcript"
)

// Schema is the version of the document.
const Schema = 1

// Document is what was found.
type Document struct {
	Schema   int       `json:"schema"`
	Suite    Suite     `json:"suite"`
	Findings []Finding `json:"findings"`
	Clean    []Clean   `json:"clean"`
	// NothingNew are the scenarios in which nothing is broken but what is without their
	// events.
	NothingNew []NothingNew `json:"nothing_new"`
	// Open says of each graph that was not exhausted why: nothing is proven of it.
	Open []string `json:"open"`
	// Confirmation is null if nothing was confirmed on a real server.
	Confirmation *Confirmation `json:"confirmation"`

	cells []Cell
}

// Suite sums up the exploration.
type Suite struct {
	// Pairs is the number of graphs: one for each subject, scenario and limit.
	Pairs     int           `json:"pairs"`
	States    int           `json:"states"`
	Edges     int           `json:"edges"`
	Schedules explore.Count `json:"schedules"`
	// Seconds is how long it took, null in a document that is kept.
	Seconds   *float64 `json:"seconds"`
	Exhausted bool     `json:"exhausted"`
	// Limits and WindowMS are those under which every subject was explored.
	Limits   []int64 `json:"limits"`
	WindowMS int64   `json:"window_ms"`
}

// Finding is a broken property.
type Finding struct {
	Subject  string           `json:"subject"`
	Scenario string           `json:"scenario"`
	Property explore.Property `json:"property"`
	// Limit is the smallest under which it is broken.
	Limit        int64         `json:"limit"`
	Events       int           `json:"events"`
	Preemptions  int           `json:"preemptions"`
	Steps        int           `json:"steps"`
	Schedules    explore.Count `json:"schedules"`
	BadSchedules explore.Count `json:"bad_schedules"`
	// Trace is the file of the cheapest counterexample in the same cell of the matrix,
	// below the folder of the document.
	Trace string `json:"trace"`
}

// Clean is a subject that nothing breaks in a scenario.
type Clean struct {
	Subject   string        `json:"subject"`
	Scenario  string        `json:"scenario"`
	Schedules explore.Count `json:"schedules"`
}

// NothingNew is a subject in a scenario in which only those properties are broken that are
// without its events.
type NothingNew struct {
	Clean
	Broken []explore.Property `json:"broken"`
}

// Confirmation is what was run on a real server. There are no divergences in a document:
// one ends everything.
type Confirmation struct {
	Server string `json:"server"`
	// Effects are the different steps: keyspace, request and instant. Edges are steps of
	// whole graphs, in which the same effects occur again and again.
	Effects int `json:"effects"`
	Edges   int `json:"edges"`
	// Schedules are of three clients that WATCH, AtDeadline of two at the deadline of a key.
	Schedules   int `json:"schedules"`
	AtDeadline  int `json:"schedules_at_deadline"`
	Divergences int `json:"divergences"`
	Replays     int `json:"replays"`
	// Counterexamples is how many were replayed; Refused says of the others why not.
	Counterexamples int      `json:"counterexamples"`
	TimeEmulated    bool     `json:"time_emulated"`
	Refused         []string `json:"refused"`
	// Open says of what was not confirmed as a whole why.
	Open []string `json:"open"`
	// Also are further servers on which the same was run.
	Also []Confirmation `json:"also,omitempty"`
}

// Confirmed is a tally as the document has it.
func Confirmed(t confirm.Tally) Confirmation {
	return Confirmation{Server: t.Server, Effects: t.Effects, Edges: t.Edges, Schedules: t.Schedules, AtDeadline: t.AtDeadline, Replays: t.Replays,
		Counterexamples: t.Counterexamples, TimeEmulated: t.TimeEmulated, Refused: orEmpty(t.Refused), Open: orEmpty(t.Open)}
}

func orEmpty[T any](list []T) []T { return append([]T{}, list...) }

// Cell is a broken cell of the matrix and its cheapest counterexample.
type Cell struct {
	explore.Finding
	// Name is the path of its files without their ending: gcra-naive/overshoot.
	Name string
}

// New makes the document of a report.
func New(s explore.Suite, r *explore.Report) *Document {
	d := &Document{Schema: Schema, Findings: []Finding{}, Clean: []Clean{}, NothingNew: []NothingNew{}, Open: []string{}, cells: cellsOf(r)}
	d.Suite = Suite{Pairs: r.Pairs, States: r.States, Edges: r.Edges, Schedules: r.Schedules, Exhausted: r.Exhausted()}
	for _, l := range s.Limits {
		d.Suite.Limits, d.Suite.WindowMS = append(d.Suite.Limits, l.L), l.W.Milliseconds()
	}
	for _, o := range r.Open {
		d.Open = append(d.Open, o.String())
	}
	for _, f := range r.Findings {
		d.Findings = append(d.Findings, Finding{
			Subject: f.Subject.Name, Scenario: f.Scenario.Name, Property: f.Property, Limit: f.Limit.L,
			Events: f.Events, Preemptions: f.Preemptions, Steps: f.Steps, Schedules: f.Schedules, BadSchedules: f.Bad,
			Trace: tracesDir + "/" + nameOf(f) + ".json",
		})
	}
	for _, e := range r.Explored {
		here := Clean{e.Subject.Name, e.Scenario.Name, e.Schedules}
		switch {
		case slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Subject == here.Subject && f.Scenario == here.Scenario }):
		case len(e.Broken) > 0:
			d.NothingNew = append(d.NothingNew, NothingNew{here, e.Broken})
		default:
			d.Clean = append(d.Clean, here)
		}
	}
	return d
}

// cellsOf picks the cheapest finding of every cell, in the order of the report.
func cellsOf(r *explore.Report) (cells []Cell) {
	for _, f := range r.Findings {
		name := nameOf(f)
		i := slices.IndexFunc(cells, func(c Cell) bool { return c.Name == name })
		switch {
		case i < 0:
			cells = append(cells, Cell{f, name})
		case f.Cost.Compare(cells[i].Cost) < 0:
			cells[i].Finding = f
		}
	}
	return cells
}

// nameOf names the cell of a finding: what is broken and, if it takes an event of the
// environment, by which.
func nameOf(f explore.Finding) string {
	name := string(f.Property)
	if c := f.Scenario.Column; c != "" {
		name = strings.NewReplacer(" ", "-", ",", "").Replace(c) + "-" + name
	}
	return strings.ReplaceAll(f.Subject.Name, "/", "-") + "/" + name
}

// Traces are the counterexamples of the cells: a caller that confirms one may note so in
// it before it is written.
func (d *Document) Traces() (list []*transcript.Trace) {
	for i := range d.cells {
		list = append(list, &d.cells[i].Trace)
	}
	return list
}

// Encode writes the document as JSON.
func (d *Document) Encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	return nil
}
