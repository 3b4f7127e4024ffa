package chart

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"
)

// Figure is a picture as data: everything that is drawn, before it is drawn.
type Figure struct {
	// Title is the finding in one sentence, derived from the data.
	Title string
	// Subtitle says what is measured, in which unit, and which way is better.
	Subtitle string
	// Caution says why the figure must not be taken as evidence; empty if it may.
	Caution string
	// Foot says where the numbers come from.
	Foot string

	body body
}

// body is the part of a figure between subtitle and foot.
type body interface {
	// height is the room that the body needs at the given width.
	height(width vg.Length) vg.Length
	// draw paints the body with its top left corner at (x, y).
	draw(p pen, x, y, width vg.Length)
	// series spells what is drawn, for tests and for readers without eyes.
	series(b *strings.Builder)
}

// String spells the figure as text: its words, and the series as drawn.
func (f *Figure) String() string {
	var b strings.Builder
	for _, line := range [][2]string{{"title", f.Title}, {"subtitle", f.Subtitle}, {"caution", f.Caution}, {"foot", f.Foot}} {
		if line[1] != "" {
			fmt.Fprintf(&b, "%s: %s\n", line[0], line[1])
		}
	}
	f.body.series(&b)
	return strings.ReplaceAll(b.String(), nbsp, " ")
}

// The page: every figure has the same width, so that its text has the same size
// on a screen wherever it stands.
const (
	pageWidth vg.Length = 700
	margin    vg.Length = 22
	textWidth           = pageWidth - 2*margin
)

// block is a wrapped paragraph.
type block struct {
	style
	lines   []string
	leading vg.Length // distance between lines
	after   vg.Length // space below
}

// paragraph wraps txt to the page; an empty one takes no room.
func paragraph(s style, after vg.Length, txt string) block {
	if txt == "" {
		return block{}
	}
	return block{style: s, lines: s.wrap(txt, textWidth), leading: s.size * 1.32, after: after}
}

func (b block) height() vg.Length { return vg.Length(len(b.lines))*b.leading + b.after }

// draw paints the lines with the top of the block at y and returns its bottom.
func (b block) draw(p pen, y vg.Length) vg.Length {
	for i, line := range b.lines {
		p.text(b.style, margin, y+(vg.Length(i)+0.5)*b.leading, left, line)
	}
	return y + b.height()
}

// page is a figure with its paragraphs wrapped.
type page struct {
	head   []block
	body   body
	foot   block
	height vg.Length
}

func (f *Figure) layout() page {
	pg := page{
		head: []block{
			paragraph(style{size: 15, bold: true, color: dark}, 3, f.Title),
			paragraph(style{size: 10, color: grey}, 3, f.Subtitle),
			paragraph(style{size: 10, bold: true, color: alarm}, 3, f.Caution),
		},
		body: f.body,
		foot: paragraph(style{size: 8, color: faint}, 0, f.Foot),
	}
	pg.height = 2*margin + aboveBody + belowBody + f.body.height(textWidth) + pg.foot.height()
	for _, b := range pg.head {
		pg.height += b.height()
	}
	return pg
}

// Space around the body.
const (
	aboveBody vg.Length = 12
	belowBody vg.Length = 12
)

func (pg page) draw(p pen) {
	p.fill(0, 0, pageWidth, pg.height, white)
	y := margin
	for _, b := range pg.head {
		y = b.draw(p, y)
	}
	y += aboveBody
	pg.body.draw(p, margin, y, textWidth)
	pg.foot.draw(p, y+pg.body.height(textWidth)+belowBody)
}
