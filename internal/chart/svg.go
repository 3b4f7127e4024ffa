package chart

import (
	"bytes"
	"fmt"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgsvg"
)

func (f *Figure) svg() ([]byte, error) {
	pg := f.layout()
	c := &measuredText{Canvas: vgsvg.New(pageWidth, pg.height)}
	pg.draw(pen{c, pg.height})
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
	m.Canvas.FillString(f, at, txt)
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
