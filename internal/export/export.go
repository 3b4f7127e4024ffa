// Package export writes a run in the forms that other programs read: benchstat, test
// dashboards, spreadsheets, and the pages of a code host. It reads result.json alone
// and no history, so that its time grows with the cells and not with the operations.
//
// Names and reasons come from outside: every form escapes them by its own rules. Every
// form says if the run is no evidence. It is pure.
package export

import (
	"io"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

// Run is what is exported: a result and, if it went through a gate, the decisions.
type Run struct {
	Result *result.Result
	Gate   *gate.Report // nil if it did not
}

// Format is a form in which another program takes a run.
type Format struct {
	// Name is the word on the command line, About what reads it.
	Name, About string
	Write       func(io.Writer, Run) error
}

// Formats lists the formats in the order in which they are shown.
func Formats() []Format {
	return []Format{
		{"benchstat", "Go benchmark text, which benchstat compares", bench},
		{"junit", "JUnit XML for test dashboards", JUnit},
		{"csv", "one row per trial for spreadsheets and data frames", CSV},
		{"markdown", "a step summary on GitHub, under 1 MiB", Markdown},
		{"comment", "a comment on a pull request, under 65,536 characters", Comment},
		{"annotations", "workflow commands of GitHub Actions", Annotations},
	}
}

// The most that GitHub takes. It says characters of a comment and means those of one
// encoding or another: as many bytes are few enough by any count.
const (
	mostOfSummary = 1<<20 - 1
	mostOfComment = 1<<16 - 1
)

// Marker is the first line of a comment, by which the next one finds and replaces it.
const Marker = "<!-- rlbench -->\n"

func bench(w io.Writer, r Run) error { return report.Bench(w, r.Result) }

// Markdown writes a page for the summary of a step of GitHub Actions.
func Markdown(w io.Writer, r Run) error { return report.Brief(w, r.Result, r.Gate, mostOfSummary) }

// Comment writes the body of a comment on a pull request.
func Comment(w io.Writer, r Run) error {
	if _, err := io.WriteString(w, Marker); err != nil {
		return err
	}
	return report.Brief(w, r.Result, r.Gate, mostOfComment-len(Marker))
}
