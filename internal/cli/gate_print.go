package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/rlbench/rlbench/internal/gate"
)

// printGate prints the decisions, the gravest first, then what each rule came to, and
// the verdict as the last line. What passed is a line per rule, unless all is wanted;
// what was skipped always is.
func printGate(w io.Writer, r *gate.Report, all bool) error {
	var b strings.Builder
	for _, f := range r.Findings {
		if f.Outcome == gate.Skipped || f.Outcome == gate.Pass && !all {
			continue
		}
		fmt.Fprintf(&b, "%-12s  %s\n              %s\n", f.Outcome, about(f), f.Sentence)
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	if slices.ContainsFunc(r.Findings, func(f gate.Finding) bool { return f.Rule != "" }) { // the run was judged by them
		printRules(&b, r)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
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

// printRules prints how many decisions of each outcome every rule made, and of those
// with numbers the one that came closest to its bound; of a rule that decided nothing,
// why.
func printRules(b *strings.Builder, r *gate.Report) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tPASS\tFAIL\tOPEN\tSKIPPED\tCLOSEST TO ITS BOUND, OR WHY SKIPPED")
	for _, rule := range r.Rules {
		n := map[gate.Outcome]int{}
		for _, f := range r.Findings {
			if f.Rule == rule {
				n[f.Outcome]++
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\n", rule, n[gate.Pass], n[gate.Fail], n[gate.Suspected]+n[gate.Inconclusive], n[gate.Skipped], remark(r, rule))
	}
	_ = w.Flush() // into memory
}

// remark is the decision of a rule with the least room left below its bound, and why
// others were skipped.
func remark(r *gate.Report, rule string) string {
	least, text, skipped := math.Inf(1), "", ""
	for _, f := range r.Findings {
		if f.Rule != rule {
			continue
		}
		if room, known := f.Room(); known && room < least {
			least, text = room, f.Cell+" "+f.Metric+": "+f.Numbers()
		}
		if f.Outcome == gate.Skipped && skipped == "" {
			skipped = f.Sentence
		}
	}
	if text != "" && skipped != "" {
		return text + "; skipped: " + skipped
	}
	return text + skipped
}

// verdictLine is the verdict with the number of decisions of each outcome.
func verdictLine(r *gate.Report) string {
	words := map[gate.Outcome]string{gate.Pass: "gate passed", gate.Fail: "gate FAILED", gate.Inconclusive: "gate inconclusive"}
	var parts []string
	for _, o := range []gate.Outcome{gate.Fail, gate.Suspected, gate.Inconclusive, gate.Pass, gate.Skipped} {
		if n := r.Count(o); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	return fmt.Sprintf("%s: of %s, %s", words[r.Outcome()], plural(len(r.Findings), "decision"), strings.Join(parts, ", "))
}
