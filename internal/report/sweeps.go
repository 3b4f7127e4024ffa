package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// swept says that the cell is a step of a sweep. Tables of limiters leave it out: a
// median over steps would mix loads.
func swept(c *result.Cell) bool   { return c.Step != nil }
func unswept(c *result.Cell) bool { return c.Step == nil }

// sweepParts is what the steps of a sweep show, by what they vary.
var sweepParts = map[string]func(place group) part{
	"workers": sweepWorkers, "rate": sweepRate, "limit": sweepLimit, "keys": manyKeys, "instances": sharedLimit, "delay": networkDelay,
	"skew": skewedClocks,
}

// section is a part with a title.
type section struct {
	title string
	part
}

// sweeps returns a section for each sweep, in the order of the run.
func sweeps(cells []result.Cell) (sections []section) {
	for _, place := range groupBy(where(cells, swept), byPlace) {
		show := sweepParts[place.cells[0].Step.Axis]
		if place.any(struck) {
			show = struckSteps
		}
		if show == nil {
			continue
		}
		if p := show(place); !p.empty() {
			sections = append(sections, section{place.name + ": " + sweptLoad(place.cells), p})
		}
		if place.any(guarded) {
			sections = append(sections, section{place.name + ": failure policies", policies(place)})
		}
	}
	return sections
}

// sweptLoad says what the steps were: "6 steps, 1 to 512 workers".
func sweptLoad(cells []result.Cell) string {
	if named := (group{cells: cells}).all(func(c *result.Cell) bool { return c.Step.Value == 0 }); named {
		names := groupBy(cells, stepName)
		return plural(len(names), "step") + " of " + cells[0].Step.Axis
	}
	steps := stepsOf(cells)
	first, last := steps[0], steps[len(steps)-1]
	text := plural(len(steps), "step") + ", " + cells[0].Step.Axis + " of " + first.step()
	if len(steps) > 1 {
		text += " to " + last.step()
	}
	return text
}

func whole(n int64) string { return grouped(strconv.FormatInt(n, 10)) }

// stepsOf groups cells by the value of their step, the lowest first.
func stepsOf(cells []result.Cell) []group {
	steps := groupBy(cells, func(c *result.Cell) string { return whole(c.Step.Value) })
	slices.SortFunc(steps, func(a, b group) int { return cmp.Compare(a.value(), b.value()) })
	return steps
}

// value is that of the step whose cells the group holds, step spells it.
func (g group) value() int64 { return g.cells[0].Step.Value }
func (g group) step() string { return whole(g.value()) }

// valueOf is the column of the rows' steps.
func valueOf(head string) column {
	return column{head: head, value: func(g group, _ bool) string { return g.step() }}
}

// wordOf is a column of what all cells of a row are named alike by.
func wordOf(head string, name func(*result.Cell) string) column {
	return column{head: head, words: true, value: func(g group, _ bool) string { return name(&g.cells[0]) }}
}

// knownOf keeps the groups of which a criterion's measure is known.
func (c criterion) knownOf(groups []group) []group {
	return slices.DeleteFunc(groups, func(g group) bool { return !c.known(g) })
}

// atEach keeps of every subject the cells of the step that pick chooses among those
// at which the measure is known.
func (c criterion) atEach(subjects []group, pick func(steps []group) group) (rows []group) {
	for _, s := range subjects {
		if steps := c.knownOf(stepsOf(s.cells)); len(steps) > 0 {
			row := pick(steps)
			rows = append(rows, group{name: s.name, cells: row.cells})
		}
	}
	return rows
}

// sweepWorkers shows each limiter and client where more workers stop to bring more.
func sweepWorkers(place group) part {
	rows := byThroughput.atEach(groupBy(place.cells, bySubject), func(steps []group) group {
		best := byThroughput.leaders(steps)[0]
		return steps[slices.IndexFunc(steps, func(g group) bool { return !byThroughput.ahead(best, g) })]
	})
	if len(rows) == 0 {
		return part{}
	}
	slices.SortStableFunc(rows, byThroughput.compare)
	best := byThroughput.leaders(rows)
	return part{
		text: fmt.Sprintf("Most decisions per second: %s, %s%s. A row is the first step from which on more workers bring no more, within noise.",
			listed(best), byThroughput.span(best), byThroughput.others(rows, best)),
		table: &table{rows: rows, columns: []column{
			wordOf("limiter", byLimiter), wordOf("client", byClient), valueOf("workers"), medianOf("decisions", decisions, perSecond), medianOf("p50", p50, micros),
			medianOf("p99", p99, micros), medianOf("server CPU", serverCPU, micros), medianOf("client CPU", clientCPU, micros),
		}},
	}
}

// leftFloor is the factor above its floor at which a latency has left it. Package
// chart has the same.
const leftFloor = 2

// sweepRate shows each limiter and client at the last rate at which the median latency
// is on its floor.
func sweepRate(place group) part {
	subjects := groupBy(place.cells, bySubject)
	rows := byP50.atEach(subjects, lastOnFloor)
	if len(rows) == 0 {
		return part{}
	}
	slices.SortStableFunc(rows, func(a, b group) int { return cmp.Compare(b.value(), a.value()) })
	best := slices.DeleteFunc(slices.Clone(rows), func(g group) bool { return g.value() < rows[0].value() })
	offered := map[string]string{}
	for _, s := range subjects {
		if steps := byP50.knownOf(stepsOf(s.cells)); len(steps) > 0 {
			offered[s.name] = steps[len(steps)-1].name
		}
	}
	return part{
		text: fmt.Sprintf("The median latency stays below twice its floor up to %s/s offered with %s. A row is the last such step; "+
			"kept up to is the highest rate whose schedule was kept.", rows[0].step(), listed(best)),
		table: &table{rows: rows, columns: []column{
			wordOf("limiter", byLimiter), wordOf("client", byClient), valueOf("rate"), medianOf("p50", p50, micros), medianOf("p99", p99, micros),
			medianOf("server CPU", serverCPU, micros),
			{head: "kept up to", value: func(g group, _ bool) string { return offered[g.name] + "/s" }},
		}},
	}
}

// lastOnFloor is the last step before the median latency leaves its floor. A machine
// that hardly works wakes up slowly, so the floor is not always the first step.
func lastOnFloor(steps []group) group {
	typical := func(g group) float64 { return stats.Median(g.values(p50)) }
	floor := slices.MinFunc(steps, byP50.compare)
	last := steps[0]
	for _, g := range steps {
		if g.value() > floor.value() && typical(g) > leftFloor*typical(floor) {
			break
		}
		last = g
	}
	return last
}

// byMemory compares what a key takes; it is counted, and hardly varies.
var byMemory = criterion{measure: keyBytes, quantity: octets, noise: 1.01}

// sweepLimit shows each limiter at the largest limit.
func sweepLimit(place group) part {
	limiters := groupBy(place.cells, byLimiter)
	last := func(steps []group) group { return steps[len(steps)-1] }
	rows := byMemory.atEach(limiters, last)
	if len(rows) == 0 {
		return part{}
	}
	first := map[string]group{}
	for _, g := range byMemory.atEach(limiters, func(steps []group) group { return steps[0] }) {
		first[g.name] = g
	}
	slices.SortStableFunc(rows, byMemory.compare)
	largest := slices.MaxFunc(rows, func(a, b group) int { return cmp.Compare(a.value(), b.value()) })
	there := slices.DeleteFunc(slices.Clone(rows), func(g group) bool { return g.value() < largest.value() })
	most := there[len(there)-1:]
	text := fmt.Sprintf("At a limit of %s, of which at least four fifths are charged, a key takes %s with %s",
		largest.step(), byMemory.span(there[:1]), there[0].name)
	if byMemory.ahead(there[0], most[0]) {
		text += fmt.Sprintf(", and %s with %s", byMemory.span(most), most[0].name)
	}
	return part{text: text + ".", table: &table{rows: rows, columns: []column{
		nameOf("limiter"), valueOf("limit"), medianOf("bytes per key", keyBytes, octets),
		{head: "at the first limit", value: func(g group, long bool) string { return median(first[g.name].values(keyBytes), octets, long) }},
		medianOf("server CPU", serverCPU, micros), medianOf("p50", p50, micros),
	}}}
}

// manyKeys shows each limiter and kind of users at the largest number of them.
func manyKeys(place group) part {
	variant := func(c *result.Cell) string { return c.Step.Variant }
	kinds := groupBy(place.cells, func(c *result.Cell) string { return byLimiter(c) + ", " + variant(c) })
	rows := byServerCPU.atEach(kinds, func(steps []group) group { return steps[len(steps)-1] })
	if len(rows) == 0 {
		return part{}
	}
	first := map[string]group{}
	for _, g := range byServerCPU.atEach(kinds, func(steps []group) group { return steps[0] }) {
		first[g.name] = g
	}
	single := func(g group) bool { return len(g.values(serverCPU)) == 1 }
	more := "clearly more CPU"
	if slices.ContainsFunc(rows, single) { // one trial shows no spread
		more = "more CPU"
	}
	dearer := countOf(rows, func(g group) bool { return byServerCPU.ahead(first[g.name], g) })
	return part{
		text: fmt.Sprintf("With %s users instead of %s a decision costs the server %s in %d of %d rows.",
			rows[0].step(), first[rows[0].name].step(), more, dearer, len(rows)),
		table: &table{rows: rows, columns: []column{
			wordOf("limiter", byLimiter), wordOf("kind", variant), valueOf("users"), medianOf("decisions", decisions, perSecond), medianOf("server CPU", serverCPU, micros),
			{head: "with the fewest", value: func(g group, long bool) string { return median(first[g.name].values(serverCPU), micros, long) }},
			medianOf("bytes per key", keyBytes, octets),
		}},
	}
}

// networkDelay shows each limiter at the longest delay.
func networkDelay(place group) part {
	limiters := groupBy(place.cells, byLimiter)
	last := func(steps []group) group { return steps[len(steps)-1] }
	rows := byP50.atEach(limiters, last)
	if len(rows) == 0 {
		return part{}
	}
	first := map[string]group{}
	for _, g := range byP50.atEach(limiters, func(steps []group) group { return steps[0] }) {
		first[g.name] = g
	}
	slices.SortStableFunc(rows, byP50.compare)
	return part{
		text: fmt.Sprintf("With %s ms more for each round trip the median decision takes %s.", rows[0].step(), byP50.span(rows)),
		table: &table{rows: rows, columns: []column{
			nameOf("limiter"), valueOf("delay, ms"), medianOf("p50", p50, micros), medianOf("trips", trips, plain), {head: "overshoot", value: overshootOf},
			{head: "p50 at the least", value: func(g group, long bool) string { return median(first[g.name].values(p50), micros, long) }},
			{head: "overshoot there", value: func(g group, long bool) string { return overshootOf(first[g.name], long) }},
		}},
	}
}
