package chart

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
)

// course is a body of what happened over time: a field per scenario and topology, the
// faults shaded in it, and in each field the same lanes.
type course struct {
	rows   []courseRow
	fields []field
	across int // fields side by side
	// tall is the height of one lane.
	tall vg.Length
	// scale is the one tick of each lane's own axis, at the share level of its height;
	// empty for lanes without an axis.
	scale string
	level vg.Length
	// key explains colours that are no names' inks; empty for none.
	key []swatch
}

// courseRow is a run of lanes with one label.
type courseRow struct {
	label string
	lines []courseLine
}

// courseLine is one or more lanes with one label.
type courseLine struct {
	label string
	ink   ink
	lanes int
}

// field is one picture.
type field struct {
	head    string
	absent  string // why there is none; empty if there is
	seconds float64
	shades  []shade
	// lanes are in the order of rows; nil for a subject of which there is nothing to draw.
	lanes []lane
}

// lane is the course of one subject.
type lane interface {
	// draw paints the lane into its box.
	draw(p pen, b box)
	// label stands behind the lane; empty for none.
	label() string
	// text spells what is drawn.
	text() string
}

// box is the room of a lane.
type box struct {
	x, y, width, height vg.Length
	seconds             float64
}

// at is the place of a time.
func (b box) at(seconds float64) vg.Length { return b.x + b.width*vg.Length(seconds/b.seconds) }

// swatch is one colour of a key.
type swatch struct {
	label string
	paint func(p pen, x, y, width, height vg.Length)
}

// emptyLanes explains those without a line or a colour, if there are any.
func (c course) emptyLanes(of string) string {
	if slices.ContainsFunc(c.fields, func(f field) bool { return f.absent == "" && slices.Contains(f.lanes, nil) }) {
		return " Lanes without a " + of + " were void or not tried."
	}
	return ""
}

func (c course) series(b *strings.Builder) {
	for _, f := range c.fields {
		if f.absent != "" {
			fmt.Fprintf(b, "field %s: %s\n", f.head, f.absent)
			continue
		}
		fmt.Fprintf(b, "field %s, %s", f.head, clockTick(f.seconds))
		for _, s := range f.shades {
			fmt.Fprintf(b, ", %s", s.text())
		}
		b.WriteByte('\n')
		i := 0
		for _, r := range c.rows {
			for _, l := range r.lines {
				for range l.lanes {
					if f.lanes[i] != nil {
						fmt.Fprintf(b, "  %s, %s: %s\n", r.label, l.label, f.lanes[i].text())
					}
					i++
				}
			}
		}
	}
}
