package chart

import (
	"fmt"
	"strings"
)

// table is a body of rows against value axes from zero: one column per
// quantity, one row per subject, and in each row one line per technique.
type table struct {
	columns []column
	rows    []row
	shape   shape
	// shared says that the columns have one scale, so that lengths can be compared
	// from one to the next.
	shared bool
	// across is the number of columns that stand side by side before the next
	// ones start a new band.
	across int
}

// shape is how a value is drawn.
type shape uint8

const (
	bars   shape = iota // a bar from zero
	dots                // a dot at the value
	trials              // a dot for each trial
)

// column is one value axis.
type column struct {
	head, note string
	// absent says why there is no axis and no mark; empty if there are.
	absent string
	format func(float64) string
	// most is the value that the axis must reach; 0 if none is known.
	most float64
}

// row is one subject.
type row struct {
	label string
	lines []line
}

// line is one technique of a subject, with a mark in each column.
type line struct {
	label string
	ink   ink
	marks []mark
}

// state says whether there is a value to draw.
type state uint8

const (
	absent  state = iota // the matrix has no such cell
	unknown              // there were trials, and none could be judged
	broken               // a contract was broken in a way that has no length to draw
	drawn
)

// mark is the value of one line in one column.
type mark struct {
	state       state
	mid, lo, hi float64
	label       string
	// trials are the dots of a table that shows each trial.
	trials []trialDot
}

// trialDot is the value of one trial, drawn as a full dot or as a ring.
type trialDot struct {
	value float64
	ring  bool
}

// markOf draws the median of a sample with its range.
func markOf(s sample, format func(float64) string) mark {
	if !s.known() {
		if s.unknown > 0 {
			return mark{state: unknown, label: "unknown"}
		}
		return mark{state: absent, label: "not tested"}
	}
	m := mark{state: drawn, mid: s.median(), lo: s.low(), hi: s.high()}
	m.label = format(m.mid)
	if m.mid == 0 && m.hi > 0 {
		// "0" alone would hide the trials that were not zero.
		m.label += ", up to" + nbsp + format(m.hi)
	}
	return m
}

// most is the highest value of a column, over all rows.
func most(rows []row, col int) float64 {
	var hi float64
	for _, r := range rows {
		for _, l := range r.lines {
			hi = max(hi, l.marks[col].hi)
		}
	}
	return hi
}

// bands splits the columns into groups that stand side by side.
func (t table) bands() [][2]int {
	var b [][2]int
	for from := 0; from < len(t.columns); from += t.across {
		b = append(b, [2]int{from, min(from+t.across, len(t.columns))})
	}
	return b
}

func (t table) series(b *strings.Builder) {
	for i, c := range t.columns {
		if c.absent != "" {
			fmt.Fprintf(b, "column %s: %s\n", c.head, c.absent)
			continue
		}
		fmt.Fprintf(b, "column %s", c.head)
		if c.note != "" {
			fmt.Fprintf(b, " (%s)", c.note)
		}
		b.WriteByte('\n')
		for _, r := range t.rows {
			for _, l := range r.lines {
				fmt.Fprintf(b, "  %s, %s: %s\n", r.label, l.label, l.marks[i].text(c.format))
			}
		}
	}
}

// text spells a mark with its range.
func (m mark) text(format func(float64) string) string {
	if m.state != drawn || m.lo == m.hi {
		return m.label
	}
	return fmt.Sprintf("%s [%s to %s]", m.label, format(m.lo), format(m.hi))
}
