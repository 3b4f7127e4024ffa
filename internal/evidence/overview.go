package evidence

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/explore"
)

// Overview writes the matrix of the techniques that are advice, without those that are
// kept as evidence: a row for each, links below a prefix.
func (d *Document) Overview(w io.Writer, s explore.Suite, r *explore.Report, prefix string) error {
	list := columns(s.Scenarios, explore.Overshoot, explore.FalseRejection, explore.WithoutTTL)
	b := &strings.Builder{}
	header(b, list)
	for _, subject := range s.Subjects {
		if subject.IsPattern() || subject.Origin.Source != "" {
			continue
		}
		fmt.Fprintf(b, "| %s |", strings.Replace(subject.Name, "/", " ", 1))
		for _, c := range list {
			fmt.Fprintf(b, " %s |", strings.ReplaceAll(d.cell(subject, c, r), "("+tracesDir, "("+prefix+tracesDir))
		}
		fmt.Fprintln(b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// pairs writes each broken subject beside what does the same right: neither proves much
// without the other.
func (d *Document) pairs(w io.Writer, subjects []explore.Subject, r *explore.Report) {
	fmt.Fprint(w, "## Pairs\n\nEvery program that is broken has a neighbour that does the same right, explored within the same bounds.\n\n"+
		"| broken | by itself | by what a right one survives | right | schedules that break it |\n|---|---|---|---|---|\n")
	for _, s := range subjects {
		if s.Origin.Flaw == "" {
			continue
		}
		right := family(s) + "/" + s.Origin.Repair
		i := slices.IndexFunc(subjects, func(s explore.Subject) bool { return s.Name == right })
		if i < 0 {
			continue
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", s.Name, d.links(s, calm), d.links(s, unforgiven), right, d.proof(subjects[i], r))
	}
	fmt.Fprintln(w)
}

// unforgiven says that what happens in a scenario is no excuse.
func unforgiven(s explore.Scenario) bool { return !calm(s) && s.Forgives == "" }

// proof is how many schedules without an excuse break a subject.
func (d *Document) proof(s explore.Subject, r *explore.Report) string {
	sum, _ := explored(r, s, func(s explore.Scenario) bool { return s.Forgives == "" })
	broken := d.links(s, calm) != none || d.links(s, func(sc explore.Scenario) bool { return unforgiven(sc) && !(s.ClientClock && sc.Skew != 0) }) != none
	switch {
	case broken:
		return "SOME: see its row"
	case open(r, s, func(s explore.Scenario) bool { return s.Forgives == "" }):
		return "NOT exhausted"
	}
	return "none of " + Shown(sum)
}

// none stands where there is no link.
const none = "–"

// links are the broken cells of a subject in some scenarios.
func (d *Document) links(s explore.Subject, in func(explore.Scenario) bool) string {
	var list []string
	for _, c := range d.cells {
		if c.Subject.Name == s.Name && in(c.Scenario) {
			list = append(list, fmt.Sprintf("[%s, %s](%s/%s.md)", titles[c.Property], counted(c.Steps, "step"), tracesDir, c.Name))
		}
	}
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ", ")
}
