package claims

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// Evidence is the results of experiments by name. The first question that they cannot
// answer is kept: what is made of the answer is worth nothing.
type Evidence struct {
	Runs     map[string]*result.Result
	Explored map[string]*evidence.Document
	// Metrics are the names of the time series that a run served while it was going on.
	Metrics map[string][]string

	missing string
}

func (e *Evidence) miss(format string, args ...any) {
	if e.missing == "" {
		e.missing = fmt.Sprintf(format, args...)
	}
}

// group are cells of one experiment.
type group []result.Cell

// cells are those of an experiment whose name matches the pattern, a path with * for any
// one word. At least one must be there, and none void.
func (e *Evidence) cells(experiment, pattern string) group {
	found := e.trials(experiment, pattern)
	for _, c := range found {
		if c.Void {
			e.miss("%s is void: %s", c.Name(), strings.Join(c.Reasons, "; "))
		}
	}
	return found
}

// trials are the same, void ones too: for what counts whenever it happened.
func (e *Evidence) trials(experiment, pattern string) (found group) {
	run := e.Runs[experiment]
	if run == nil {
		e.miss("the experiment %s has no result", experiment)
		return nil
	}
	if !run.Run.Complete {
		e.miss("the experiment %s did not come to its end", experiment)
	}
	if !run.Run.RealRedis {
		e.miss("the experiment %s was run on no real Redis", experiment)
	}
	for _, c := range run.Cells {
		if ok, _ := path.Match(pattern, c.Name()); !ok { // patterns are constants, which the tests try
			continue
		}
		found = append(found, c)
	}
	if len(found) == 0 {
		e.miss("the experiment %s has no cell %s", experiment, pattern)
	}
	return found
}

// metrics says which time series a run has served.
func (e *Evidence) metrics(experiment string) map[string]bool {
	served := map[string]bool{}
	for _, name := range e.Metrics[experiment] {
		served[name] = true
	}
	return served
}

// drivers is the number of clients behind which the cells ran.
func (g group) drivers() int {
	seen := map[string]bool{}
	for _, c := range g {
		seen[c.Driver] = true
	}
	return len(seen)
}

// errors are the kinds of errors that operations ended in, in alphabetical order.
func (g group) errors() []string {
	kinds := map[string]bool{}
	for _, c := range g {
		if c.Noticed != nil {
			for kind := range c.Noticed.Errors {
				kinds[kind] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(kinds))
}

// least is the smallest known value of a field.
func (g group) least(of func(*result.Cell) *float64) (least float64) {
	first := true
	for i := range g {
		if v := of(&g[i]); v != nil && (first || *v < least) {
			least, first = *v, false
		}
	}
	return least
}

// count says how many cells have the verdict.
func (g group) count(verdict string) (n int) {
	for _, c := range g {
		if c.Verdict == verdict {
			n++
		}
	}
	return n
}

// recovered says after how many faults the limiter answered again.
func (g group) recovered() (n int) {
	for _, c := range g {
		if c.RecoveryMS != nil {
			n++
		}
	}
	return n
}

// all says that every cell has the verdict.
func (g group) all(verdict string) bool { return len(g) > 0 && g.count(verdict) == len(g) }

// most is the largest value of a field.
func (g group) most(of func(*result.Cell) float64) (most float64) {
	for i := range g {
		most = max(most, of(&g[i]))
	}
	return most
}

// sum adds a field up.
func (g group) sum(of func(*result.Cell) float64) (sum float64) {
	for i := range g {
		sum += of(&g[i])
	}
	return sum
}

// counted are the values of a field that must not be null: none counted is not none.
func (e *Evidence) counted(g group, what string, of func(*result.Cell) *float64) (values []float64) {
	for i := range g {
		v := of(&g[i])
		if v == nil {
			e.miss("%s of %s were not counted", what, g[i].Name())
			return nil
		}
		values = append(values, *v)
	}
	return values
}

// most is the largest of what was counted.
func (e *Evidence) most(g group, what string, of func(*result.Cell) *float64) (most float64) {
	for _, v := range e.counted(g, what, of) {
		most = max(most, v)
	}
	return most
}

// sum adds up what was counted.
func (e *Evidence) sum(g group, what string, of func(*result.Cell) *float64) (sum float64) {
	for _, v := range e.counted(g, what, of) {
		sum += v
	}
	return sum
}

// median is that of a field which may be null, over the cells where it is not.
func (e *Evidence) median(g group, what string, of func(*result.Cell) *float64) float64 {
	var values []float64
	for i := range g {
		if v := of(&g[i]); v != nil {
			values = append(values, *v)
		}
	}
	if len(values) == 0 {
		if len(g) > 0 {
			e.miss("%s of %s was not measured", what, g[0].Name())
		}
		return 0
	}
	return stats.Median(values)
}

// explored is the document of an exploration that was exhausted and is confirmed on a
// real server.
func (e *Evidence) explored(experiment string) *evidence.Document {
	d := e.Explored[experiment]
	switch {
	case d == nil:
		e.miss("the experiment %s has no result", experiment)
	case !d.Suite.Exhausted:
		e.miss("%s was not exhausted: nothing is proven", experiment)
	case d.Confirmation == nil:
		e.miss("%s was not confirmed on a real server", experiment)
	default:
		return d
	}
	return &evidence.Document{Confirmation: &evidence.Confirmation{}}
}

// broken is the shortest counterexample of those that have the trace, such as
// "fixedwindow-naive/overshoot"; nil if nothing breaks.
func broken(d *evidence.Document, trace string) (least *evidence.Finding) {
	for i, f := range d.Findings {
		if f.Trace == "traces/"+trace+".json" && (least == nil || f.Steps < least.Steps) {
			least = &d.Findings[i]
		}
	}
	return least
}

// must is broken, where something has to break.
func (e *Evidence) must(d *evidence.Document, trace string) evidence.Finding {
	f := broken(d, trace)
	if f == nil {
		e.miss("no schedule has %s", trace)
		return evidence.Finding{}
	}
	return *f
}

// intact demands that no schedule has any of the traces.
func (e *Evidence) intact(d *evidence.Document, traces ...string) {
	for _, trace := range traces {
		if broken(d, trace) != nil {
			e.miss("a schedule has %s", trace)
		}
	}
}

// page is where a counterexample is explained.
func page(experiment, trace string) string { return experiment + "/traces/" + trace + ".md" }

// summary is where the cells of an experiment are tabled.
func summary(experiment string) string { return experiment + "/summary.md" }
