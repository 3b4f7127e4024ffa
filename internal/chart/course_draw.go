package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// Measures of a course in points.
const (
	courseGap   vg.Length = 7  // between rows
	fieldGap    vg.Length = 16 // between fields side by side
	shadeHeight vg.Length = 12 // of the faults' names
	keyHeight   vg.Length = 32
	swatchWidth vg.Length = 34
)

// The colours of a fault's time and of its name.
var (
	shadeColor = color.RGBA{0xf3, 0xee, 0xe2, 0xff}
	shadeEdge  = color.RGBA{0xa8, 0x86, 0x3f, 0xff}
	shadeStyle = style{size: 8.5, bold: true, color: color.RGBA{0x7a, 0x58, 0x12, 0xff}}
)

// stage is a course laid out at a width.
type stage struct {
	course
	labels, ends vg.Length // room before the lanes of a row of fields, and behind each lane
	inner, pitch vg.Length // width of a lane, and of a field with what belongs to it
}

func (c course) layout(width vg.Length) stage {
	s := stage{course: c, labels: c.labelWidth()}
	for _, f := range c.fields {
		for _, l := range f.lanes {
			if l != nil && l.label() != "" {
				s.ends = max(s.ends, valueStyle.width(l.label())+labelGap)
			}
		}
	}
	s.pitch = (width - s.labels + fieldGap) / vg.Length(c.across)
	s.inner = s.pitch - fieldGap - s.ends
	return s
}

// labelWidth is the room of the rows' labels, the lines' and the axis'.
func (c course) labelWidth() vg.Length {
	var rows, lines vg.Length
	for _, r := range c.rows {
		rows = max(rows, rowStyle.width(r.label))
		for _, l := range r.lines {
			lines = max(lines, lineStyle(l.ink).width(l.label))
		}
	}
	w := rows + labelGap + lines + labelGap
	if c.scale != "" {
		w += tickStyle.width(c.scale) + labelGap
	}
	return w
}

// lanesHeight is that of all lanes of a field.
func (c course) lanesHeight() vg.Length {
	h := -courseGap
	for _, r := range c.rows {
		h += r.height(c.tall) + courseGap
	}
	return h
}

func (r courseRow) height(tall vg.Length) (h vg.Length) {
	for _, l := range r.lines {
		h += l.height(tall)
	}
	return h
}

func (l courseLine) height(tall vg.Length) vg.Length { return vg.Length(l.lanes) * tall }

func (c course) fieldHeight() vg.Length {
	return headHeight + shadeHeight + c.lanesHeight() + tickHeight
}

// down is the number of rows of fields.
func (c course) down() int { return (len(c.fields) + c.across - 1) / c.across }

func (c course) height(vg.Length) vg.Length {
	n := vg.Length(c.down())
	return c.keyRoom() + n*c.fieldHeight() + (n-1)*bandGap
}

func (c course) keyRoom() vg.Length {
	if len(c.key) == 0 {
		return 0
	}
	return keyHeight
}

func (c course) draw(p pen, x, y, width vg.Length) {
	s := c.layout(width)
	s.drawKey(p, x+s.labels, y)
	y += c.keyRoom()
	for i, f := range c.fields {
		if i%c.across == 0 && i > 0 {
			y += c.fieldHeight() + bandGap
		}
		if i%c.across == 0 {
			s.drawLabels(p, x, y+headHeight+shadeHeight)
		}
		s.drawField(p, f, x+s.labels+vg.Length(i%c.across)*s.pitch, y)
	}
}

// drawKey paints the colours with their meaning below them.
func (s stage) drawKey(p pen, x, y vg.Length) {
	for _, k := range s.key {
		width := max(swatchWidth, tickStyle.width(k.label)+labelGap)
		k.paint(p, x, y, width-2, 8)
		p.text(tickStyle, x, y+14, left, k.label)
		x += width
	}
}

// drawLabels writes the labels of a row of fields, whose first lane begins at y.
func (s stage) drawLabels(p pen, x, y vg.Length) {
	axis := x + s.labels - labelGap
	if s.scale != "" {
		axis -= tickStyle.width(s.scale) + labelGap
	}
	for _, r := range s.rows {
		p.text(rowStyle, x, y+r.lines[0].height(s.tall)/2, left, r.label)
		for _, l := range r.lines {
			p.text(lineStyle(l.ink), axis, y+l.height(s.tall)/2, right, l.label)
			if s.scale != "" {
				p.text(tickStyle, x+s.labels-labelGap, y+l.height(s.tall)*s.level, right, s.scale)
			}
			y += l.height(s.tall)
		}
		y += courseGap
	}
}

// drawField paints one field with its head at y.
func (s stage) drawField(p pen, f field, x, y vg.Length) {
	p.text(headStyle, x, y+headHeight/2-2, left, f.head)
	if f.absent != "" {
		p.text(emptyStyle, x, y+headHeight+shadeHeight/2, left, f.absent)
		return
	}
	b := box{x: x, width: s.inner, height: s.tall, seconds: f.seconds}
	top := y + headHeight + shadeHeight
	for _, sh := range f.shades {
		p.fill(b.at(sh.from), top-2, max(b.at(sh.to)-b.at(sh.from), 1), s.lanesHeight()+4, shadeColor)
	}
	s.drawTime(p, b, top)
	i := 0
	b.y = top
	for _, r := range s.rows {
		for _, l := range r.lines {
			for range l.lanes {
				s.drawLane(p, f.lanes[i], b)
				b.y += s.tall
				i++
			}
		}
		b.y += courseGap
	}
	s.drawEdges(p, f.shades, b, y+headHeight+shadeHeight/2, top)
}

func (s stage) drawLane(p pen, l lane, b box) {
	if l == nil {
		p.line(stroke{width: 0.6, color: hair}, pt(b.x, b.y+b.height/2), pt(b.x+b.width, b.y+b.height/2))
		return
	}
	l.draw(p, b)
}

// drawEdges paints over the lanes when the faults began and were healed, with their
// names above: lanes may hide what is shaded behind them.
func (s stage) drawEdges(p pen, shades []shade, b box, names, top vg.Length) {
	for _, sh := range shades {
		for _, at := range []float64{sh.from, sh.to} {
			if at < b.seconds {
				p.line(stroke{width: 0.7, color: shadeEdge}, pt(b.at(at), top-2), pt(b.at(at), top+s.lanesHeight()+2))
			}
		}
	}
	for _, n := range placed(shades, b) {
		p.text(shadeStyle, n.at.X, names-1, left, n.label)
	}
}

// placed gives the faults' names places that do not touch: those that would are
// written as one. None leaves the field.
func placed(shades []shade, b box) (names []lineEnd) {
	var free vg.Length
	for _, s := range shades {
		at := b.at(s.from)
		if n := len(names); n > 0 && at < free {
			if last := &names[n-1]; last.label != s.name {
				last.label += ", " + s.name
			}
		} else {
			names = append(names, lineEnd{label: s.name, at: pt(at, 0)})
		}
		last := &names[len(names)-1]
		last.at.X = max(b.x, min(last.at.X, b.x+b.width-shadeStyle.width(last.label)))
		free = last.at.X + shadeStyle.width(last.label) + labelGap
	}
	return names
}

// drawTime paints the time axis below the lanes.
func (s stage) drawTime(p pen, b box, top vg.Length) {
	bottom := top + s.lanesHeight() + 3
	p.line(stroke{width: 0.9, color: base}, pt(b.x, bottom), pt(b.x+b.width, bottom))
	for _, v := range timeTicks(b) {
		p.line(stroke{width: 0.9, color: base}, pt(b.at(v), bottom), pt(b.at(v), bottom+3))
		p.text(tickStyle, b.at(v), bottom+tickHeight*0.6, timeAlign(v, b), clockTick(v))
	}
}

// timeAlign keeps the label of a tick at an end inside the field.
func timeAlign(v float64, b box) float64 {
	half := tickStyle.width(clockTick(v)) / 2
	switch {
	case v == 0:
		return left
	case b.at(v)+half > b.x+b.width:
		return right
	}
	return centre
}

// timeTicks are as many times as have room.
func timeTicks(b box) []float64 {
	for _, step := range niceSteps(b.seconds, 6) {
		ticks := multiples(step, b.seconds)
		// A label at the end is moved by half its width, and so is the first one.
		if 2*tickStyle.widest(mapped(ticks, clockTick)...) <= vg.Length(math.Abs(step/b.seconds))*b.width {
			return ticks
		}
	}
	return []float64{0}
}
