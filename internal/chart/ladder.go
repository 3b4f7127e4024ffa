package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// ladder is a body of small panels over the steps of a sweep: a row per quantity, a
// column per subject, in each panel a line per thing compared.
type ladder struct {
	axis  string    // what the steps vary
	steps []float64 // sorted
	spell func(step float64) string
	// tracks are the quantities; each has one scale in all columns.
	tracks  []track
	columns []rail
	across  int // columns side by side
}

// track is one quantity of a ladder.
type track struct {
	measure
	// log sets the values on a logarithmic scale; else the scale begins at zero.
	log bool
	// void says that void trials count too: the quantity shows why they are void.
	void bool
	// absent is what it means that a line has no point.
	absent string
	// least is what the scale reaches at least; 0 for what the values need.
	least float64
}

// rail is one column: a panel for each track, from the same cells.
type rail struct {
	head, note string
	panels     [][]climb
}

// climb is one line: what was measured at the steps.
type climb struct {
	label  string
	ink    ink
	points []rung
	// missed are the steps of which every trial was void.
	missed []float64
}

// rung is one step of a line.
type rung struct {
	at float64
	sample
}

// climbOf measures the cells of one line.
func climbOf(cells []result.Cell, t track) climb {
	at := func(c result.Cell) float64 { return float64(c.Step.Value) }
	by := samples(cells, at, func(c result.Cell) *float64 {
		if !paced(c) && !t.void {
			return nil
		}
		return t.value(c)
	})
	var c climb
	for step, s := range by {
		if s.known() {
			c.points = append(c.points, rung{step, s})
		} else if !slices.ContainsFunc(cells, func(x result.Cell) bool { return at(x) == step && paced(x) }) {
			c.missed = append(c.missed, step)
		}
	}
	slices.SortFunc(c.points, func(a, b rung) int { return cmp.Compare(a.at, b.at) })
	slices.Sort(c.missed)
	return c
}

// values is the range of what one track draws in all columns.
func (l ladder) values(track int) (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, r := range l.columns {
		for _, c := range r.panels[track] {
			for _, p := range c.points {
				lo, hi = min(lo, p.low()), max(hi, p.high(), l.tracks[track].least)
			}
		}
	}
	return lo, hi
}

// missed says that some step of some line has void trials only.
func (l ladder) missed() bool {
	return slices.ContainsFunc(l.columns, func(r rail) bool {
		return slices.ContainsFunc(r.panels[0], func(c climb) bool { return len(c.missed) > 0 })
	})
}

// drawable drops the tracks of which nothing is known: a scale needs a value.
func (l ladder) drawable() ladder {
	for i := len(l.tracks) - 1; i >= 0; i-- {
		if _, hi := l.values(i); hi > 0 {
			continue
		}
		l.tracks = slices.Delete(l.tracks, i, i+1)
		for j := range l.columns {
			l.columns[j].panels = slices.Delete(l.columns[j].panels, i, i+1)
		}
	}
	return l
}

// pieces splits the points where steps between them are missed: a line across would
// show what nobody measured.
func (c climb) pieces() (all [][]rung) {
	for i, p := range c.points {
		if i == 0 || slices.ContainsFunc(c.missed, func(at float64) bool { return c.points[i-1].at < at && at < p.at }) {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], p)
	}
	return all
}

func (l ladder) series(b *strings.Builder) {
	for _, r := range l.columns {
		fmt.Fprintf(b, "column %s\n", strings.TrimSpace(r.head+" "+r.note))
		for i, t := range l.tracks {
			for _, c := range r.panels[i] {
				fmt.Fprintf(b, "  %s, %s:%s\n", t.head, c.label, c.text(l.spell, t.format, t.absent))
			}
		}
	}
}

// text spells the steps of a line: " 1: 8.1 k/s, 4: 20 k/s [18 k/s to 21 k/s], 64: void".
func (c climb) text(spell, format func(float64) string, absent string) string {
	var parts []string
	for _, p := range c.points {
		text := fmt.Sprintf(" %s: %s", spell(p.at), format(p.median()))
		if p.low() != p.high() {
			text += fmt.Sprintf(" [%s to %s]", format(p.low()), format(p.high()))
		}
		parts = append(parts, text)
	}
	for _, at := range c.missed {
		parts = append(parts, fmt.Sprintf(" %s: void", spell(at)))
	}
	if len(c.points) == 0 {
		parts = append(parts, " "+absent)
	}
	return strings.Join(parts, ",")
}
