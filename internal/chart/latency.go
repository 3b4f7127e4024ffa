package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// latency draws what a user waits for, from the intended start: a panel per
// algorithm and client, a line per technique.
type latency struct{}

// Name implements Chart.
func (latency) Name() string { return "latency" }

// Draw implements Chart.
func (latency) Draw(r *result.Result) (*Figure, error) {
	cells := measuring(calm(final(r.Cells)), false)
	drawable := where(cells, hasCurve)
	if len(drawable) == 0 {
		return nil, ErrNoData
	}
	g := latencyGrid(cells, r.Run.Titles)
	return &Figure{
		Title:    latencyTitle(g.panels),
		Subtitle: titles(r.Run.Titles).of(cells[0].Scenario) + ": " + latencySubtitle(g, len(cells)-len(drawable), len(cells), offered(cells)),
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

func latencyGrid(cells []result.Cell, spelled titles) grid {
	host := withTopology(cells, client)
	hosts, algorithms := distinct(cells, host), spelled.sorted(distinct(cells, algorithm))
	colour := inks(distinct(cells, technique))
	g := grid{across: panelsAcross(len(hosts), len(algorithms))}
	for _, h := range hosts {
		for _, a := range algorithms {
			own := where(cells, func(c result.Cell) bool { return host(c) == h && c.Algorithm == a })
			if len(own) > 0 {
				g.panels = append(g.panels, latencyPanel(own, colour, panel{head: spelled.of(a), note: title(h)}))
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
	text := "response time from the intended start, by percentile, at a paced " + rate + "; lower is better. "
	if g.repeated() {
		text += "Bold line = the middle trial by " + compared + ", pale lines = its repeats. "
	}
	if len(g.panels) > 1 {
		text += "The title gives medians over the panels. "
	}
	return text + "A line ends where fewer than ten samples remain." + leftOut(unknown, all)
}

// typical is the median over panels of a technique's p50.
type typical struct {
	technique string
	us        float64
}

// typicals returns the techniques of all panels, the fastest first.
func typicals(panels []panel) []typical {
	medians := map[string][]float64{}
	for _, p := range panels {
		for _, c := range p.curves {
			medians[c.label] = append(medians[c.label], c.median())
		}
	}
	var all []typical
	for t, values := range medians {
		all = append(all, typical{t, stats.Median(values)})
	}
	slices.SortFunc(all, func(a, b typical) int {
		return cmp.Or(cmp.Compare(a.us, b.us), cmp.Compare(a.technique, b.technique))
	})
	return all
}

// mostNamed is how many techniques a title names.
const mostNamed = 4

// latencyTitle says how long the typical decision takes with each technique. It
// claims no winner: the lines show whether a lead is more than noise.
func latencyTitle(panels []panel) string {
	all := typicals(panels)
	var parts []string
	for _, t := range all {
		parts = append(parts, fmt.Sprintf("%s with %s", micros(t.us), t.technique))
	}
	if len(all) > mostNamed {
		return fmt.Sprintf("Half of all decisions came within %s, up to %s", parts[0], parts[len(parts)-1])
	}
	return "Half of all decisions came within " + strings.Join(parts, ", ")
}
