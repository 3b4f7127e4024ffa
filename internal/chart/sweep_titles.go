package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/stats"
)

// typicalClimb is a line of which every value is the median over the columns: titles
// speak of all columns at once.
type typicalClimb struct {
	label  string
	points []typicalRung
}

type typicalRung struct{ at, value float64 }

// typical returns the lines of a track as titles take them, in the order of panels.
func (l ladder) typical(track int) (all []typicalClimb) {
	values := map[string]map[float64][]float64{}
	for _, r := range l.columns {
		for _, c := range r.panels[track] {
			if values[c.label] == nil {
				values[c.label] = map[float64][]float64{}
				all = append(all, typicalClimb{label: c.label})
			}
			for _, p := range c.points {
				values[c.label][p.at] = append(values[c.label][p.at], p.median())
			}
		}
	}
	for i := range all {
		for _, at := range l.steps {
			if v := values[all[i].label][at]; len(v) > 0 {
				all[i].points = append(all[i].points, typicalRung{at, stats.Median(v)})
			}
		}
	}
	return slices.DeleteFunc(all, func(c typicalClimb) bool { return len(c.points) == 0 })
}

func (c typicalClimb) name() string { return c.label }

func (c typicalClimb) first() typicalRung { return c.points[0] }
func (c typicalClimb) last() typicalRung  { return c.points[len(c.points)-1] }

// most is the highest value.
func (c typicalClimb) most() float64 { return slices.MaxFunc(c.points, byValue).value }

// least is the lowest value.
func (c typicalClimb) least() float64 { return slices.MinFunc(c.points, byValue).value }

func byValue(a, b typicalRung) int { return cmp.Compare(a.value, b.value) }

// top is the first step whose value is level with the highest one.
func (c typicalClimb) top(noise float64) typicalRung {
	i := slices.IndexFunc(c.points, func(p typicalRung) bool { return p.value*noise >= c.most() })
	return c.points[i]
}

// workersTitle says up to how many workers more of them bring more.
func workersTitle(l ladder) string {
	lines := l.typical(0)
	slices.SortStableFunc(lines, func(a, b typicalClimb) int { return cmp.Compare(b.most(), a.most()) })
	if l.tracks[0].head != throughput.head || len(l.steps) < 2 || len(lines) > mostNamed {
		return "Speed and cost by the number of workers"
	}
	return "Throughput grows up to " + strings.Join(mapped(lines, func(c typicalClimb) string {
		return fmt.Sprintf("%s with %s (%s)", count(int(c.top(paceNoise).at), "worker"), c.label, perSecond(c.most()))
	}), ", ")
}

// leftFloor is the factor above its floor at which a latency has left it: more than
// noise, and what a user may notice.
const leftFloor = 2

// lastOnFloor is the highest step before a latency leaves its floor.
func (c typicalClimb) lastOnFloor() float64 {
	i := slices.IndexFunc(c.points, func(p typicalRung) bool { return p.at > c.floorAt() && p.value > leftFloor*c.least() })
	if i < 0 {
		return c.last().at
	}
	return c.points[i-1].at
}

// floorAt is the step with the lowest value. A machine that hardly works wakes up
// slowly, so it is not always the first one.
func (c typicalClimb) floorAt() float64 { return slices.MinFunc(c.points, byValue).at }

// rateTitle says up to which rate the typical decision is as fast as an idle server
// makes it.
func rateTitle(l ladder) string {
	lines := l.typical(0)
	if l.tracks[0].head != middling.head || len(l.steps) < 2 || len(lines) > mostNamed {
		return "Response time by the offered rate"
	}
	slices.SortStableFunc(lines, func(a, b typicalClimb) int { return cmp.Compare(b.lastOnFloor(), a.lastOnFloor()) })
	var parts []string
	for i := 0; i < len(lines); {
		at := lines[i].lastOnFloor()
		same := where(lines, func(c typicalClimb) bool { return c.lastOnFloor() == at })
		parts = append(parts, perSecond(at)+" with "+list(mapped(same, typicalClimb.name), "clients"))
		i += len(same)
	}
	return "The median response stays below twice its floor up to " + strings.Join(parts, ", ")
}

// grew is the factor between the first and the last step.
func (c typicalClimb) grew() float64 { return c.last().value / c.first().value }

// growth is the factor beyond which memory depends on the limit.
const growth = 2

// limitTitle says whose keys grow with the limit, and to what size.
func limitTitle(l ladder) string {
	lines := l.typical(0)
	if l.tracks[0].head != keyBytes.head || len(l.steps) < 2 {
		return "What a larger limit costs"
	}
	grow := where(lines, func(c typicalClimb) bool { return c.grew() >= growth })
	flat := where(lines, func(c typicalClimb) bool { return c.grew() < growth })
	from, to := short(l.steps[0]), short(l.steps[len(l.steps)-1])
	keep := ""
	if len(flat) > 0 {
		sizes := mapped(flat, func(c typicalClimb) float64 { return c.last().value })
		keep = list(mapped(flat, typicalClimb.name), "algorithms") + " kept to " + span(slices.Min(sizes), slices.Max(sizes), octets)
	}
	if len(grow) == 0 {
		return fmt.Sprintf("From a limit of %s to one of %s no key grew: %s", from, to, keep)
	}
	parts := mapped(grow, func(c typicalClimb) string {
		return fmt.Sprintf("%s with %s, %s at %s", octets(c.last().value), c.label, octets(c.first().value), from)
	})
	return strings.TrimSuffix(fmt.Sprintf("At a limit of %s a key took %s; %s", to, strings.Join(parts, ", "), keep), "; ")
}

// delayTitle says what a decision takes at the longest way.
func delayTitle(l ladder) string {
	if l.tracks[0].head != middling.head {
		return "Response time by the delay of the network"
	}
	return fmt.Sprintf("With %s ms more for each round trip the median decision takes %s", short(l.steps[len(l.steps)-1]),
		strings.Join(mapped(l.typical(0), func(c typicalClimb) string { return micros(c.last().value) + " (" + c.label + ")" }), ", "))
}

// keysTitle says what many users change in the cost of a decision.
func keysTitle(l ladder) string {
	i := slices.IndexFunc(l.tracks, func(t track) bool { return t.head == serverCPU.head })
	if i < 0 || len(l.steps) < 2 {
		return "Speed and memory by the number of users"
	}
	return fmt.Sprintf("From %s to %s users a decision costs the server %s", short(l.steps[0]), short(l.steps[len(l.steps)-1]),
		strings.Join(mapped(l.typical(i), func(c typicalClimb) string {
			if serverCPU.level(c.first().value, c.last().value) {
				return fmt.Sprintf("about %s (%s)", micros(c.last().value), c.label)
			}
			return fmt.Sprintf("%s to %s (%s)", micros(c.first().value), micros(c.last().value), c.label)
		}), ", "))
}
