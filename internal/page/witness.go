package page

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

const (
	mostWitnesses = 12      // that are shown
	mostRows      = 100_000 // of one history that are read
	mostMarks     = 240     // operations that one picture draws
	beforeLimit   = 4       // operations that the list shows up to the limit
	beyondLimit   = 6       // and beyond it
)

// witness is an interval that proves an overshoot, and the operations in it.
type witness struct {
	ID, Name, Cause string
	Expected        bool
	*result.Witness
	Span, Excess, Share string
	Operations          string // how many, and where they are stored
	// Problem says why operations are not shown; empty if they are.
	Problem string
	Picture *picture
	Rows    []operation
}

// operation is a line of the list around the first one beyond the limit.
type operation struct {
	Row                          int
	Sent, Answered, Worker, Cost string
	Remaining, Node              string
	Sum                          int64 // the cost admitted so far, in order of the answers
	Beyond                       bool
}

// witnesses shows the worst of every scenario, technique and cause, what was not expected
// first, and counts the others.
func witnesses(run Run) (list []witness, left int) {
	worst := map[[3]string]*result.Cell{}
	all := 0
	for i := range run.Result.Cells {
		c := &run.Result.Cells[i]
		if c.Overshoot.Witness == nil || c.Verdict != "invalid" {
			continue
		}
		all++
		kind := [3]string{c.Scenario, c.Technique, c.Overshoot.Attribution}
		if w := worst[kind]; w == nil || gravest(c, w) < 0 {
			worst[kind] = c
		}
	}
	var cells []*result.Cell
	for _, c := range worst {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, gravest)
	for _, c := range cells[:min(len(cells), mostWitnesses)] {
		list = append(list, newWitness(run, c))
	}
	return list, all - len(list)
}

func gravest(a, b *result.Cell) int {
	expected := func(c *result.Cell) int {
		if c.AsExpected {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(expected(a), expected(b)), cmp.Compare(b.Overshoot.Ratio, a.Overshoot.Ratio), cmp.Compare(id(a), id(b)))
}

func newWitness(run Run, c *result.Cell) witness {
	w := witness{
		ID: id(c), Name: c.Name(), Cause: cmp.Or(c.Overshoot.Attribution, "not known"), Expected: c.AsExpected, Witness: c.Overshoot.Witness,
		Excess: report.Number(float64(c.Overshoot.Certain)), Share: report.Share(c.Overshoot.Ratio),
	}
	w.Span = report.Micros(float64(w.ToNS-w.FromNS) / 1e3)
	w.Operations = fmt.Sprintf("%s operations of %s", report.Number(float64(len(w.Ops))), c.History)
	ops, err := operations(run, c)
	if err != nil {
		w.Problem = err.Error()
		return w
	}
	w.show(ops)
	return w
}

// operations reads the operations that a witness names, in order of their answers.
func operations(run Run, c *result.Cell) ([]numbered, error) {
	w := c.Overshoot.Witness
	switch {
	case len(w.Ops) == 0:
		return nil, errors.New("the witness names no operations")
	case len(w.Ops) > mostRows:
		return nil, errors.New("they are too many to be shown")
	case run.Rows == nil:
		return nil, errors.New("the histories are not at hand")
	}
	rows := slices.Clone(w.Ops)
	slices.Sort(rows)
	rows = slices.Compact(rows)
	read, err := run.Rows(c, rows)
	if err != nil {
		return nil, err
	}
	if len(read) != len(rows) {
		return nil, errors.New("the history does not hold them")
	}
	ops := make([]numbered, len(rows))
	for i, o := range read {
		if o.Outcome != algorithms.Allowed {
			return nil, fmt.Errorf("row %d of the history was not allowed: it is not the history of this result", rows[i])
		}
		ops[i] = numbered{rows[i], o}
	}
	slices.SortStableFunc(ops, func(a, b numbered) int { return cmp.Compare(a.Ret, b.Ret) })
	return ops, nil
}

// numbered is an operation with its row in the history.
type numbered struct {
	row int
	history.Op
}

// show lists the operations around the first one beyond the limit, and draws all.
func (w *witness) show(ops []numbered) {
	sum, first := int64(0), len(ops)-1
	sums := make([]int64, len(ops))
	for i := range ops {
		sum += int64(ops[i].Cost)
		if sums[i] = sum; sum > w.Permitted {
			first = min(first, i)
		}
	}
	w.Picture = draw(w.Permitted, ops, sums)
	for i := max(0, first-beforeLimit); i < min(len(ops), first+beyondLimit); i++ {
		w.Rows = append(w.Rows, w.line(ops[i], sums[i]))
	}
}

func (w *witness) line(o numbered, sum int64) operation {
	since := func(ns int64) string { return fmt.Sprintf("%.3f", float64(ns-w.FromNS)/1e6) }
	line := operation{
		Row: o.row, Sent: since(o.Inv), Answered: since(o.Ret), Worker: fmt.Sprint(o.Worker), Cost: fmt.Sprint(o.Cost),
		Remaining: "–", Node: "–", Sum: sum, Beyond: sum > w.Permitted,
	}
	if o.Remaining >= 0 {
		line.Remaining = fmt.Sprint(o.Remaining)
	}
	if o.Node != 0 {
		line.Node = fmt.Sprintf("%012x #%d", o.Node, o.Seq)
	}
	return line
}

// picture draws the cost that was admitted so far as a line, and at each of its steps the
// operation from its call to its answer: what overlaps in time was decided side by side.
type picture struct {
	Bars         string // of operations: paths, like the two lines
	Within, Over string // the line up to the limit, and beyond it
	Excess       string // the area between the limit and the line beyond it
	LimitY, TopY string
	LabelY       string // of the limit, where it does not run into the other
	Ticks        []tick
	Thinned      int // one of so many operations is drawn
}

// tick is a mark of the time axis.
type tick struct{ X, Text, Anchor string }

// The field of a picture, in its own units.
const (
	fieldLeft, fieldRight = 4.0, 590.0
	fieldTop, fieldBottom = 14.0, 138.0
	lineHeight            = 19.0
)

// field places times and sums in a picture.
type field struct {
	from, to int64 // ns
	most     int64
}

func (f field) x(ns int64) float64 {
	return fieldLeft + (fieldRight-fieldLeft)*float64(ns-f.from)/float64(max(1, f.to-f.from))
}

func (f field) y(sum int64) float64 {
	return fieldBottom - (fieldBottom-fieldTop)*float64(sum)/float64(max(1, f.most))
}

// draw wants operations in order of their answers, and the sums of their cost.
func draw(permitted int64, ops []numbered, sums []int64) *picture {
	f := field{from: ops[0].Inv, to: ops[len(ops)-1].Ret, most: max(sums[len(sums)-1], permitted)}
	for _, o := range ops {
		f.from = min(f.from, o.Inv)
	}
	limit, top := f.y(permitted), f.y(sums[len(sums)-1])
	p := &picture{LimitY: coordinate(limit), TopY: coordinate(top), LabelY: coordinate(max(limit, top+lineHeight))}
	p.Thinned = (len(ops) + mostMarks - 1) / mostMarks
	var bars, within, over strings.Builder
	within.WriteString("M" + coordinate(f.x(f.from)) + " " + coordinate(f.y(0)))
	first := ""
	for i := p.Thinned - 1; i < len(ops); i += p.Thinned {
		x, y := f.x(ops[i].Ret), f.y(sums[i])
		fmt.Fprintf(&bars, "M%s %sH%s", coordinate(f.x(ops[i].Inv)), coordinate(y), coordinate(x))
		line := &within
		if sums[i] > permitted {
			if line = &over; first == "" {
				first = coordinate(x)
				fmt.Fprintf(&within, "H%sV%s", first, coordinate(limit))
				fmt.Fprintf(&over, "M%s %s", first, coordinate(limit))
			}
		}
		fmt.Fprintf(line, "H%sV%s", coordinate(x), coordinate(y))
	}
	p.Bars, p.Within, p.Over = bars.String(), within.String(), over.String()
	if first != "" {
		p.Over += "H" + coordinate(fieldRight)
		p.Excess = p.Over + "V" + coordinate(limit) + "Z"
	}
	for i, anchor := range []string{"start", "middle", "end"} {
		at := f.from + int64(i)*(f.to-f.from)/2
		p.Ticks = append(p.Ticks, tick{coordinate(f.x(at)), report.Micros(float64(at-f.from) / 1e3), anchor})
	}
	return p
}

func coordinate(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
