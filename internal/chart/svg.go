package chart

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"
)

func (f *Figure) svg() ([]byte, error) {
	pg := f.layout()
	return svgOf(pageWidth, pg.height, pg.draw)
}

// edge is the room around a body that stands alone, for what it draws at its edges.
const edge vg.Length = 4

// Body draws the figure without title, subtitle, caution and foot, and on no ground, as
// SVG, for a page that has those itself. Equal figures give equal bytes.
func (f *Figure) Body() ([]byte, error) {
	height := f.body.height(textWidth) + 2*edge
	return svgOf(textWidth+2*edge, height, func(p pen) { f.body.draw(p, edge, edge, textWidth) })
}

func svgOf(width, height vg.Length, draw func(pen)) ([]byte, error) {
	c := &measuredText{Canvas: vgsvg.New(width, height)}
	draw(pen{c, height})
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	return withFallbackFonts(c.withWidths(b.Bytes())), nil
}

// measuredText remembers how wide each text was laid out. A viewer without the font
// takes another one, which may be wider: lines would run off the page.
type measuredText struct {
	*vgsvg.Canvas
	widths []vg.Length
}

// FillString implements vg.Canvas.
func (m *measuredText) FillString(f font.Face, at vg.Point, txt string) {
	m.widths = append(m.widths, f.Width(txt))
	m.Canvas.FillString(f, at, strings.Map(writable, txt))
}

// writable replaces what no XML document may hold, not even escaped: it would make the
// whole picture unreadable.
func writable(r rune) rune {
	if r < ' ' || r == 0xfffe || r == 0xffff {
		return utf8.RuneError
	}
	return r
}

// withWidths tells the viewer the width of each text, in the order of drawing.
func (m *measuredText) withWidths(svg []byte) []byte {
	tag := []byte("<text ")
	parts := bytes.Split(svg, tag)
	var b bytes.Buffer
	b.Write(parts[0])
	for i, rest := range parts[1:] {
		fmt.Fprintf(&b, `%stextLength="%.2f" lengthAdjust="spacingAndGlyphs" `, tag, m.widths[i].Points())
		b.Write(rest)
	}
	return b.Bytes()
}

// withFallbackFonts names fonts with the same widths as Liberation Sans: a
// viewer without it would take a serif font, and labels would overlap.
func withFallbackFonts(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arimo,Arial,Helvetica,sans-serif;"))
}
