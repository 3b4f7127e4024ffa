package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rlbench/rlbench/internal/result"
)

// Brief writes the report of a run for a page of others, such as a pull request: what
// was found, and a table of the cells, worst first. It is at most most bytes long, of
// which it wants a few thousand; what has no room is counted.
func Brief(w io.Writer, r *result.Result, most int) error {
	p := &page{form: markdown}
	p.heading("### ", inline(Finding(r.Cells), mostOfClaim))
	p.paragraph(Caution(r))
	p.paragraph(count(r.Cells))
	foot := "Seed " + fmt.Sprint(r.Run.Seed)
	for _, of := range []string{r.Run.Name, "rlbench " + known(r.Run.Version), r.Run.Server, r.Run.Machine} {
		if of != "" {
			foot += "; " + inline(of, mostOfField)
		}
	}
	p.block(briefTable(r.Cells, most-p.body.Len()-len(foot)-len("\n\n\n\n")))
	p.block(foot)
	return p.write(w)
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
	rows := groupBy(cells, (*result.Cell).Name)
	if len(rows) == 0 {
		return ""
	}
	slices.SortStableFunc(rows, func(a, b group) int { return cmp.Or(cmp.Compare(urgency(b), urgency(a)), worstFirst(a, b)) })
	var out strings.Builder
	head, line := "| cell |", "|:--- |"
	for _, c := range briefColumns {
		align := " ---: |"
		if c.words {
			align = ":--- |"
		}
		head, line = head+" "+c.head+" |", line+align
	}
	out.WriteString(head + "\n" + line)
	const note = "\n\n%s of %s not shown: summary.md of the run has them all."
	for i, g := range rows {
		row := "\n" + briefRow(g)
		if out.Len()+len(row)+len(note)+2*len("1,000,000,000 cells") > room {
			fmt.Fprintf(&out, note, whole(int64(len(rows)-i)), plural(len(rows), "cell")+" "+map[bool]string{true: "is", false: "are"}[len(rows)-i == 1])
			break
		}
		out.WriteString(row)
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
