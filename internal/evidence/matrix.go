package evidence

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/explore"
)

// column is one way in which a promise may break.
type column struct {
	title string
	// of says whether a finding, or a property in a clean scenario, belongs here.
	of func(explore.Scenario, explore.Property) bool
	// scenarios are those that were explored for it.
	scenarios func(explore.Scenario) bool
	// others stands where all that is broken in its scenarios belongs elsewhere.
	others string
}

// columns are the properties that break without any event, then the events.
func columns(scenarios []explore.Scenario, properties ...explore.Property) (list []column) {
	for _, p := range properties {
		list = append(list, column{titles[p], func(s explore.Scenario, q explore.Property) bool { return calm(s) && p == q }, holdsCalm, "none"})
	}
	for _, s := range scenarios {
		name := s.Column
		if name == "" || slices.ContainsFunc(list, func(c column) bool { return c.title == name }) {
			continue
		}
		in := func(s explore.Scenario) bool { return s.Column == name }
		list = append(list, column{name, func(s explore.Scenario, _ explore.Property) bool { return in(s) }, in, "nothing new"})
	}
	return list
}

// calm says that nothing happens in a scenario but that clients take turns and time
// passes.
func calm(s explore.Scenario) bool { return s.Column == "" }

// holdsCalm says that schedules in which nothing happens are among those of a scenario: a
// calm one, or one of somebody's own, which has no other for them.
func holdsCalm(s explore.Scenario) bool { return calm(s) || s.Base == "" && s.Skew == 0 }

// families are the algorithms and patterns, in the order of the subjects.
func families(subjects []explore.Subject) (names []string) {
	for _, s := range subjects {
		if f := family(s); !slices.Contains(names, f) {
			names = append(names, f)
		}
	}
	return names
}

func family(s explore.Subject) string { f, _, _ := strings.Cut(s.Name, "/"); return f }

func technique(s explore.Subject) string { _, t, _ := strings.Cut(s.Name, "/"); return t }

// table writes the matrix of one family.
func (d *Document) table(w io.Writer, subjects []explore.Subject, columns []column, r *explore.Report) {
	header(w, columns)
	for _, s := range subjects {
		fmt.Fprintf(w, "| **%s** |", technique(s))
		for _, c := range columns {
			fmt.Fprintf(w, " %s |", d.cell(s, c, r))
		}
		fmt.Fprintln(w)
	}
}

func header(w io.Writer, columns []column) {
	fmt.Fprint(w, "| |")
	for _, c := range columns {
		fmt.Fprintf(w, " %s |", c.title)
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---|", len(columns)))
}

// cell is a link to the counterexamples, or how many schedules there are without one.
func (d *Document) cell(s explore.Subject, c column, r *explore.Report) string {
	var links []string
	for _, it := range d.cells {
		if it.Subject.Name == s.Name && c.of(it.Scenario, it.Property) {
			links = append(links, link(it))
		}
	}
	if len(links) > 0 {
		return strings.Join(links, ", ")
	}
	sum, broken := explored(r, s, c.scenarios)
	switch {
	case clockless(r, s, c.scenarios):
		return "reads no clock"
	case open(r, s, c.scenarios):
		return "NOT exhausted"
	case sum.IsZero():
		return "not explored"
	case broken:
		return c.others
	}
	return "none in " + Shown(sum)
}

// explored sums up the schedules of a subject in some scenarios, and says whether
// anything is broken in one with an event.
func explored(r *explore.Report, s explore.Subject, in func(explore.Scenario) bool) (sum explore.Count, broken bool) {
	for _, e := range r.Explored {
		if e.Subject.Name == s.Name && in(e.Scenario) {
			sum = sum.Plus(e.Schedules)
			broken = broken || e.Scenario.Column != "" && len(e.Broken) > 0
		}
	}
	return sum, broken
}

// clockless says that some scenarios are of a clock that a subject does not read.
func clockless(r *explore.Report, s explore.Subject, in func(explore.Scenario) bool) bool {
	return slices.ContainsFunc(r.Explored, func(e explore.Explored) bool { return e.Subject.Name == s.Name && in(e.Scenario) && e.Clockless })
}

// open says that a graph of a subject in some scenarios was not exhausted.
func open(r *explore.Report, s explore.Subject, in func(explore.Scenario) bool) bool {
	return slices.ContainsFunc(r.Open, func(o explore.Open) bool { return o.Subject.Name == s.Name && in(o.Scenario) })
}

// link is the length of a counterexample, and what it breaks where the column does not
// say so.
func link(c Cell) string {
	text := counted(c.Steps, "step")
	if c.Scenario.Column != "" {
		text = titles[c.Property] + ", " + text
	}
	return fmt.Sprintf("[%s](%s/%s.md)", text, tracesDir, c.Name)
}

// matrix writes the page of the whole suite.
func (d *Document) matrix(w io.Writer, s explore.Suite, r *explore.Report) error {
	b := &strings.Builder{}
	d.intro(b, s)
	for _, name := range families(s.Subjects) {
		subjects := slices.DeleteFunc(slices.Clone(s.Subjects), func(s explore.Subject) bool { return family(s) != name })
		properties := []explore.Property{explore.Overshoot, explore.FalseRejection, explore.WithoutTTL}
		if subjects[0].IsPattern() {
			properties = []explore.Property{explore.Promise, explore.WithoutTTL}
		}
		fmt.Fprintf(b, "## %s\n\n", name)
		d.table(b, subjects, columns(s.Scenarios, properties...), r)
		flaws(b, subjects)
	}
	d.pairs(b, s.Subjects, r)
	d.outro(b, s)
	_, err := io.WriteString(w, b.String())
	return err
}

// flaws says of each subject that is known to be wrong what is, and which one does the
// same right.
func flaws(w io.Writer, subjects []explore.Subject) {
	fmt.Fprintln(w)
	for _, s := range subjects {
		switch o := s.Origin; {
		case o.Flaw != "":
			fmt.Fprintf(w, "- **%s**: %s Wrong: %s. Right: **%s**. Found in: %s.\n", technique(s), s.About, o.Flaw, o.Repair, o.Source)
		default:
			fmt.Fprintf(w, "- **%s**: %s\n", technique(s), s.About)
		}
	}
	fmt.Fprintln(w)
}
