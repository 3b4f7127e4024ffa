package chart

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// The scenarios that measure speed and cost, not correctness.
const (
	baseline = "baseline" // open loop below the limit
	saturate = "saturate" // closed loop
)

// latency draws what a user waits for, from the intended start: a panel per
// algorithm and client, a line per technique.
type latency struct{}

// Name implements Chart.
func (latency) Name() string { return "latency" }

// Draw implements Chart.
func (latency) Draw(r *result.Result) (*Figure, error) {
	cells := where(final(r.Cells), func(c result.Cell) bool { return c.Scenario == baseline })
	drawable := where(cells, hasCurve)
	if len(drawable) == 0 {
		return nil, ErrNoData
	}
	g := latencyGrid(cells)
	return &Figure{
		Title:    latencyTitle(g.panels),
		Subtitle: latencySubtitle(g, len(cells)-len(drawable), len(cells), offered(cells)),
		Caution:  caution(r),
		Foot:     provenance(r.Run),
		body:     g,
	}, nil
}

// hasCurve says that there is a line to draw.
func hasCurve(c result.Cell) bool { return paced(c) && visible(c.Latency.Response) != nil }

// offered spells the rate of the open loop.
func offered(cells []result.Cell) string {
	rates := mapped(cells, func(c result.Cell) float64 { return c.Offered })
	return span(slices.Min(rates), slices.Max(rates), perSecond)
}

// compared is the percentile by which trials are ordered and techniques compared:
// a median repeats within a fifth even on a shared machine, a p99 does not.
const compared = "p50"

func latencyGrid(cells []result.Cell) grid {
	host := withTopology(cells, client)
	hosts, algorithms := distinct(cells, host), distinct(cells, algorithm)
	colour := inks(distinct(cells, technique))
	g := grid{across: panelsAcross(len(hosts), len(algorithms))}
	for _, h := range hosts {
		for _, a := range algorithms {
			own := where(cells, func(c result.Cell) bool { return host(c) == h && c.Algorithm == a })
			if len(own) > 0 {
				g.panels = append(g.panels, latencyPanel(own, colour, panel{head: title(a), note: title(h)}))
			}
		}
	}
	return g
}

// panelsAcross keeps a row per client where both vary; otherwise it makes the
// panels as large as the page allows.
func panelsAcross(hosts, algorithms int) int {
	if min(hosts, algorithms) == 1 {
		return []int{1, 1, 2, 3, 2, 3, 3, 4}[min(max(hosts, algorithms), 7)]
	}
	return min(algorithms, 4)
}

// latencyPanel adds a line for each technique of the cells.
func latencyPanel(cells []result.Cell, colour map[string]ink, p panel) panel {
	for _, t := range distinct(cells, technique) {
		trials := where(cells, func(c result.Cell) bool { return c.Technique == t && hasCurve(c) })
		if len(trials) == 0 {
			p.unknown = append(p.unknown, title(t))
			continue
		}
		c := curveOf(trials)
		c.label, c.ink = title(t), colour[t]
		p.curves = append(p.curves, c)
	}
	return p
}

// curveOf draws the middle trial in front of the others. An
// average of percentiles would be the percentile of nothing.
func curveOf(trials []result.Cell) curve {
	slices.SortStableFunc(trials, func(a, b result.Cell) int {
		return cmp.Or(cmp.Compare(a.Latency.Response.P50us, b.Latency.Response.P50us), cmp.Compare(a.Repeat, b.Repeat))
	})
	var c curve
	for i, t := range trials {
		c.medians = append(c.medians, t.Latency.Response.P50us)
		if points := visible(t.Latency.Response); i == middle(len(trials)) {
			c.points = points
		} else {
			c.repeats = append(c.repeats, points)
		}
	}
	return c
}

func latencySubtitle(g grid, unknown, all int, rate string) string {
	text := "Response time from the intended start, by percentile, at a paced " + rate + "; lower is better. "
	if g.repeated() {
		text += "Full line = the middle trial by " + compared + ", pale lines = its repeats. "
	}
	return text + "A line ends where fewer than ten samples remain." + leftOut(unknown, all)
}

// clearly is a factor beyond that by which medians differ between runs of one
// program on a shared machine; a smaller lead is not a finding.
const clearly = 1.2

// winner is the technique whose median is clearly the shortest of a panel: in every
// repeat, and by more than noise. It is empty if there is none, or no repeat.
func winner(p panel) string {
	for _, c := range p.curves {
		behind := where(p.curves, c.beats)
		if len(behind) > 0 && len(behind) == len(p.curves)-1 {
			return c.label
		}
	}
	return ""
}

func (c curve) beats(other curve) bool {
	return len(c.medians) > 1 && c.medians[len(c.medians)-1] < other.medians[0] && c.median()*clearly <= other.median()
}

// reach is the range of a technique's medians over the panels.
type reach struct {
	technique    string
	least, worst float64
	wins         int // panels that it leads clearly
}

// reaches returns what the lines of all panels show, the most wins first.
func reaches(panels []panel) []reach {
	var all []reach
	for _, p := range panels {
		w := winner(p)
		for _, c := range p.curves {
			i := slices.IndexFunc(all, func(r reach) bool { return r.technique == c.label })
			if i < 0 {
				i = len(all)
				all = append(all, reach{c.label, c.median(), c.median(), 0})
			}
			all[i].least, all[i].worst = min(all[i].least, c.median()), max(all[i].worst, c.median())
			if c.label == w {
				all[i].wins++
			}
		}
	}
	slices.SortStableFunc(all, func(a, b reach) int {
		return cmp.Or(cmp.Compare(b.wins, a.wins), cmp.Compare(a.worst, b.worst))
	})
	return all
}

// latencyTitle says which technique has the shortest median, in how many panels,
// and how long the medians are.
func latencyTitle(panels []panel) string {
	all := reaches(panels)
	best, worst := all[0], slices.MaxFunc(all, func(a, b reach) int { return cmp.Compare(a.worst, b.worst) })
	spell := func(r reach) string { return span(r.least, r.worst, micros) }
	switch {
	case len(all) == 1:
		return sentence(fmt.Sprintf("%s answered with a %s of %s", best.technique, compared, spell(best)))
	case !grid{panels: panels}.repeated():
		return fmt.Sprintf("Single trials: %s %s for %s, %s for %s", compared, spell(best), best.technique, spell(worst), worst.technique)
	case best.wins == 0:
		return fmt.Sprintf("No technique had a clearly shorter %s: %s took %s, %s took %s", compared, best.technique, spell(best), worst.technique, spell(worst))
	}
	return sentence(fmt.Sprintf("%s had the shortest %s%s: %s; %s took %s",
		best.technique, compared, inPanels(best.wins, len(panels)), spell(best), worst.technique, spell(worst)))
}

// inPanels says in how many panels something is true; nothing if there is one.
func inPanels(n, all int) string {
	switch {
	case all == 1:
		return ""
	case n == all:
		return fmt.Sprintf(" in all %d panels", all)
	}
	return fmt.Sprintf(" in %d of %d panels", n, all)
}
