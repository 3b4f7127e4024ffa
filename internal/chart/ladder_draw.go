package chart

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// Measures of a ladder in points.
const (
	rungRadius vg.Length = 1.9
	crossSize  vg.Length = 2.2
	crossLine  vg.Length = 6 // height of one line's row of crosses
	trackGap   vg.Length = 10
	axisHeight vg.Length = 13 // of the axis' name
)

// trackHeights are the heights of a panel's plot by columns side by side.
var trackHeights = []vg.Length{120, 120, 105, 95}

// valueScale is the vertical axis of one track, with places from 0 to 1.
type valueScale struct {
	ticks []float64
	at    func(float64) float64
}

func (t track) scale(lo, hi float64, tall vg.Length) valueScale {
	if t.log {
		s := newLogScale(lo, hi, int(tall/18))
		return valueScale{s.ticks, s.at}
	}
	step := niceSteps(hi, max(3, int(tall/18)))[0]
	top := math.Ceil(hi/step-1e-9) * step
	return valueScale{multiples(step, top), func(v float64) float64 { return v / top }}
}

// rack is a ladder laid out at a width.
type rack struct {
	ladder
	scales             []valueScale
	ticks, ends        vg.Length // room for the ticks' labels and the lines'
	inner, tall, pitch vg.Length // of a panel: width and height of the plot, width with labels
	strip              vg.Length // above the first track's plots, for crosses
}

func (l ladder) layout(width vg.Length) rack {
	f := rack{ladder: l, tall: trackHeights[min(l.across, len(trackHeights))-1]}
	for _, r := range l.columns {
		for _, c := range r.panels[0] {
			f.ends = max(f.ends, lineStyle(c.ink).width(c.label))
		}
		if l.missed() {
			f.strip = max(f.strip, vg.Length(len(r.panels[0]))*crossLine+2)
		}
	}
	for i, t := range l.tracks {
		lo, hi := l.values(i)
		s := t.scale(lo, hi, f.tall)
		f.scales = append(f.scales, s)
		f.ticks = max(f.ticks, tickStyle.widest(mapped(s.ticks, t.format)...)+labelGap)
	}
	f.pitch = (width - f.ticks + panelGap) / vg.Length(l.across)
	f.inner = f.pitch - panelGap - endGap - f.ends
	return f
}

// bands is the number of groups of columns that stand side by side.
func (l ladder) bands() int { return (len(l.columns) + l.across - 1) / l.across }

// trackTop is the room above the plots of a track.
func (f rack) trackTop(track int) vg.Length {
	if track == 0 {
		return headHeight + f.strip
	}
	return headHeight
}

func (f rack) bandHeight() vg.Length {
	h := headHeight + tickHeight + axisHeight
	for i := range f.tracks {
		h += f.trackTop(i) + f.tall + trackGap
	}
	return h
}

func (l ladder) height(width vg.Length) vg.Length {
	n := vg.Length(l.bands())
	return n*l.layout(width).bandHeight() + (n-1)*panelRowGap
}

func (l ladder) draw(p pen, x, y, width vg.Length) {
	f := l.layout(width)
	for b := range l.bands() {
		first := b * l.across
		f.drawBand(p, f.columns[first:min(first+l.across, len(l.columns))], x, y)
		y += f.bandHeight() + panelRowGap
	}
}

// drawBand paints columns side by side.
func (f rack) drawBand(p pen, columns []rail, x, y vg.Length) {
	left0 := x + f.ticks
	for i, r := range columns {
		at := left0 + vg.Length(i)*f.pitch
		p.text(headStyle, at, y+headHeight/2-2, left, r.head)
		p.text(noteStyle, at+headStyle.width(r.head+" "), y+headHeight/2-2, left, r.note)
	}
	y += headHeight
	for t := range f.tracks {
		f.drawTrackHead(p, f.tracks[t], left0, y)
		y += f.trackTop(t)
		for i, r := range columns {
			f.drawPanel(p, t, r.panels[t], left0+vg.Length(i)*f.pitch, y, i == 0)
		}
		y += f.tall + trackGap
	}
	for i := range columns {
		f.drawSteps(p, left0+vg.Length(i)*f.pitch, y-trackGap)
	}
	p.text(noteStyle, left0, y-trackGap+tickHeight+axisHeight/2, left, f.axis)
}

func (f rack) drawTrackHead(p pen, t track, x, y vg.Length) {
	s := style{size: 8.5, bold: true, color: grey}
	p.text(s, x, y+headHeight/2-1, left, t.head)
	p.text(noteStyle, x+s.width(t.head+"  "), y+headHeight/2-1, left, t.note)
}

// drawPanel paints one panel with the top left corner of its plot at (x, y).
func (f rack) drawPanel(p pen, t int, lines []climb, x, y vg.Length, labelled bool) {
	scale := f.scales[t]
	at := func(step, value float64) vg.Point {
		return pt(x+f.along(step), y+f.tall*vg.Length(1-scale.at(value)))
	}
	for i, v := range scale.ticks {
		level := y + f.tall*vg.Length(1-scale.at(v))
		s := stroke{width: 0.6, color: hair}
		if i == 0 {
			s = stroke{width: 0.9, color: base}
		}
		p.line(s, pt(x, level), pt(x+f.inner, level))
		if labelled {
			p.text(tickStyle, x-labelGap, level, right, f.tracks[t].format(v))
		}
	}
	if f.steps[0] < 0 && f.steps[len(f.steps)-1] > 0 {
		p.line(stroke{width: 0.6, color: hair}, pt(x+f.along(0), y), pt(x+f.along(0), y+f.tall))
	}
	for _, c := range lines {
		for _, r := range c.points {
			p.line(stroke{width: 2.4, color: pale(c.ink.color)}, at(r.at, r.low()), at(r.at, r.high()))
		}
	}
	var ends []lineEnd
	for i, c := range lines {
		if t == 0 {
			f.drawMissed(p, c, x, y-f.strip+crossLine*(vg.Length(i)+0.5))
		}
		if len(c.points) == 0 {
			p.text(emptyStyle, x+labelGap, y+f.tall/2+vg.Length(i)*endHeight, left, c.label+": "+f.tracks[t].absent)
			continue
		}
		for _, piece := range c.pieces() {
			path := mapped(piece, func(r rung) vg.Point { return at(r.at, r.median()) })
			p.line(stroke{width: 1.5, color: c.ink.color, dash: c.ink.dash}, path...)
			for _, q := range path {
				p.dot(q.X, q.Y, rungRadius, c.ink.color)
			}
		}
		last := c.points[len(c.points)-1]
		ends = append(ends, lineEnd{c.label, c.ink, at(last.at, last.median())})
	}
	drawEnds(p, ends, x+f.inner+endGap, y, y+f.tall)
}

// drawMissed marks the steps of which a line has void trials only.
func (f rack) drawMissed(p pen, c climb, x, y vg.Length) {
	for _, step := range c.missed {
		at, s := x+f.along(step), stroke{width: 1.1, color: c.ink.color}
		p.line(s, pt(at-crossSize, y-crossSize), pt(at+crossSize, y+crossSize))
		p.line(s, pt(at-crossSize, y+crossSize), pt(at+crossSize, y-crossSize))
	}
}

// drawSteps paints the ticks of the steps, and labels every one, or every second, or
// as many as keep apart, counted from the last; and the first, if there is room.
func (f rack) drawSteps(p pen, x, y vg.Length) {
	stride, last := f.stride(), len(f.steps)-1
	for i, step := range f.steps {
		at := x + f.along(step)
		p.line(stroke{width: 0.9, color: base}, pt(at, y), pt(at, y+3))
		if next := last % stride; (last-i)%stride == 0 || i == 0 && !f.touch(0, next) {
			p.text(tickStyle, at, y+tickHeight*0.7, centre, f.spell(step))
		}
	}
}

// stride is the least distance between labelled steps at which their labels keep
// apart.
func (f rack) stride() int {
	for stride := 1; ; stride++ {
		i := len(f.steps) - 1
		for i >= stride && !f.touch(i-stride, i) {
			i -= stride
		}
		if i < stride {
			return stride
		}
	}
}

// touch says that the labels of two steps come too close.
func (f rack) touch(i, j int) bool {
	a, b := f.steps[i], f.steps[j]
	return f.along(b)-f.along(a) < (tickStyle.width(f.spell(a))+tickStyle.width(f.spell(b)))/2+labelGap/2
}

// along is the place of a step, from the plot's left edge: logarithmic, for the steps
// of a sweep are multiples of each other, unless it begins at zero or below.
func (f rack) along(step float64) vg.Length {
	lo, hi := f.steps[0], f.steps[len(f.steps)-1]
	if lo == hi {
		return f.inner / 2
	}
	if lo <= 0 {
		return f.inner * vg.Length((step-lo)/(hi-lo))
	}
	return f.inner * vg.Length(math.Log(step/lo)/math.Log(hi/lo))
}
