package chart

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/rlbench/rlbench/internal/result"
)

// heat draws how long answers took over time: a field per scenario and topology, in it
// a thin lane per subject, by client and technique.
type heat struct{}

// Name implements Chart.
func (heat) Name() string { return "heat" }

// Draw implements Chart.
func (heat) Draw(r *result.Result) (*Figure, error) {
	cells := faulted(r.Cells)
	spelled := titles(r.Run.Titles)
	body := heatCourse(cells, spelled)
	if !slices.ContainsFunc(body.fields, field.drawn) {
		return nil, ErrNoData
	}
	return &Figure{
		Title: heatTitle(where(cells, drawable), spelled),
		Subtitle: fmt.Sprintf("Median response time from the intended start, every %s; lighter is better. Unanswered = most operations of the interval "+
			"ended in an error. %s", binsOf(cells), laneOrder(cells, spelled)) + body.emptyLanes("colour"),
		Caution: caution(r),
		Foot:    provenance(r.Run),
		body:    body,
	}, nil
}

// binsOf spells the length of the intervals.
func binsOf(cells []result.Cell) string {
	lengths := mapped(where(cells, drawable), func(c result.Cell) float64 { return c.Timeline.BinMS / 1000 })
	return span(slices.Min(lengths), slices.Max(lengths), clock)
}

// laneOrder says which lane is whose.
func laneOrder(cells []result.Cell, spelled titles) string {
	names := spelled.sorted(distinct(cells, algorithm))
	if len(names) == 1 {
		return "All lanes are of " + spelled.of(names[0]) + "."
	}
	return "Lanes of one technique from the top: " + strings.Join(mapped(names, spelled.of), ", ") + "."
}

// hosting names a run of lanes.
type hosting struct{ client, technique string }

func heatCourse(cells []result.Cell, spelled titles) course {
	colour := inks(distinct(cells, technique))
	algorithms := spelled.sorted(distinct(cells, algorithm))
	c := course{tall: 4, key: heatKey()}
	var lines []hosting
	for _, h := range distinct(cells, client) {
		row := courseRow{label: title(h)}
		for _, t := range distinct(where(cells, func(c result.Cell) bool { return client(c) == h }), technique) {
			row.lines = append(row.lines, courseLine{title(t), colour[t], len(algorithms)})
			lines = append(lines, hosting{h, t})
		}
		c.rows = append(c.rows, row)
	}
	if len(algorithms) < 3 {
		c.tall = 12 / vg.Length(max(1, len(algorithms))) // a label needs the room
	}
	names, across := places(cells, spelled)
	c.across = across
	for _, name := range names {
		own := where(cells, func(c result.Cell) bool { return place(c) == name })
		f := newField(name, own, spelled)
		for _, l := range lines {
			for _, a := range algorithms {
				f.lanes = append(f.lanes, heatLaneOf(where(own, func(c result.Cell) bool {
					return hosting{client(c), c.Technique} == l && c.Algorithm == a && drawable(c)
				})))
			}
		}
		c.fields = append(c.fields, f)
	}
	return c
}

// heatLane is what became of the operations of each interval: the position of its
// response time among the levels, or one of the two below.
type heatLane struct {
	levels []int
	bin    float64 // seconds
	outage float64 // the longest time without answers, in seconds
}

const (
	idle       = -1 // no operation
	unanswered = -2 // most ended in an error
)

// heatLevels are the response times in ms up to which a colour reaches; the last one
// has no end.
var heatLevels = []struct {
	below float64
	label string
	color color.RGBA
}{
	{1, "< 1 ms", color.RGBA{0xdf, 0xec, 0xf5, 0xff}},
	{3, "1–3 ms", color.RGBA{0xb9, 0xd7, 0xe9, 0xff}},
	{10, "3–10 ms", color.RGBA{0x86, 0xb9, 0xd8, 0xff}},
	{30, "10–30 ms", color.RGBA{0x4f, 0x93, 0xbf, 0xff}},
	{100, "30–100 ms", color.RGBA{0x2b, 0x6c, 0x9e, 0xff}},
	{300, "100–300 ms", color.RGBA{0x17, 0x48, 0x75, 0xff}},
	{0, "≥ 300 ms", color.RGBA{0x0a, 0x23, 0x42, 0xff}},
}

var unansweredColor = color.RGBA{0xdb, 0x5a, 0x22, 0xff}

// heatLaneOf shows the first trial; nil for none.
func heatLaneOf(trials []result.Cell) lane {
	if len(trials) == 0 {
		return nil
	}
	t := trials[0].Timeline
	l := heatLane{bin: t.BinMS / 1000, outage: outage(t)}
	for i := range bins(t) {
		l.levels = append(l.levels, heatLevel(t, i))
	}
	return l
}

func heatLevel(t *result.Timeline, i int) int {
	answers, errors := t.Allowed[i]+t.Denied[i], t.Failed[i]+t.Unknown[i]
	switch {
	case answers+errors == 0:
		return idle
	case errors > answers:
		return unanswered
	}
	for level, l := range heatLevels {
		if t.P50MS[i] < l.below {
			return level
		}
	}
	return len(heatLevels) - 1
}

// outage is the longest time in which most operations of every interval were not
// answered, in seconds.
func outage(t *result.Timeline) float64 {
	levels := make([]int, bins(t))
	for i := range levels {
		levels[i] = heatLevel(t, i)
	}
	longest := 0
	for _, run := range runsOf(levels, func(level int) bool { return level == unanswered }) {
		longest = max(longest, run[1]-run[0])
	}
	return float64(longest) * t.BinMS / 1000
}

func (l heatLane) label() string { return "" }

func (l heatLane) text() string {
	parts := []string{"no answers for " + clockTick(l.outage)}
	for i, level := range heatLevels {
		if n := len(where(l.levels, func(v int) bool { return v == i })); n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", level.label, clockTick(float64(n)*l.bin)))
		}
	}
	return strings.Join(parts, ", ")
}

func (l heatLane) draw(p pen, b box) {
	for from := 0; from < len(l.levels); {
		to := from + 1
		for to < len(l.levels) && l.levels[to] == l.levels[from] {
			to++
		}
		x := b.at(float64(from) * l.bin)
		paintLevel(p, l.levels[from], x, b.y+0.25, b.at(float64(to)*l.bin)-x, b.height-0.5)
		from = to
	}
}

// paintLevel paints one colour. What was not answered is told apart by shape as well.
func paintLevel(p pen, level int, x, y, width, height vg.Length) {
	switch level {
	case idle:
	case unanswered:
		p.fill(x, y+height*0.22, width, height*0.56, unansweredColor)
	default:
		p.fill(x, y, width, height, heatLevels[level].color)
	}
}

func heatKey() (key []swatch) {
	for i, l := range heatLevels {
		key = append(key, swatch{l.label, func(p pen, x, y, width, height vg.Length) { paintLevel(p, i, x, y, width, height) }})
	}
	return append(key, swatch{"unanswered", func(p pen, x, y, width, height vg.Length) { paintLevel(p, unanswered, x, y, width, height) }})
}

// heatTitle says where the longest outage was, and how long it took each client there.
func heatTitle(cells []result.Cell, spelled titles) string {
	down := func(c result.Cell) float64 { return outage(c.Timeline) }
	longest := slices.MaxFunc(cells, func(a, b result.Cell) int {
		return cmp.Or(cmp.Compare(down(a), down(b)), -order(place(a), place(b)))
	})
	if down(longest) == 0 {
		return "No fault left most requests without an answer for as long as " + binsOf(cells)
	}
	own := where(cells, func(c result.Cell) bool { return place(c) == place(longest) })
	hosts := distinct(own, client)
	worst := func(h string) float64 {
		return slices.Max(mapped(where(own, func(c result.Cell) bool { return client(c) == h }), down))
	}
	slices.SortStableFunc(hosts, func(a, b string) int { return cmp.Compare(worst(a), worst(b)) })
	text := "Longest outage: " + spelled.of(place(longest)) + ", up to "
	if len(hosts) > mostNamed {
		return text + span(worst(hosts[0]), worst(hosts[len(hosts)-1]), clockTick)
	}
	return text + strings.Join(mapped(hosts, func(h string) string {
		if worst(h) == 0 {
			return "none with " + title(h)
		}
		return clockTick(worst(h)) + " with " + title(h)
	}), ", ")
}
