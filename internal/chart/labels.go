package chart

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// lineEnd is where a line ends, and what it is called.
type lineEnd struct {
	label string
	ink   ink
	at    vg.Point
}

// drawEnds writes the labels at x, each beside its line's end, moved apart where they
// would touch, with a thin leader where the label is not beside the end.
func drawEnds(p pen, ends []lineEnd, x, top, bottom vg.Length) {
	slices.SortStableFunc(ends, func(a, b lineEnd) int { return cmp.Compare(a.at.Y, b.at.Y) })
	want := mapped(ends, func(e lineEnd) vg.Length { return e.at.Y })
	for i, y := range spread(want, endHeight, top, bottom) {
		e := ends[i]
		if moved := math.Abs(float64(y - e.at.Y)); moved > 2 || x-e.at.X > 2*endGap {
			p.line(stroke{width: 0.6, color: pale(e.ink.color)}, pt(e.at.X+1.5, e.at.Y), pt(x-2, y))
		}
		p.text(lineStyle(e.ink), x, y, left, e.label)
	}
}

// stack is a run of labels that touch.
type stack struct {
	centre vg.Length // where its middle would best be
	n      int       // labels in it
}

// spread moves labels that want to be at the sorted positions apart, until
// neighbours are at least gap from each other, all lie in [lo, hi], and the sum
// of squared moves is least. If they do not fit, they run over hi.
//
// It merges touching neighbours (pool adjacent violators), so the order is kept.
func spread(want []vg.Length, gap, lo, hi vg.Length) []vg.Length {
	var stacks []stack
	half := func(n int) vg.Length { return gap * vg.Length(n-1) / 2 }
	place := func(c stack) vg.Length { return max(min(c.centre, hi-half(c.n)), lo+half(c.n)) }
	for _, w := range want {
		stacks = append(stacks, stack{w, 1})
		for len(stacks) > 1 {
			a, b := stacks[len(stacks)-2], stacks[len(stacks)-1]
			if place(b)-half(b.n)-place(a)-half(a.n) >= gap {
				break
			}
			// Its best middle is the mean of what its labels want.
			middle := (a.centre*vg.Length(a.n) + b.centre*vg.Length(b.n)) / vg.Length(a.n+b.n)
			stacks = append(stacks[:len(stacks)-2], stack{middle, a.n + b.n})
		}
	}
	var at []vg.Length
	for _, c := range stacks {
		for i := range c.n {
			at = append(at, place(c)-half(c.n)+gap*vg.Length(i))
		}
	}
	return at
}
