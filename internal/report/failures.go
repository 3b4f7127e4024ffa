package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// failures lists the cells that are not as expected, each with its reason and the
// command that repeats it, at most most of them (-1: all).
func failures(r *result.Result, most int) part {
	bad := slices.DeleteFunc(groupBy(r.Cells, (*result.Cell).Name), func(g group) bool { return g.all(asExpected) })
	slices.SortStableFunc(bad, worstFirst)
	p := part{}
	if len(bad) > 0 {
		p.text = "Not as expected, each with the command that repeats it:"
	}
	for i, g := range bad {
		if i == most {
			p.items = append(p.items, item{text: fmt.Sprintf("and %d more: see summary.md", len(bad)-most)})
			break
		}
		worst := worstOf(g)
		p.items = append(p.items, item{g.name + ": " + outcome(g, worst), Command(r, worst)})
	}
	return p
}

// worthSeeing shows the worst of the expected failures: the race that is easiest to see,
// else the worst that a fault did. It has not gone wrong, so it is none of the failures.
func worthSeeing(r *result.Result) part {
	c := worstExpected(where(r.Cells, func(c *result.Cell) bool { return !struck(c) }))
	if c == nil {
		c = worstExpected(r.Cells)
	}
	if c == nil {
		return part{}
	}
	return part{
		text:  "As expected, and worth seeing: the largest overshoot, with the command that repeats it:",
		items: []item{{c.Name() + ": " + reason(c), Command(r, c)}},
	}
}

func asExpected(c *result.Cell) bool { return c.AsExpected }

// worstOf is a cell that is not as expected: one with a verdict, if there is one.
func worstOf(g group) *result.Cell {
	bad := where(g.cells, func(c *result.Cell) bool { return !c.AsExpected })
	if i := slices.IndexFunc(bad, func(c result.Cell) bool { return judged(&c) }); i > 0 {
		return &bad[i]
	}
	return &bad[0]
}

// outcome says how the repeats of a cell ended, what was expected, and why.
func outcome(g group, worst *result.Cell) string {
	text := worst.Verdict
	if len(g.cells) > 1 {
		text = verdicts(g.cells)
	}
	return text + "; expected " + worst.Expected + ": " + reason(worst)
}

func reason(c *result.Cell) string {
	if len(c.Reasons) == 0 {
		return "no reason was recorded"
	}
	return strings.TrimSuffix(c.Reasons[0], ".")
}

// worstExpected is the cell with the largest expected overshoot, nil if there is none.
func worstExpected(cells []result.Cell) *result.Cell {
	seen := where(cells, func(c *result.Cell) bool { return overshot(c) && c.AsExpected })
	if len(seen) == 0 {
		return nil
	}
	slices.SortStableFunc(seen, func(a, b result.Cell) int { return cmp.Compare(b.Overshoot.Ratio, a.Overshoot.Ratio) })
	return &seen[0]
}

// Command repeats the trials of one cell: the same seed and settings, a narrower
// selection.
func Command(r *result.Result, c *result.Cell) string {
	words := []string{cmp.Or(r.Run.Program, "rlbench"), "run", fmt.Sprintf("--seed=%d", r.Run.Seed)}
	selection := [][2]string{
		{"scenario", c.Played()}, {"topology", c.Topology}, {"algorithm", c.Algorithm},
		{"technique", c.Technique}, {"driver", c.Driver}, {"client", c.Client},
	}
	if c.Policy != "" {
		selection = append(selection, [2]string{"policy", c.Policy})
	}
	if c.Remote() {
		selection = selection[:1] // the settings name the one subject
	}
	for _, f := range selection {
		words = append(words, quoted("--"+f[0]+"="+f[1]))
	}
	for _, setting := range r.Run.Settings {
		words = append(words, quoted(setting))
	}
	return strings.Join(words, " ")
}

// quoted spells a word so that a shell leaves it as it is.
func quoted(word string) string {
	if !strings.ContainsAny(word, " \t\r\n'\"&?*{}()<>|;$`\\#~!") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
