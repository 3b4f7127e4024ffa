package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// Brief writes the report of a run for a page of others, such as a pull request: what
// was found, what a gate decided if it went through one (g is not nil), and a table of
// the cells, worst first. It is at most most bytes long, of which it wants 60,000; what
// has no room is counted.
func Brief(w io.Writer, r *result.Result, g *gate.Report, most int) error {
	p := &page{form: markdown}
	p.heading("### ", inline(Finding(r.Cells, g), mostOfClaim))
	p.paragraph(Caution(r))
	p.paragraph(count(r.Cells))
	foot := "Seed " + fmt.Sprint(r.Run.Seed)
	for _, of := range []string{r.Run.Name, "rlbench " + known(r.Run.Version), r.Run.Server, r.Run.Machine} {
		if of != "" {
			foot += "; " + inline(of, mostOfField)
		}
	}
	room := func() int { return most - p.body.Len() - len(foot) - len("\n\n\n\n") }
	if g != nil {
		p.heading("#### ", decided(g))
		p.block(gateTable(g, room()/2))
	}
	p.block(briefTable(r.Cells, room()))
	p.block(foot)
	return p.write(w)
}

// decided says what the gate came to.
func decided(g *gate.Report) string {
	text := map[gate.Outcome]string{gate.Fail: "Gate failed", gate.Pass: "Gate passed"}[g.Verdict]
	return cmp.Or(text, "Gate inconclusive") + ": of " + plural(len(g.Findings), "decision") + ", " + g.Counts()
}

// gateTable shows the decisions that did not pass, the gravest first; empty if there
// are none.
func gateTable(g *gate.Report, room int) string {
	var rows []string
	for _, f := range g.Findings {
		if f.Outcome == gate.Pass || f.Outcome == gate.Skipped {
			continue
		}
		row := "| " + string(f.Outcome) + " |"
		for _, text := range []string{f.Rule, f.Cell, f.Metric} {
			row += " " + code(text, mostOfField) + " |"
		}
		rows = append(rows, row+" "+inline(f.Sentence, mostOfField)+" |")
	}
	return fitting("| outcome | rule | cell | metric | why |\n|:--- |:--- |:--- |:--- |:--- |", rows, "decision", room)
}

// The most bytes of what comes from outside, so that one name cannot fill the page.
const (
	mostOfClaim = 2000
	mostOfField = 300
)

// briefColumns are the facts of a row after its name.
var briefColumns = []column{
	{head: "verdict", words: true, value: briefVerdict}, {head: "overshoot", value: overshootOf}, {head: "unanswered", value: unansweredOf},
	medianOf("p50", p50, micros), medianOf("p99", p99, micros), medianOf("trips", trips, plain), medianOf("server CPU", serverCPU, micros),
	{head: "why", words: true, value: func(g group, _ bool) string { return whyOff(g) }},
}

// briefTable shows as many cells as room has bytes for.
func briefTable(cells []result.Cell, room int) string {
	groups := groupBy(cells, (*result.Cell).Name)
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Or(cmp.Compare(urgency(b), urgency(a)), worstFirst(a, b)) })
	head, line := "| cell |", "|:--- |"
	for _, c := range briefColumns {
		align := " ---: |"
		if c.words {
			align = ":--- |"
		}
		head, line = head+" "+c.head+" |", line+align
	}
	var rows []string
	for _, g := range groups {
		rows = append(rows, briefRow(g))
	}
	return fitting(head+"\n"+line, rows, "cell", room)
}

// fitting is a table of the first rows, as many as fit into room bytes, and a sentence
// that counts the others; empty if there is no row.
func fitting(head string, rows []string, thing string, room int) string {
	if len(rows) == 0 {
		return ""
	}
	left := func(n int) string {
		return fmt.Sprintf("\n\n%s of %s are not shown: the files of the run have them all.", whole(int64(n)), plural(len(rows), thing))
	}
	var out strings.Builder
	out.WriteString(head)
	for i, row := range rows {
		if out.Len()+len(row)+1+len(left(len(rows))) > room {
			out.WriteString(left(len(rows) - i))
			break
		}
		out.WriteString("\n" + row)
	}
	return out.String()
}

func briefRow(g group) string {
	row := "| " + code(g.name, mostOfField) + " |"
	for _, c := range briefColumns {
		row += " " + inline(c.value(g, false), mostOfField) + " |"
	}
	return row
}

// briefVerdict does not call unknown what was never to be known.
func briefVerdict(g group, long bool) string {
	if g.all(onlySpeed) {
		return missing
	}
	return verdictOf(g, long)
}

// urgency puts first what makes a run fail.
func urgency(g group) int {
	switch {
	case g.any(func(c *result.Cell) bool { return !c.AsExpected && judged(c) }):
		return 2
	case !g.all(asExpected):
		return 1
	}
	return 0
}

// whyOff is the reason of what is not as expected; empty if nothing is.
func whyOff(g group) string {
	if g.all(asExpected) {
		return ""
	}
	if c := worstOf(g); c.Verdict != "valid" {
		return reason(c)
	}
	return "expected to be invalid: the scenario may have lost its teeth"
}

// inMarkdown takes from text what Markdown, HTML or the code host would make of it: a
// row that ends early, an element, a link, somebody who is notified.
var inMarkdown = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", `\`, "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;",
	"[", "&#91;", "]", "&#93;", "~", "&#126;", "://", "&#58;//", "www.", "www\u200b.", "@", "@\u200b", "#", "#\u200b", "\r", " ", "\n", " ", "\x00", "",
)

// inline is text from outside within a line of Markdown.
func inline(s string, most int) string { return inMarkdown.Replace(clip(s, most)) }

// inCode replaces what ends a code span or a row: a table knows no escape within code
// that all readers agree on.
var inCode = strings.NewReplacer("`", "'", "|", "¦", "\r", " ", "\n", " ", "\x00", "")

// code is a name in a code span.
func code(s string, most int) string {
	return "`" + cmp.Or(strings.TrimSpace(inCode.Replace(clip(s, most))), missing) + "`"
}

// clip cuts text that is longer than most bytes, between characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
