package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// failures lists the cells that are not as expected, each with its reason and the
// command that repeats it, at most most of them (-1: all); and one command that shows
// the worst of the expected failures, which is the easiest race to see.
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
		p.items = append(p.items, item{g.name + ": " + outcome(g, worst), command(r, worst)})
	}
	if c := worstExpected(r.Cells); c != nil {
		p.items = append(p.items, item{"as expected, and worth seeing: " + c.Name() + ": " + reason(c), command(r, c)})
	}
	return p
}

// failuresTitle is the heading of the list: an expected failure has not gone wrong.
func failuresTitle(cells []result.Cell) string {
	if (group{cells: cells}).all(asExpected) {
		return "Worth seeing"
	}
	return "What failed"
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

// command repeats the trials of one cell: the same seed and settings, a narrower
// selection.
func command(r *result.Result, c *result.Cell) string {
	words := []string{"rlbench", "run", fmt.Sprintf("--seed=%d", r.Run.Seed)}
	for _, f := range [][2]string{
		{"scenario", c.Scenario}, {"topology", c.Topology}, {"algorithm", c.Algorithm},
		{"technique", c.Technique}, {"driver", c.Driver}, {"client", c.Client},
	} {
		words = append(words, "--"+f[0]+"="+f[1])
	}
	return strings.Join(append(words, r.Run.Settings...), " ")
}
