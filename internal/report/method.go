package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/result"
)

// method says what a reader needs to repeat the run and to doubt it.
func method(r *result.Result) part {
	run := &r.Run
	texts := []string{
		fmt.Sprintf("seed %d; run %s, rlbench %s", run.Seed, known(run.Name), known(run.Version)),
		"server: " + known(run.Server),
		"machine: " + known(run.Machine),
		fmt.Sprintf("started %s, finished %s; %s", known(run.Started), known(run.Finished), plural(len(r.Cells), "cell")),
	}
	for _, driver := range slices.Sorted(maps.Keys(run.Clients)) {
		texts = append(texts, fmt.Sprintf("client %s: %s", driver, run.Clients[driver]))
	}
	for _, place := range groupBy(where(r.Cells, unswept), byPlace) {
		texts = append(texts, fmt.Sprintf("%s: %s, %s", place.name, load(place.cells), pace(place)))
	}
	for _, place := range groupBy(where(r.Cells, swept), byPlace) {
		texts = append(texts, fmt.Sprintf("%s: %s, %s", place.name, sweptLoad(place.cells), pace(place)))
	}
	p := part{}
	if byClientCPU.known(group{cells: r.Cells}) {
		texts = append(texts, loadShare)
	}
	for _, text := range append(texts, howJudged, whereStored) {
		p.items = append(p.items, item{text: text})
	}
	return p
}

const (
	loadShare = "client CPU includes the load generator; `--algorithm=control --technique=noop` measures its share"
	howJudged = "a verdict judges the recorded history of a trial: invalid means that no order of events within the " +
		"recorded times keeps the contract, unknown that the trial could not show anything"
	whereStored = "the histories are beside this file, and `rlbench check` judges them again; environment.json has every setting"
)

// pace says how punctually the load was offered in the trials that are not void, and
// counts the others: those did not keep the schedule, or show nothing.
func pace(g group) string {
	inTime := fmt.Sprintf(" within %d ms", check.Punctual.Milliseconds())
	ratios := g.values(func(c *result.Cell) *float64 { return c.StartedRatio })
	switch {
	case g.closed():
		return "every worker sends its next request when the last one is answered"
	case len(ratios) == 0:
		return "every trial is void"
	case slices.Min(ratios) == 1:
		return "every operation started" + inTime + " of its time" + voids(g)
	}
	return "in each trial " + share.text(slices.Min(ratios)) + " or more of the operations started" + inTime + " of their time" + voids(g)
}

// voids counts the void trials of an open loop, and says how much of their load was
// offered in time; empty if there are none.
func voids(g group) string {
	void := where(g.cells, func(c *result.Cell) bool { return c.Void })
	if len(void) == 0 {
		return ""
	}
	text := fmt.Sprintf(", apart from %s of %d", plural(len(void), "void trial"), len(g.cells))
	fewest := 1.0
	for _, c := range void {
		if c.StartedRatio != nil {
			fewest = min(fewest, *c.StartedRatio)
		}
	}
	if fewest < 1 {
		text += " (as few as " + started(fewest) + ")"
	}
	return text
}

func known(s string) string {
	if s == "" {
		return missing
	}
	return s
}
