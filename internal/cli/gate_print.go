package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/report"
)

// printGate prints the decisions, the gravest first, then what each rule came to, and
// the verdict as the last line. What passed is a line per rule, unless all is wanted;
// what was skipped always is.
func printGate(w io.Writer, r *gate.Report, all bool) error {
	var b strings.Builder
	indent := strings.Repeat(" ", 14) // the longest outcome, and 2
	for _, f := range r.Findings {
		if f.Outcome == gate.Skipped || f.Outcome == gate.Pass && !all {
			continue
		}
		fmt.Fprintln(&b, report.Wrap(fmt.Sprintf("%-*s", len(indent), f.Outcome), about(f), indent))
		fmt.Fprintln(&b, report.Wrap(indent, f.Sentence, indent))
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	if slices.ContainsFunc(r.Findings, func(f gate.Finding) bool { return f.Rule != "" }) { // the run was judged by them
		printRules(&b, r)
	}
	for _, note := range r.Notes {
		fmt.Fprintln(&b, report.Wrap("note: ", note, "      "))
	}
	fmt.Fprintln(&b, verdictLine(r))
	_, err := io.WriteString(w, b.String())
	return err
}

// about says what a decision is about.
func about(f gate.Finding) string {
	var words []string
	for _, word := range []string{f.Cell, f.Metric} {
		if word != "" {
			words = append(words, word)
		}
	}
	if f.Rule != "" {
		words = append(words, "("+f.Rule+")")
	}
	return strings.Join(words, " ")
}

// printRules prints how many decisions of each outcome every rule made, and below it what
// there is to remark.
func printRules(b *strings.Builder, r *gate.Report) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tFAIL\tINCONCLUSIVE\tSKIPPED\tPASS")
	for _, rule := range r.Rules {
		n := map[gate.Outcome]int{}
		for _, f := range r.Findings {
			if f.Rule == rule {
				n[f.Outcome]++
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\n", rule, n[gate.Fail], n[gate.Suspected]+n[gate.Inconclusive], n[gate.Skipped], n[gate.Pass])
	}
	_ = w.Flush() // into memory
	i := -1       // the head
	for line := range strings.Lines(table.String()) {
		b.WriteString(line)
		if i >= 0 {
			remark(b, r, r.Rules[i])
		}
		i++
	}
}

// remark prints the decision of a rule with the least room left below its bound, and why
// others were skipped.
func remark(b *strings.Builder, r *gate.Report, rule string) {
	least, closest, skipped := math.Inf(1), "", ""
	for _, f := range r.Findings {
		if f.Rule != rule {
			continue
		}
		if room, known := f.Room(); known && room < least {
			least, closest = room, f.Cell+" "+f.Metric+": "+f.Numbers()
		}
		if f.Outcome == gate.Skipped && skipped == "" {
			skipped = f.Sentence
		}
	}
	if closest != "" {
		fmt.Fprintln(b, report.Wrap("  closest to its bound: ", closest, "    "))
	}
	if skipped != "" {
		fmt.Fprintln(b, report.Wrap("  skipped: ", skipped, "    "))
	}
}

// verdictLine is the verdict with the number of decisions of each outcome.
func verdictLine(r *gate.Report) string {
	words := map[gate.Outcome]string{gate.Pass: "gate passed", gate.Fail: "gate FAILED", gate.Inconclusive: "gate inconclusive"}
	return fmt.Sprintf("%s: of %s, %s", words[r.Outcome()], plural(len(r.Findings), "decision"), r.Counts())
}
