package transcript

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
)

// The colours: greys, the caution of events, and an alarm. They are all told apart by
// words too.
const (
	white  = "#FFFFFF"
	dark   = "#1F2933"
	grey   = "#5B6776"
	faint  = "#7B8794"
	rule   = "#CBD2D9"
	wash   = "#F5F7FA"
	slate  = "#3E4C59"
	amber  = "#7A5A1E"
	sand   = "#F3EEE3"
	alarm  = "#A3281E"
	assent = "#1B6E3C"
)

// inks are those of the clients: dark, and told apart by lightness as well as by hue.
var inks = []struct{ full, pale string }{
	{"#25306B", "#D3D6E4"}, {"#A8432B", "#F0DAD5"}, {"#0E6B63", "#CFE4E1"}, {"#7B3F94", "#E5D8EA"},
	{"#5F5A16", "#E0DECF"}, {"#3F3F46", "#D9D9DA"},
}

// techniques have colours in all pictures of the project.
var techniques = map[string]string{"naive": "#DB7432", "multi": "#2E6DB4", "lua": "#0A5240"}

// pen writes the elements of an SVG picture.
type pen struct{ bytes.Buffer }

// px writes a length with a tenth of a pixel at most: more would only be noise.
func px(v float64) string {
	v = float64(int(v*10+0.5)) / 10
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// escapedXML is text that may stand in an element or in an attribute.
func escapedXML(text string) string {
	var b bytes.Buffer
	// A buffer does not fail to be written to.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// text writes one line whose anchor is "start", "middle" or "end". Runs of spaces are
// kept, and the viewer is told how wide the text was taken to be.
func (p *pen) text(x, y float64, f face, fill, anchor, text string) {
	if text == "" {
		return
	}
	class := "s"
	if f.mono {
		class = "m"
	}
	fmt.Fprintf(p, `<text class="%s" x="%s" y="%s" font-size="%s" fill="%s"`, class, px(x), px(y), px(f.size), fill)
	if f.bold {
		p.WriteString(` font-weight="700"`)
	}
	if anchor != "start" {
		fmt.Fprintf(p, ` text-anchor="%s"`, anchor)
	}
	fmt.Fprintf(p, ` textLength="%s" lengthAdjust="spacingAndGlyphs">%s</text>`+"\n", px(f.width(text)), escapedXML(text))
}

// lines writes several lines below each other; y is the baseline of the first.
func (p *pen) lines(x, y float64, f face, fill string, lines []string) {
	for i, line := range lines {
		p.text(x, y+float64(i)*f.line(), f, fill, "start", line)
	}
}

// box draws a rectangle with round corners; stroke may be empty, and more is further
// attributes.
func (p *pen) box(x, y, w, h, round float64, fill, stroke, more string) {
	fmt.Fprintf(p, `<rect x="%s" y="%s" width="%s" height="%s"`, px(x), px(y), px(w), px(h))
	if round > 0 {
		fmt.Fprintf(p, ` rx="%s"`, px(round))
	}
	fmt.Fprintf(p, ` fill="%s"`, fill)
	if stroke != "" {
		fmt.Fprintf(p, ` stroke="%s"`, stroke)
	}
	fmt.Fprintf(p, "%s/>\n", more)
}

// stroke draws a straight line; dash may be empty.
func (p *pen) stroke(x1, y1, x2, y2, width float64, color, dash string) {
	fmt.Fprintf(p, `<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-width="%s"`,
		px(x1), px(y1), px(x2), px(y2), color, px(width))
	if dash != "" {
		fmt.Fprintf(p, ` stroke-dasharray="%s"`, dash)
	}
	p.WriteString("/>\n")
}

// head draws the head of an arrow whose tip is at x; to is 1 if it points right, else -1.
func (p *pen) head(x, y, to float64, color string, full bool) {
	fill := color
	if !full {
		fill = white
	}
	fmt.Fprintf(p, `<path d="M%s %sL%s %sL%s %sZ" fill="%s" stroke="%s" stroke-width="1.2" stroke-linejoin="round"/>`+"\n",
		px(x), px(y), px(x-to*7.5), px(y-3.8), px(x-to*7.5), px(y+3.8), fill, color)
}

// cross draws a cross with its middle at x and y.
func (p *pen) cross(x, y, size, width float64, color string) {
	fmt.Fprintf(p, `<path d="M%s %sL%s %sM%s %sL%s %s" stroke="%s" stroke-width="%s" stroke-linecap="round"/>`+"\n",
		px(x-size), px(y-size), px(x+size), px(y+size), px(x-size), px(y+size), px(x+size), px(y-size), color, px(width))
}

// group begins a group with a title, which viewers show to a pointer that rests on it.
func (p *pen) group(title string) {
	fmt.Fprintf(p, "<g><title>%s</title>\n", escapedXML(title))
}

func (p *pen) end() { p.WriteString("</g>\n") }
