package chart

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/rlbench/rlbench/internal/result"
)

// timeline draws when limiters admitted more than their contracts let through: a field
// per scenario and topology, in it a lane per algorithm and technique.
type timeline struct{}

// Name implements Chart.
func (timeline) Name() string { return "timeline" }

// Draw implements Chart.
func (timeline) Draw(r *result.Result) (*Figure, error) {
	cells := faulted(r.Cells)
	spelled := titles(r.Run.Titles)
	body, several := timelineCourse(cells, spelled)
	if !slices.ContainsFunc(body.fields, field.drawn) {
		return nil, ErrNoData
	}
	return &Figure{
		Title:    timelineTitle(cells, spelled),
		Subtitle: timelineSubtitle(several, body),
		Caution:  caution(r),
		Foot:     provenance(r.Run),
		body:     body,
	}, nil
}

// drawn says that some lane has a course.
func (f field) drawn() bool {
	return slices.ContainsFunc(f.lanes, func(l lane) bool { return l != nil })
}

// mostCharge cuts the lanes: a race that admits ten limits would flatten all others.
const mostCharge = 2.0

// limiterLine names a lane: what is charged, and how.
type limiterLine struct{ algorithm, technique string }

func timelineCourse(cells []result.Cell, spelled titles) (c course, several bool) {
	colour := inks(distinct(cells, technique))
	var lines []limiterLine
	c = course{tall: 24, scale: share(1), level: chargeLevel(1)}
	for _, a := range spelled.sorted(distinct(cells, algorithm)) {
		row := courseRow{label: spelled.of(a)}
		own := where(cells, func(c result.Cell) bool { return c.Algorithm == a })
		for _, t := range distinct(own, technique) {
			row.lines = append(row.lines, courseLine{title(t), colour[t], 1})
			lines = append(lines, limiterLine{a, t})
		}
		c.rows = append(c.rows, row)
	}
	names, across := places(cells, spelled)
	c.across = across
	for _, name := range names {
		own := where(cells, func(c result.Cell) bool { return place(c) == name })
		f := newField(name, own, spelled)
		for _, l := range lines {
			trials := where(own, func(c result.Cell) bool { return limiterLine{c.Algorithm, c.Technique} == l && drawable(c) })
			several = several || len(trials) > 1
			f.lanes = append(f.lanes, chargeLaneOf(trials, colour[l.technique]))
		}
		c.fields = append(c.fields, f)
	}
	return c, several
}

// newField takes the faults from the first trial that met them: all trials of a cohort
// met the same.
func newField(name string, cells []result.Cell, spelled titles) field {
	f := field{head: spelled.of(name)}
	if len(cells) == 0 {
		f.absent = notPlayed
	}
	for _, c := range where(cells, drawable) {
		if s := seconds(c.Timeline); s > f.seconds {
			f.seconds = s
		}
		if f.shades == nil {
			f.shades = shades(c)
		}
	}
	if f.seconds == 0 && f.absent == "" {
		f.absent = "void"
	}
	return f
}

// chargeLane is the charge of one trial.
type chargeLane struct {
	charge  []float64
	bin     float64 // seconds
	ink     ink
	ratio   float64 // certain overshoot / limit
	verdict string  // behind the lane
}

// chargeLaneOf shows the trial that overshot the furthest; nil if none can be shown.
func chargeLaneOf(trials []result.Cell, k ink) lane {
	trials = where(trials, func(c result.Cell) bool { return len(charged(c)) > 0 })
	if len(trials) == 0 {
		return nil
	}
	worst := slices.MaxFunc(trials, func(a, b result.Cell) int { return cmp.Compare(a.Overshoot.Ratio, b.Overshoot.Ratio) })
	l := chargeLane{charged(worst), worst.Timeline.BinMS / 1000, k, worst.Overshoot.Ratio, excess(worst.Overshoot.Ratio)}
	if worst.Overshoot.Ratio == 0 && !valid(worst) {
		l.verdict = worst.Verdict
	}
	return l
}

func (l chargeLane) label() string { return l.verdict }

func (l chargeLane) text() string {
	return fmt.Sprintf("overshoot %s, charge up to %s, filled for %s", l.verdict, share(slices.Max(l.charge)), clockTick(l.beyond()))
}

// beyond is how long the charge was above what the contract lets through, in seconds.
// A judge who is not certain of any overshoot is not contradicted.
func (l chargeLane) beyond() float64 {
	n := 0
	for _, v := range l.charge {
		if l.filled(v) {
			n++
		}
	}
	return float64(n) * l.bin
}

// chargeLevel is how far from the top of a lane, as a share of its height, a charge is
// drawn. A little room keeps the highest from the lane above.
func chargeLevel(v float64) vg.Length {
	return 1 - 0.92*vg.Length(min(max(v, 0), mostCharge)/mostCharge)
}

func (l chargeLane) filled(v float64) bool { return l.ratio > 0 && v > 1 }

func (l chargeLane) draw(p pen, b box) {
	y := func(v float64) vg.Length { return b.y + b.height*chargeLevel(v) }
	p.line(stroke{width: 0.6, color: hair}, pt(b.x, y(0)), pt(b.x+b.width, y(0)))
	for _, run := range runsOf(l.charge, l.filled) {
		path := append([]vg.Point{pt(b.at(float64(run[0])*l.bin), y(1))}, l.path(b, y, run[0], run[1])...)
		p.polygon(tint(l.ink.color, 1, 2), append(path, pt(b.at(float64(run[1])*l.bin), y(1)))...)
	}
	p.line(stroke{width: 0.7, color: dark, dash: []vg.Length{2.5, 2}}, pt(b.x, y(1)), pt(b.x+b.width, y(1)))
	p.line(stroke{width: 1.1, color: l.ink.color}, l.path(b, y, 0, len(l.charge))...)
	s := valueStyle
	if l.ratio == 0 {
		s.color = l.ink.color
	}
	if l.ratio == 0 && l.verdict != excess(0) {
		s = emptyStyle
	}
	p.text(s, b.x+b.width+labelGap, y(1), left, l.verdict)
}

// path draws each interval from its beginning to its end.
func (l chargeLane) path(b box, y func(float64) vg.Length, from, to int) (path []vg.Point) {
	for i := from; i < to; i++ {
		path = append(path, pt(b.at(float64(i)*l.bin), y(l.charge[i])), pt(b.at(float64(i+1)*l.bin), y(l.charge[i])))
	}
	return path
}

// runsOf returns the beginnings and ends of the runs of elements that satisfy the
// condition.
func runsOf[E any](all []E, condition func(E) bool) (runs [][2]int) {
	for i, e := range all {
		switch {
		case !condition(e):
		case len(runs) > 0 && runs[len(runs)-1][1] == i:
			runs[len(runs)-1][1]++
		default:
			runs = append(runs, [2]int{i, i + 1})
		}
	}
	return runs
}

func timelineSubtitle(several bool, c course) string {
	text := "Line = admitted cost that the contract still counts, in percent of what it lets through (dashed): in the current window, in the last window's length of a log, " +
		"in a bucket that leaks at the rate. Filled = admitted too much; less is better. Behind the line: the most certain overshoot, in percent of the limit."
	if several {
		text += " Each lane shows the client that overshot the furthest."
	}
	if slices.ContainsFunc(c.fields, func(f field) bool { return slices.ContainsFunc(f.lanes, cut) }) {
		text += " Lines are cut at " + share(mostCharge) + "."
	}
	return text + c.emptyLanes("line")
}

// cut says that a lane goes beyond what is drawn.
func cut(l lane) bool {
	c, ok := l.(chargeLane)
	return ok && slices.Max(c.charge) > mostCharge
}

// timelineTitle says where the servers forgot admissions, and what came of it.
func timelineTitle(cells []result.Cell, spelled titles) string {
	lost := where(cells, func(c result.Cell) bool { return overshot(c) && cause(c) == lostWrites })
	raced := where(cells, func(c result.Cell) bool { return overshot(c) && cause(c) != lostWrites })
	all := distinct(cells, technique)
	switch {
	case len(lost) > 0:
		return fmt.Sprintf("Redis forgot admissions under %s: %s let through up to %s of the limit too much",
			under(lost, cells, spelled), everyOr(distinct(lost, technique), all), share(worstRatio(lost)))
	case len(raced) > 0:
		return fmt.Sprintf("No overshoot by lost writes; %s let through up to %s of the limit too much",
			everyOr(distinct(raced, technique), all), share(worstRatio(raced)))
	case !slices.ContainsFunc(cells, judged):
		return "What limiters admitted before, during and after a fault"
	case len(where(cells, judged)) < len(cells):
		return "As far as trials could be judged, no technique let through more than its contract"
	}
	return "No technique let through more than its contract, before, during or after a fault"
}

func worstRatio(cells []result.Cell) float64 {
	return slices.Max(mapped(cells, func(c result.Cell) float64 { return c.Overshoot.Ratio }))
}
