package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// sweep draws a scenario with steps: quantities against what the steps vary.
type sweep struct {
	scenario string
	axis     string               // what the steps vary, in words
	step     func(float64) string // spells a step; nil for short
	subtitle string
	tracks   []track
	// column and line are the names by which cells are put into columns and, in them,
	// into lines; over is what the trials behind one point differ in besides.
	column, line func(result.Cell) string
	over         string
	across       int // the most columns side by side; 0 for four
	title        func(ladder) string
	// gives is what the title gives of several columns; empty for medians over them.
	gives string
}

// The sweeps in the order of reports.
var (
	sweepWorkers = sweep{
		scenario: "sweep-workers", axis: "workers", line: client, column: limiter, title: workersTitle,
		subtitle: "a closed loop: every worker sends its next request when the last one is answered.",
		tracks:   []track{linear(throughput), logarithmic(late), linear(serverCPU)},
	}
	sweepRate = sweep{
		scenario: "sweep-rate", axis: "offered requests per second", line: client, column: limiter, title: rateTitle,
		subtitle: "an open loop: response time counts from the intended start.",
		tracks:   []track{logarithmic(middling), logarithmic(late), {measure: started, void: true, absent: "unknown"}},
	}
	sweepLimit = sweep{
		scenario: "sweep-limit", axis: "limit, requests per window", line: algorithm, over: "clients", column: technique, title: limitTitle,
		subtitle: "what one key and one decision cost; each key is charged four fifths of its limit from the start.",
		tracks:   []track{{measure: keyBytes, log: true, absent: "no key was left"}, linear(serverCPU), linear(traffic)},
	}
	manyKeys = sweep{
		scenario: "many-keys", axis: "users", line: variant, over: "clients", column: limiter, title: keysTitle,
		subtitle: "a closed loop over users that are all alike (uniform), or of which few make most requests (zipf).",
		tracks:   []track{linear(throughput), linear(serverCPU), {measure: keyBytes, absent: "no key was left"}},
	}
	networkDelay = sweep{
		scenario: "network-delay", axis: "added delay of a round trip, ms", line: technique, over: "clients", column: algorithm, title: delayTitle,
		subtitle: "every answer of the server arrives so much later; users ask for as much as their limit.",
		tracks:   []track{linear(middling), linear(trips), linear(beyond)},
	}
)

func linear(m measure) track      { return track{measure: m, absent: "unknown"} }
func logarithmic(m measure) track { return track{measure: m, log: true, absent: "unknown"} }

// Name implements Chart.
func (s sweep) Name() string { return s.scenario }

// Draw implements Chart.
func (s sweep) Draw(r *result.Result) (*Figure, error) {
	cells := where(final(r.Cells), func(c result.Cell) bool { return c.Scenario == s.scenario && c.Step != nil })
	l := s.ladder(cells, r.Run.Titles).drawable()
	if len(l.tracks) == 0 {
		return nil, ErrNoData
	}
	text := titles(r.Run.Titles).of(s.scenario) + ": " + s.subtitle + " " + l.tally().describe("Point", s.behind(cells)) + l.lost()
	if len(l.columns) > 1 {
		text += " The title gives " + cmp.Or(s.gives, "medians over the columns") + "."
	}
	return &Figure{Title: s.title(l), Subtitle: text, Caution: caution(r), Foot: provenance(r.Run), body: l}, nil
}

// behind says over what the trials of one point are taken.
func (s sweep) behind(cells []result.Cell) string {
	if n := len(distinct(cells, client)); s.over != "" && n > 1 {
		return fmt.Sprintf("over %d %s", n, s.over)
	}
	return "at one step"
}

// ladder measures the cells.
func (s sweep) ladder(cells []result.Cell, spelled titles) ladder {
	column, line := withTopology(cells, s.column), s.line
	columns := byTechnique(spelled.sorted(distinct(cells, column)))
	colour := inks(distinct(cells, line))
	l := ladder{axis: s.axis, spell: s.step, tracks: slices.Clone(s.tracks), across: min(max(len(columns), 1), cmp.Or(s.across, 4))}
	if l.spell == nil {
		l.spell = short
	}
	for _, c := range cells {
		l.steps = append(l.steps, float64(c.Step.Value))
	}
	slices.Sort(l.steps)
	l.steps = slices.Compact(l.steps)
	for _, name := range columns {
		own := where(cells, func(c result.Cell) bool { return column(c) == name })
		l.columns = append(l.columns, s.rail(own, name, line, colour, spelled))
	}
	return l
}

// rail is one column of the ladder.
func (s sweep) rail(cells []result.Cell, name string, line func(result.Cell) string, colour map[string]ink, spelled titles) rail {
	r := rail{}
	r.head, r.note = spelled.headed(name)
	for _, t := range s.tracks {
		var panel []climb
		for _, n := range spelled.sorted(distinct(cells, line)) {
			c := climbOf(where(cells, func(x result.Cell) bool { return line(x) == n }), t)
			c.label, c.ink = spelled.of(n), colour[n]
			panel = append(panel, c)
		}
		r.panels = append(r.panels, panel)
	}
	return r
}

// tally counts the trials behind the points of the first track.
func (l ladder) tally() tally {
	var n tally
	for _, r := range l.columns {
		for _, c := range r.panels[0] {
			for _, p := range c.points {
				n = n.add(p.sample)
			}
		}
	}
	return n
}

// lost explains the crosses, if there are any.
func (l ladder) lost() string {
	if !l.missed() {
		return ""
	}
	return " Cross = not measured: the load could not be offered in time, or nothing was answered."
}

// byTechnique sorts limiters by what follows the algorithm: those of one technique
// stand side by side.
func byTechnique(limiters []string) []string {
	rest := func(name string) string {
		_, rest, _ := strings.Cut(name, "/")
		return rest
	}
	slices.SortStableFunc(limiters, func(a, b string) int { return order(rest(a), rest(b)) })
	return limiters
}

func limiter(c result.Cell) string { return c.Algorithm + "/" + c.Technique }

// variant is the kind of step, where there are several of one value.
func variant(c result.Cell) string { return c.Step.Variant }
