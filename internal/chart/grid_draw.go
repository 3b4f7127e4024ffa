package chart

import (
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/rlbench/rlbench/internal/result"
)

// Measures of a grid in points.
const (
	endGap      vg.Length = 8  // between a line's end and its label
	endHeight   vg.Length = 10 // of one label at a line's end
	panelGap    vg.Length = 14
	panelRowGap vg.Length = 14
)

// panelHeights are the heights of the plotting area by panels side by side.
var panelHeights = []vg.Length{260, 190, 150, 120}

// frame is a grid laid out at a width.
type frame struct {
	grid
	y                  logScale
	last               float64   // highest percentile
	ticks, ends        vg.Length // room for the ticks' labels and the lines'
	inner, tall, pitch vg.Length // of a panel: width and height of the plot, width with labels
}

func (g grid) layout(width vg.Length) frame {
	f := frame{grid: g, last: g.lastPercentile(), tall: panelHeights[min(g.across, len(panelHeights))-1]}
	for _, p := range g.panels {
		f.tall = max(f.tall, vg.Length(len(p.curves))*endHeight)
		for _, c := range p.curves {
			f.ends = max(f.ends, lineStyle(c.ink).width(c.label))
		}
	}
	lo, hi := g.values()
	f.y = newLogScale(lo, hi, int(f.tall/16))
	f.ticks = tickStyle.widest(mapped(f.y.ticks, micros)...) + labelGap
	f.pitch = (width - f.ticks + panelGap) / vg.Length(g.across)
	f.inner = f.pitch - panelGap - endGap - f.ends
	return f
}

// down is the number of rows of panels.
func (g grid) down() int { return (len(g.panels) + g.across - 1) / g.across }

func (g grid) height(width vg.Length) vg.Length {
	f := g.layout(width)
	n := vg.Length(g.down())
	return n*(f.panelTop()+f.tall) + (n-1)*panelRowGap + tickHeight
}

// panelTop is the room of a panel's head above its plot: of the head, of the
// note where it has no room beside a head, and of what is unknown.
func (f frame) panelTop() vg.Length {
	top := headHeight
	if f.stacked() {
		top += noteHeight
	}
	if slices.ContainsFunc(f.panels, func(p panel) bool { return len(p.unknown) > 0 }) {
		top += noteHeight
	}
	return top
}

// stacked says that notes stand below the heads, not beside them.
func (f frame) stacked() bool {
	return slices.ContainsFunc(f.panels, func(p panel) bool {
		return headStyle.width(p.head+" ")+noteStyle.width(p.note) > f.pitch-panelGap
	})
}

// drawHead writes a panel's head with its top at y.
func (f frame) drawHead(p pen, it panel, x, y vg.Length) {
	y += headHeight/2 - 2
	p.text(headStyle, x, y, left, it.head)
	if f.stacked() {
		y += noteHeight
		p.text(noteStyle, x, y, left, it.note)
	} else {
		p.text(noteStyle, x+headStyle.width(it.head+" "), y, left, it.note)
	}
	if len(it.unknown) > 0 {
		p.text(emptyStyle, x, y+noteHeight, left, list(it.unknown, "techniques")+" unknown")
	}
}

func (g grid) draw(p pen, x, y, width vg.Length) {
	f := g.layout(width)
	for i := range g.panels {
		col, row := i%g.across, i/g.across
		f.drawPanel(p, i, x+f.ticks+vg.Length(col)*f.pitch, y+vg.Length(row)*(f.panelTop()+f.tall+panelRowGap))
	}
}

// drawPanel paints panel i with the plot's left edge at x and the head at y.
func (f frame) drawPanel(p pen, i int, x, y vg.Length) {
	it := f.panels[i]
	f.drawHead(p, it, x, y)
	top := y + f.panelTop()
	f.drawValues(p, x, top, i%f.across == 0)
	f.drawPercentiles(p, x, top+f.tall, i+f.across >= len(f.panels))
	for _, c := range it.curves {
		for _, r := range c.repeats {
			p.line(stroke{width: 0.7, color: pale(c.ink.color)}, f.path(r, x, top)...)
		}
	}
	for _, c := range it.curves {
		p.line(stroke{width: 1.7, color: c.ink.color, dash: c.ink.dash}, f.path(c.points, x, top)...)
	}
	f.drawEnds(p, it.curves, x, top)
}

// drawValues paints the grid of the value axis, labelled if it is the leftmost.
func (f frame) drawValues(p pen, x, top vg.Length, labelled bool) {
	for i, v := range f.y.ticks {
		y := top + f.tall*vg.Length(1-f.y.at(v))
		s := stroke{width: 0.6, color: hair}
		if i == 0 {
			s = stroke{width: 0.9, color: base}
		}
		p.line(s, pt(x, y), pt(x+f.inner, y))
		if labelled {
			p.text(tickStyle, x-labelGap, y, right, micros(v))
		}
	}
}

// drawPercentiles paints the ticks of the nines axis, as far as their labels
// keep apart, and labels them if no panel lies below.
func (f frame) drawPercentiles(p pen, x, y vg.Length, labelled bool) {
	free := x - 2*labelGap
	for _, t := range percentiles {
		at, half := x+f.along(t.p), tickStyle.width(t.name)/2
		if t.p > f.last+1e-9 || at-half < free {
			continue
		}
		p.line(stroke{width: 0.9, color: base}, pt(at, y), pt(at, y+3))
		if labelled {
			p.text(tickStyle, at, y+tickHeight*0.7, centre, t.name)
		}
		free = at + half + labelGap/2
	}
}

// along is the place of a percentile, from the plot's left edge.
func (f frame) along(percentile float64) vg.Length {
	from := nines(firstPercentile)
	return f.inner * vg.Length((nines(percentile)-from)/(nines(f.last)-from))
}

// path places the points of a curve.
func (f frame) path(points []result.Point, x, top vg.Length) []vg.Point {
	return mapped(points, func(p result.Point) vg.Point {
		return pt(x+f.along(p.P), top+f.tall*vg.Length(1-f.y.at(p.US)))
	})
}

// drawEnds writes each curve's label at its end.
func (f frame) drawEnds(p pen, curves []curve, x, top vg.Length) {
	drawEnds(p, mapped(curves, func(c curve) lineEnd {
		path := f.path(c.points, x, top)
		return lineEnd{c.label, c.ink, path[len(path)-1]}
	}), x+f.inner+endGap, top, top+f.tall)
}
