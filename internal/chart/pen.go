package chart

import (
	"bytes"
	"image/color"
	"math"
	"strings"
	"sync"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// dpi is twice the default of vgimg, whose pictures are blurry on most screens.
const dpi = 192

func (f *Figure) png() ([]byte, error) {
	pg := f.layout()
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(pageWidth, pg.height), vgimg.UseDPI(dpi))}
	pg.draw(pen{c, pg.height})
	var b bytes.Buffer
	_, err := c.WriteTo(&b)
	return b.Bytes(), err
}

// pen draws on a canvas whose origin is the top left corner, with y downward,
// the order in which a page is laid out. Lengths are points.
type pen struct {
	canvas vg.Canvas
	height vg.Length
}

func (p pen) at(x, y vg.Length) vg.Point { return vg.Point{X: x, Y: p.height - y} }

// fill paints a rectangle given by its top left corner.
func (p pen) fill(x, y, w, h vg.Length, c color.Color) {
	p.polygon(c, pt(x, y), pt(x+w, y), pt(x+w, y+h), pt(x, y+h))
}

// polygon paints the area between points in page coordinates.
func (p pen) polygon(c color.Color, points ...vg.Point) {
	path := p.path(points)
	path.Close()
	p.canvas.SetColor(c)
	p.canvas.Fill(path)
}

// path connects points in page coordinates.
func (p pen) path(points []vg.Point) (path vg.Path) {
	for i, pt := range points {
		if i == 0 {
			path.Move(p.at(pt.X, pt.Y))
		} else {
			path.Line(p.at(pt.X, pt.Y))
		}
	}
	return path
}

// dot paints a disc.
func (p pen) dot(x, y, r vg.Length, c color.Color) {
	var path vg.Path
	path.Move(p.at(x+r, y))
	path.Arc(p.at(x, y), r, 0, 2*math.Pi)
	path.Close()
	p.canvas.SetColor(c)
	p.canvas.Fill(path)
}

// stroke is how a line looks; dash is empty for a solid one.
type stroke struct {
	width vg.Length
	color color.Color
	dash  []vg.Length
}

// line draws a line through points in page coordinates.
func (p pen) line(s stroke, points ...vg.Point) {
	p.canvas.SetLineWidth(s.width)
	p.canvas.SetColor(s.color)
	p.canvas.SetLineDash(s.dash, 0)
	p.canvas.Stroke(p.path(points))
}

// pt abbreviates a point in page coordinates.
func pt(x, y vg.Length) vg.Point { return vg.Point{X: x, Y: y} }

// Horizontal alignment: the share of a text that lies left of its position.
const (
	left   = 0.0
	centre = 0.5
	right  = 1.0
)

// capHalf is half the height of capitals in Liberation Sans, in em.
const capHalf = 0.36

// text writes txt so that the middle of its capitals is at y.
func (p pen) text(s style, x, y vg.Length, align float64, txt string) {
	p.canvas.SetColor(s.color)
	p.canvas.FillString(s.face(), p.at(x-s.width(txt)*vg.Length(align), y+s.size*capHalf), txt)
}

// plate writes txt to the right of x, and keeps grid lines from running through
// it.
func (p pen) plate(s style, x, y vg.Length, txt string) {
	p.fill(x-1, y-s.size/2, s.width(txt)+2, s.size, white)
	p.text(s, x, y, left, txt)
}

// style is how text looks.
type style struct {
	size  vg.Length
	bold  bool
	color color.Color
}

// fonts is built at the first use: parsing them would slow every start.
var fonts = sync.OnceValue(func() *font.Cache { return font.NewCache(liberation.Collection()) })

func (s style) face() font.Face {
	f := font.Font{Typeface: "Liberation", Variant: "Sans"}
	if s.bold {
		f.Weight = xfont.WeightBold
	}
	return fonts().Lookup(f, s.size)
}

func (s style) width(txt string) vg.Length {
	face := s.face()
	return face.Width(txt)
}

// widest is the width of the widest of the texts.
func (s style) widest(texts ...string) vg.Length {
	var w vg.Length
	for _, t := range texts {
		w = max(w, s.width(t))
	}
	return w
}

// wrap breaks txt at spaces into lines no wider than width. Numbers hold
// non-breaking spaces and stay whole.
func (s style) wrap(txt string, width vg.Length) []string {
	var lines []string
	var line string
	for word := range strings.SplitSeq(txt, " ") {
		switch longer := line + " " + word; {
		case line == "":
			line = word
		case s.width(longer) <= width:
			line = longer
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
