package chart

import (
	"gonum.org/v1/plot/vg"
)

// Measures of a table in points.
const (
	lineHeight vg.Length = 13.5
	barHeight  vg.Length = 9.5
	rowGap     vg.Length = 9
	columnGap  vg.Length = 18
	headHeight vg.Length = 16
	noteHeight vg.Length = 12
	tickHeight vg.Length = 16
	bandGap    vg.Length = 16
	labelGap   vg.Length = 7
	dotRadius  vg.Length = 3
)

// The texts of a table.
var (
	headStyle  = style{size: 10.5, bold: true, color: dark}
	noteStyle  = style{size: 8.5, color: grey}
	rowStyle   = style{size: 10, color: dark}
	valueStyle = style{size: 8.5, bold: true, color: dark}
	tickStyle  = style{size: 8.5, color: grey}
	emptyStyle = style{size: 8.5, color: faint}
)

func (t table) height(vg.Length) vg.Length {
	n := vg.Length(len(t.bands()))
	return n*(t.headRoom()+t.rowsHeight()+tickHeight) + (n-1)*bandGap
}

// headRoom is the height of the column heads with their notes.
func (t table) headRoom() vg.Length {
	for _, c := range t.columns {
		if c.note != "" {
			return headHeight + noteHeight
		}
	}
	return headHeight
}

func (t table) rowsHeight() vg.Length {
	h := rowGap
	for _, r := range t.rows {
		h += vg.Length(len(r.lines))*lineHeight + rowGap
	}
	return h
}

func (t table) draw(p pen, x, y, width vg.Length) {
	labels := t.labelWidth()
	each := (width - labels - columnGap*vg.Length(t.abreast()-1)) / vg.Length(t.abreast())
	for _, b := range t.bands() {
		top := y + t.headRoom()
		t.drawLabels(p, x, x+labels, top)
		for i := b[0]; i < b[1]; i++ {
			at := x + labels + vg.Length(i-b[0])*(each+columnGap)
			t.drawColumn(p, i, at, y, each)
		}
		y = top + t.rowsHeight() + tickHeight + bandGap
	}
}

// abreast is the number of columns side by side.
func (t table) abreast() int { return min(t.across, len(t.columns)) }

// lineStyle is the text of a technique's name, in its colour.
func lineStyle(k ink) style { return style{size: 8.5, bold: true, color: k.color} }

// labelWidth is the room left of the axes: the rows' labels, and their lines'.
func (t table) labelWidth() vg.Length {
	var rows, lines vg.Length
	for _, r := range t.rows {
		rows = max(rows, rowStyle.width(r.label))
		for _, l := range r.lines {
			lines = max(lines, lineStyle(l.ink).width(l.label))
		}
	}
	return rows + 2*labelGap + lines + labelGap
}

// eachLine calls f with every line and the middle of its height.
func (t table) eachLine(top vg.Length, f func(l line, y vg.Length)) {
	y := top + rowGap
	for _, r := range t.rows {
		for _, l := range r.lines {
			f(l, y+lineHeight/2)
			y += lineHeight
		}
		y += rowGap
	}
}

// drawLabels writes the rows' labels at x and the lines' against the axis.
func (t table) drawLabels(p pen, x, axis, top vg.Length) {
	y := top + rowGap
	for _, r := range t.rows {
		p.text(rowStyle, x, y+lineHeight/2, left, r.label)
		y += vg.Length(len(r.lines))*lineHeight + rowGap
	}
	t.eachLine(top, func(l line, y vg.Length) {
		p.text(lineStyle(l.ink), axis-labelGap, y, right, l.label)
	})
}

// drawColumn paints one value axis with its marks.
func (t table) drawColumn(p pen, i int, x, y, width vg.Length) {
	c := t.columns[i]
	p.text(headStyle, x, y+headHeight/2, left, c.head)
	if c.absent != "" {
		p.text(emptyStyle, x, y+headHeight+noteHeight/2, left, c.absent)
		return
	}
	if c.note != "" {
		p.text(noteStyle, x, y+headHeight+noteHeight/2-2, left, c.note)
	}
	top := y + t.headRoom()
	scale := t.scale(i, width)
	t.drawAxis(p, c, x, top, width, scale)
	t.eachLine(top, func(l line, y vg.Length) {
		t.drawMark(p, l.marks[i], l.ink, x, y, scale)
	})
}

// scale is points per unit of a column's axis.
func (t table) scale(i int, width vg.Length) vg.Length {
	s := t.ownScale(i, width)
	if t.shared {
		for other := range t.columns {
			s = min(s, t.ownScale(other, width))
		}
	}
	return s
}

// ownScale is the largest scale that leaves room for every label of a column
// behind its mark, and for the last tick's; 0 if there is no length to draw.
func (t table) ownScale(i int, width vg.Length) vg.Length {
	var s vg.Length
	fit := func(v float64, label string) {
		if v == 0 {
			return // stays at the line of zero
		}
		if room := (width - 2*labelGap - valueStyle.width(label)) / vg.Length(v); s == 0 || room < s {
			s = room
		}
	}
	fit(t.columns[i].most, t.columns[i].format(t.columns[i].most))
	for _, r := range t.rows {
		for _, l := range r.lines {
			fit(l.marks[i].hi, l.marks[i].label)
		}
	}
	return s
}

// drawAxis paints hairlines at the ticks, from the first row to the last, and
// the line of zero.
func (t table) drawAxis(p pen, c column, x, top, width, scale vg.Length) {
	bottom := top + t.rowsHeight()
	for _, v := range fittingTicks(c, width, scale) {
		at := x + vg.Length(v)*scale
		s := stroke{width: 0.6, color: hair}
		if v == 0 {
			s = stroke{width: 0.9, color: base}
		}
		p.line(s, pt(at, top), pt(at, bottom))
		p.text(tickStyle, at, bottom+tickHeight*0.6, centre, c.format(v))
	}
}

// mostTicks is how many ticks above zero a reader needs at most.
const mostTicks = 5

// fittingTicks returns as many ticks as can be labelled without touching: zero
// alone if nothing is known, or no label has room.
func fittingTicks(c column, width, scale vg.Length) []float64 {
	if c.most > 0 {
		hi := max(c.most, float64(width/scale)*0.8)
		for _, step := range niceSteps(hi, mostTicks) {
			ticks := multiples(step, hi)
			if tickStyle.widest(mapped(ticks, c.format)...)+labelGap <= vg.Length(step)*scale {
				return ticks
			}
		}
	}
	return []float64{0}
}

// drawMark paints the value of one line at the height y.
func (t table) drawMark(p pen, m mark, k ink, x, y, scale vg.Length) {
	at := func(v float64) vg.Length { return x + vg.Length(v)*scale }
	end := at(m.hi) + labelGap
	switch {
	case m.state != drawn:
		p.plate(emptyStyle, end, y, m.label)
		return
	case t.shape == bars && m.mid > 0:
		// A bar thinner than a hairline would look like nothing.
		p.fill(x, y-barHeight/2, max(at(m.mid)-x, 1), barHeight, k.color)
		drawWhisker(p, at(m.lo), at(m.hi), y)
	case t.shape == trials:
		p.line(stroke{width: 0.8, color: pale(k.color)}, pt(at(m.lo), y), pt(at(m.hi), y))
		for _, d := range m.trials {
			p.dot(at(d.value), y, dotRadius, k.color)
			if d.ring {
				p.dot(at(d.value), y, dotRadius-1.1, white)
			}
		}
	default:
		drawWhisker(p, at(m.lo), at(m.hi), y)
		p.dot(at(m.mid), y, dotRadius, k.color)
	}
	s := valueStyle
	if m.hi == 0 {
		s.color = k.color
	}
	p.plate(s, end, y, m.label)
}

// drawWhisker paints a range; a white edge keeps it visible on a dark bar.
func drawWhisker(p pen, from, to, y vg.Length) {
	if to-from < 0.5 {
		return
	}
	for _, s := range []stroke{{width: 2, color: white}, {width: 1, color: dark}} {
		p.line(s, pt(from, y), pt(to, y))
		p.line(s, pt(from, y-2.5), pt(from, y+2.5))
		p.line(s, pt(to, y-2.5), pt(to, y+2.5))
	}
}
