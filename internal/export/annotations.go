package export

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

// mostAnnotations is how many of one kind GitHub shows of a step.
const mostAnnotations = 10

// annotation is a workflow command of GitHub Actions, which shows it on the page of the
// run and of the pull request.
type annotation struct{ kind, title, message string }

// Annotations writes an error for every cell with a verdict that is not as expected,
// worst first, a warning for every one that has none although one is due, and a notice
// of what the run found.
func Annotations(w io.Writer, run Run) error {
	r := run.Result
	var errors, warnings []annotation
	for _, c := range worstFirst(r.Cells) {
		switch o, kind, why := ending(c); {
		case c.AsExpected:
		case o == failed:
			errors = append(errors, annotation{"error", kind + ": " + title(c), why + "\nAgain: " + report.Command(r, c)})
		default:
			warnings = append(warnings, annotation{"warning", "Inconclusive: " + title(c), why})
		}
	}
	if run.Gate != nil {
		lost, open := decisions(run.Gate)
		errors, warnings = append(errors, lost...), append(warnings, open...)
	}
	notice := annotation{"notice", "rlbench", strings.TrimSpace(report.Finding(r.Cells, run.Gate) + ". " + report.Caution(r))}
	for _, a := range slices.Concat(shortened(errors), shortened(warnings), []annotation{notice}) {
		if _, err := fmt.Fprintln(w, a); err != nil {
			return fmt.Errorf("write annotations: %w", err)
		}
	}
	return nil
}

// decisions are those of a gate that failed, and those that could not be made. What a
// cell has said already is not said again.
func decisions(g *gate.Report) (lost, open []annotation) {
	for i := range g.Findings {
		switch f := &g.Findings[i]; {
		case f.Metric == "as_expected":
		case f.Outcome == gate.Fail:
			lost = append(lost, annotation{"error", regression(f) + ": " + decision(f), f.Sentence})
		case f.Outcome == gate.Suspected || f.Outcome == gate.Inconclusive:
			open = append(open, annotation{"warning", "Inconclusive: " + decision(f), f.Sentence})
		}
	}
	return lost, open
}

// worstFirst orders the cells by their excess; those of one excess stay as they are.
func worstFirst(cells []result.Cell) []*result.Cell {
	var list []*result.Cell
	for i := range cells {
		list = append(list, &cells[i])
	}
	slices.SortStableFunc(list, func(a, b *result.Cell) int { return cmp.Compare(b.Overshoot.Ratio, a.Overshoot.Ratio) })
	return list
}

// shortened lets the last one that is shown count those that are not.
func shortened(list []annotation) []annotation {
	if len(list) <= mostAnnotations {
		return list
	}
	last := list[mostAnnotations-1]
	last.title, last.message = fmt.Sprintf("and %d more", len(list)-mostAnnotations+1), "all are in summary.md of the run"
	return append(list[:mostAnnotations-1:mostAnnotations-1], last)
}

// String spells the command. What ends a property or the line is escaped, so that a
// name cannot become a command of its own.
func (a annotation) String() string {
	return "::" + a.kind + " title=" + inProperty.Replace(a.title) + "::" + inMessage.Replace(cmp.Or(a.message, a.title)) // an empty one is not shown
}

var (
	inMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
