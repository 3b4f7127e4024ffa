package claims

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// Evidence is the results of experiments by name. The first question that they cannot
// answer is kept: what is made of the answer is worth nothing.
type Evidence struct {
	Runs     map[string]*result.Result
	Explored map[string]*evidence.Document
	// Metrics are what a run served while it was going on: of each name the sum over its
	// time series.
	Metrics map[string]map[string]float64

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

// metrics are what a run has served.
func (e *Evidence) metrics(experiment string) map[string]float64 {
	if len(e.Metrics[experiment]) == 0 {
		e.miss("the metrics of the experiment %s were not asked for", experiment)
	}
	return e.Metrics[experiment]
}

// names are those of the runs, in alphabetical order.
func (e *Evidence) names() []string { return slices.Sorted(maps.Keys(e.Runs)) }

// Mixture says in a clause in which respect the runs are not those of one series; empty if
// they are.
func (e *Evidence) Mixture() string {
	names := e.names()
	for _, name := range names {
		a, b := e.Runs[names[0]].Run, e.Runs[name].Run
		for _, in := range []struct{ what, a, b string }{
			{"version", a.Version, b.Version},
			{"seed", strconv.FormatUint(a.Seed, 10), strconv.FormatUint(b.Seed, 10)},
			{"machine", a.Machine, b.Machine},
		} {
			if in.a != in.b {
				return fmt.Sprintf("the %s of %s is %q, that of %s is %q", in.what, names[0], in.a, name, in.b)
			}
		}
	}
	return ""
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

// span is the smallest and the largest known value of a field. What is less than one is
// said to be so: no fault is noticed after 0 ms.
func (g group) span(of func(*result.Cell) *float64) string {
	least, most := g.least(of), g.most(known(of))
	switch low, high := fmt.Sprintf("%.0f", least), fmt.Sprintf("%.0f", most); {
	case most < 1:
		return "less than 1"
	case least < 1:
		return "at most " + high
	case low != high:
		return low + " to " + high
	default:
		return high
	}
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

// unrecovered are the cells whose limiter did not answer again after a fault.
func (g group) unrecovered() group {
	return slices.DeleteFunc(slices.Clone(g), func(c result.Cell) bool { return c.RecoveryMS != nil })
}

// subjects names the clients of the cells, each with the policies around it:
// "redigo with breaker, fail-sql".
func (g group) subjects() string {
	policies := map[string][]string{}
	for _, c := range g {
		policy := cmp.Or(c.Policy, "no policy")
		if !slices.Contains(policies[c.Driver], policy) {
			policies[c.Driver] = append(policies[c.Driver], policy)
		}
	}
	var said []string
	for _, driver := range slices.Sorted(maps.Keys(policies)) {
		said = append(said, driver+" with "+strings.Join(slices.Sorted(slices.Values(policies[driver])), ", "))
	}
	return strings.Join(said, "; ")
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

// broken is the shortest counterexample of those that have one of the traces, such as
// "fixedwindow-naive/overshoot"; nil if nothing breaks.
func broken(d *evidence.Document, traces ...string) (least *evidence.Finding) {
	for i, f := range d.Findings {
		trace := strings.TrimSuffix(strings.TrimPrefix(f.Trace, "traces/"), ".json")
		if slices.Contains(traces, trace) && (least == nil || f.Steps < least.Steps) {
			least = &d.Findings[i]
		}
	}
	return least
}

// share says how many schedules of its scenario a finding breaks; without one that none
// was found, which in an exhausted search means that there is none.
func share(f *evidence.Finding) string {
	if f == nil {
		return "no schedule"
	}
	if none := (explore.Count{}); f.BadSchedules == none { // what is broken in the middle is mended before the end
		return fmt.Sprintf("schedules of `%s` before they end, the shortest in %s", f.Scenario, steps(f.Steps))
	}
	return fmt.Sprintf("%s of %s schedules of `%s`, the shortest in %s", evidence.Shown(f.BadSchedules), evidence.Shown(f.Schedules), f.Scenario, steps(f.Steps))
}

func steps(n int) string {
	if n == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", n)
}

// explained is where a counterexample is, the first of those that there are; without any
// the table of all.
func explained(list ...*evidence.Finding) string {
	for _, f := range list {
		if f != nil {
			return explorer + "/" + strings.TrimSuffix(f.Trace, ".json") + ".md"
		}
	}
	return overview(explorer)
}

// overview is the page of an experiment.
func overview(experiment string) string {
	if experiment == explorer {
		return experiment + "/README.md"
	}
	return experiment + "/summary.md"
}
