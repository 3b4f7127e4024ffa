package evidence

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/transcript"
)

// Terminal prints what was found: a line for each subject and, if there is only one, its
// counterexamples without an event, or one with. dir is the folder that the files are in,
// program what the program is called.
func (d *Document) Terminal(w io.Writer, s explore.Suite, r *explore.Report, dir, program string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SUBJECT\tBROKEN WITHOUT AN EVENT\tBROKEN BY AN EVENT, AND STEPS")
	for _, subject := range s.Subjects {
		fmt.Fprintf(t, "%s\t%s\t%s\n", subject.Name, d.alone(subject, r), d.eventful(subject))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(s.Subjects) == 1 {
		if err := d.transcripts(w, dir); err != nil {
			return err
		}
	}
	d.summary(w, dir, program)
	return nil
}

// alone is what is broken without an event, or how many schedules break nothing.
func (d *Document) alone(s explore.Subject, r *explore.Report) string {
	var broken []string
	for _, c := range d.cells {
		if c.Subject.Name == s.Name && calm(c.Scenario) {
			broken = append(broken, fmt.Sprintf("%s in %s", titles[c.Property], counted(c.Steps, "step")))
		}
	}
	if len(broken) > 0 {
		return strings.Join(broken, ", ")
	}
	sum, others := explored(r, s, holdsCalm)
	switch {
	case open(r, s, holdsCalm):
		return "NOT exhausted"
	case sum.IsZero():
		return "not explored"
	case others:
		return "nothing"
	}
	return "nothing in " + Shown(sum) + " schedules"
}

// eventful is what events break besides, by property: the event and the steps it takes.
func (d *Document) eventful(s explore.Subject) string {
	var groups []string
	for _, p := range explore.Properties {
		var by []string
		for _, c := range d.cells {
			if c.Subject.Name == s.Name && !calm(c.Scenario) && c.Property == p {
				by = append(by, fmt.Sprintf("%s %d", c.Scenario.Column, c.Steps))
			}
		}
		if len(by) > 0 {
			groups = append(groups, titles[p]+" by "+strings.Join(by, ", "))
		}
	}
	return strings.Join(groups, "; ")
}

// transcripts prints the counterexamples without events, or else the first one.
func (d *Document) transcripts(w io.Writer, dir string) error {
	shown := 0
	for _, c := range d.cells {
		if !calm(c.Scenario) && shown > 0 {
			continue
		}
		shown++
		fmt.Fprintln(w)
		if err := transcript.Text(w, c.Trace); err != nil {
			return err
		}
		if c.Scenario.Forgives != "" {
			fmt.Fprintf(w, "expected: a limiter that is right may break here too: %s\n", c.Scenario.Forgives)
		}
		fmt.Fprintf(w, "picture  %s\n", filepath.Join(dir, tracesDir, filepath.FromSlash(c.Name)+".svg"))
	}
	if more := len(d.cells) - shown; more > 0 {
		fmt.Fprintf(w, "\n%d more counterexamples are in %s\n", more, filepath.Join(dir, tracesDir))
	}
	return nil
}

// summary prints how much was explored and confirmed, and where the files are.
func (d *Document) summary(w io.Writer, dir, program string) {
	seconds := ""
	if d.Suite.Seconds != nil {
		seconds = fmt.Sprintf(" in %.1f s", *d.Suite.Seconds)
	}
	fmt.Fprintf(w, "\n%s schedules: %s, %s states, %s edges%s; ", Shown(d.Suite.Schedules), counted(d.Suite.Pairs, "graph"), thousands(d.Suite.States), thousands(d.Suite.Edges), seconds)
	if d.Suite.Exhausted {
		fmt.Fprintln(w, "exhausted")
	} else {
		fmt.Fprintf(w, "bound reached: NOT a proof (%s)\n", d.Open[0])
	}
	if d.Confirmation != nil {
		for _, c := range append([]Confirmation{*d.Confirmation}, d.Confirmation.Also...) {
			fmt.Fprintf(w, "confirmed on %s: %s; 0 divergences\n", c.Server, strings.ReplaceAll(strings.Join(c.shares(), "; "), "`", ""))
			for _, why := range c.Open {
				fmt.Fprintf(w, "  not confirmed as a whole: %s\n", why)
			}
			for _, why := range c.Refused {
				fmt.Fprintf(w, "  not replayed: %s\n", why)
			}
		}
	}
	fmt.Fprintf(w, "matrix   %s\ntraces   %s (run one again: %s replay TRACE.json)\n", filepath.Join(dir, readme), filepath.Join(dir, tracesDir), program)
}
