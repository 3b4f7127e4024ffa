package chart

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// grid is a body of small panels that share their axes: latency (log) against
// percentile (nines), one line per technique.
type grid struct {
	panels []panel
	across int // panels side by side
}

// panel is one picture of a grid.
type panel struct {
	head, note string
	curves     []curve
	// unknown names the techniques of which no trial could be judged.
	unknown []string
}

// curve is one line of a panel: the points of one trial, and of the trials that
// repeat it.
type curve struct {
	label string
	ink   ink
	// medians are the latencies in microseconds by which lines are compared, of all
	// trials, sorted; points are those of the middle one.
	medians []float64
	points  []result.Point
	repeats [][]result.Point
}

// all returns every set of points that is drawn.
func (g grid) all() [][]result.Point {
	var sets [][]result.Point
	for _, p := range g.panels {
		for _, c := range p.curves {
			sets = append(append(sets, c.points), c.repeats...)
		}
	}
	return sets
}

// median is that of the medians of all trials: of two, the mean, as in the report.
func (c curve) median() float64 { return stats.Median(c.medians) }

// middle is the position of the trial to draw: of the lower median, for a line between
// two trials is the line of none.
func middle(n int) int { return (n - 1) / 2 }

// repeated says that some line has repeats beside it.
func (g grid) repeated() bool {
	return slices.ContainsFunc(g.panels, func(p panel) bool {
		return slices.ContainsFunc(p.curves, func(c curve) bool { return len(c.repeats) > 0 })
	})
}

// values is the range of latencies, in microseconds.
func (g grid) values() (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, points := range g.all() {
		for _, p := range points {
			lo, hi = min(lo, p.US), max(hi, p.US)
		}
	}
	return lo, hi
}

// lastPercentile is the highest that any curve reaches.
func (g grid) lastPercentile() float64 {
	last := 90.0
	for _, points := range g.all() {
		last = max(last, points[len(points)-1].P)
	}
	return last
}

// firstPercentile is where the axis starts: the median is the least that a user
// asks about.
const firstPercentile = 50

// fewest is the number of samples beyond a percentile below which it is noise.
const fewest = 10

// visible keeps the points that may be drawn: from the median to the last
// percentile with enough samples beyond it, and positive, for a log axis has no
// zero. It returns nil if no line is left.
func visible(q *result.Quantiles) []result.Point {
	if q == nil {
		return nil
	}
	curve := append([]result.Point{{P: firstPercentile, US: q.P50us}}, q.Curve...)
	points := where(curve, func(p result.Point) bool {
		beyond := float64(q.Count) * (1 - p.P/100)
		return p.US > 0 && beyond >= fewest-1e-6
	})
	points = slices.DeleteFunc(points, func(p result.Point) bool { return p.P < firstPercentile })
	if len(points) < 2 {
		return nil
	}
	return points
}

func (g grid) series(b *strings.Builder) {
	for _, p := range g.panels {
		fmt.Fprintf(b, "panel %s\n", strings.TrimSpace(p.head+" "+p.note))
		for _, c := range p.curves {
			first, last := c.points[0], c.points[len(c.points)-1]
			fmt.Fprintf(b, "  %s: %d points, p%.6g %s to p%.6g %s, %s beside it\n", c.label, len(c.points),
				first.P, micros(first.US), last.P, micros(last.US), count(len(c.repeats), "repeat"))
		}
		for _, u := range p.unknown {
			fmt.Fprintf(b, "  %s: unknown\n", u)
		}
	}
}
