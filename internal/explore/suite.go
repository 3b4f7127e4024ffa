package explore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/transcript"
)

// Suite is every subject in every scenario under every limit.
type Suite struct {
	Subjects  []Subject
	Scenarios []Scenario
	Limits    []algorithms.Limit
	Budget    Budget
	// Workers is how many subjects are explored at the same time.
	Workers int
	// Progress is called, one call at a time, whenever a subject is done under one limit;
	// nil for nobody who wants to know.
	Progress func(done, all int)
}

// Report is what a suite has found, in the order of subjects, scenarios and properties.
type Report struct {
	// Pairs is the number of explored graphs: subject, scenario and limit.
	Pairs         int
	States, Edges int
	Schedules     Count
	Explored      []Explored
	Findings      []Finding
	Open          []Open
	// Refused are the subjects that cannot be explored: nothing else is said of them.
	Refused []Refused
}

// Refused is a subject that cannot be explored.
type Refused struct {
	Subject Subject
	Err     error
}

// Open is a graph that was not exhausted: nothing is proven of it.
type Open struct {
	Subject  Subject
	Scenario Scenario
	Limit    algorithms.Limit
	Err      error
}

// String is a sentence.
func (o Open) String() string {
	return fmt.Sprintf("%s in %s with limit %d: %v", o.Subject.Name, o.Scenario.Name, o.Limit.L, o.Err)
}

// Exhausted says that no bound was reached.
func (r *Report) Exhausted() bool { return len(r.Open) == 0 }

// Finding is a broken property of a subject in a scenario, under the limit under which it
// costs least to break: of several the smallest.
type Finding struct {
	Subject Subject
	// Scenario is where it was found, without Column and Forgives if it takes no event.
	Scenario Scenario
	Property Property
	Limit    algorithms.Limit
	Cost
	// Schedules and Bad are those of the graph.
	Schedules, Bad Count
	Trace          transcript.Trace
}

// Explored is a subject in a scenario, under all limits.
type Explored struct {
	Subject   Subject
	Scenario  Scenario
	Schedules Count
	// Broken are the properties that some schedule breaks. Those that are broken in the
	// scenario's Base too have no finding here.
	Broken []Property
	// Clockless says that no client reads the clock that is off: the graphs are those of
	// the Base.
	Clockless bool
}

// Run explores the suite. The error is that of the first subject if none can be explored;
// a graph that was not exhausted is none.
func (s Suite) Run(ctx context.Context) (*Report, error) {
	jobs := make(chan int)
	done := make([]job, len(s.Subjects)*len(s.Limits))
	var mu sync.Mutex
	var workers sync.WaitGroup
	ready := 0
	for range max(1, s.Workers) {
		workers.Go(func() {
			for i := range jobs {
				done[i] = s.explore(ctx, s.Subjects[i/len(s.Limits)], s.Limits[i%len(s.Limits)])
				mu.Lock()
				if ready++; s.Progress != nil {
					s.Progress(ready, len(done))
				}
				mu.Unlock()
			}
		})
	}
	for i := range done {
		jobs <- i
	}
	close(jobs)
	workers.Wait()
	return s.report(done)
}

// job is a subject under one limit in every scenario.
type job struct {
	results []result          // by scenario
	bases   map[string]result // of scenarios that are not in the suite themselves
	err     error
}

// result is what came out of one scenario.
type result struct {
	Outcome
	found []Finding
	open  error // why the graph was not exhausted
	// repeated says that it is the result of an earlier scenario, and reported there.
	repeated bool
	// clockless says that no client reads the clock that is off.
	clockless bool
	// none says that there was nothing to explore: the base of a scenario without one.
	none bool
}

func (s Suite) explore(ctx context.Context, of Subject, l algorithms.Limit) (j job) {
	x := New(of, l, s.Budget)
	j = job{bases: map[string]result{}}
	for n, sc := range s.Scenarios {
		var r result
		if earlier := s.repeated(n, of, l); earlier >= 0 {
			r = j.results[earlier]
			r.repeated = true
		} else if r, j.err = x.examine(ctx, sc, s.base(ctx, x, j, sc)); j.err != nil {
			return j
		}
		j.results = append(j.results, r)
	}
	return j
}

// repeated finds an earlier scenario that has the same bounds for this subject, -1 for
// none: a pattern has as many clients as roles in all of them.
func (s Suite) repeated(n int, of Subject, l algorithms.Limit) int {
	return slices.IndexFunc(s.Scenarios[:n], func(earlier Scenario) bool {
		return reflect.DeepEqual(earlier.bounds(of, l), s.Scenarios[n].bounds(of, l))
	})
}

// base is the result of the scenario without the events of another one, which is
// explored for that alone if it is not in the suite.
func (s Suite) base(ctx context.Context, x *Exploration, j job, of Scenario) result {
	named := func(sc Scenario) bool { return sc.Name == of.Base }
	if i := slices.IndexFunc(s.Scenarios, named); i >= 0 && i < len(j.results) {
		return j.results[i]
	}
	all := Scenarios()
	i := slices.IndexFunc(all, named)
	if i < 0 {
		return result{none: true}
	}
	r, known := j.bases[of.Base]
	if !known {
		g, err := x.Explore(ctx, all[i])
		if r.open = err; err == nil {
			r.Outcome = g.Outcome
		}
		j.bases[of.Base] = r
	}
	return r
}

// examine explores one graph and finds the minimal counterexample to each property that
// is broken in it and not in its base.
func (x *Exploration) examine(ctx context.Context, s Scenario, base result) (r result, err error) {
	if s.Skew != 0 && !base.none && base.open == nil && !x.readsClock() {
		// Nobody can tell the two graphs apart.
		r = result{Outcome: base.Outcome, clockless: true}
		r.Scenario, r.States, r.Edges = s.Name, 0, 0
		return r, nil
	}
	g, err := x.Explore(ctx, s)
	if errors.Is(err, ErrBound) {
		return result{Outcome: Outcome{Limit: x.limit}, open: err}, nil
	}
	if err != nil {
		return result{}, err
	}
	r = result{Outcome: g.Outcome}
	for _, p := range r.Broken() {
		if slices.Contains(base.Broken(), p) {
			continue
		}
		f, err := g.counterexample(ctx, s, p)
		if errors.Is(err, ErrBound) {
			return result{Outcome: Outcome{Limit: x.limit}, open: err}, nil
		}
		if err != nil {
			return result{}, err
		}
		r.found = append(r.found, f)
	}
	return r, nil
}

// readsClock says that the subject, as far as it was explored, reads a client's clock.
func (x *Exploration) readsClock() bool {
	return slices.ContainsFunc(x.tables.programs, func(p *program) bool {
		return slices.ContainsFunc(p.nodes, func(n node) bool { return n.kind == readClock })
	})
}

func (g *Graph) counterexample(ctx context.Context, s Scenario, p Property) (Finding, error) {
	way, err := g.Minimal(ctx, p)
	if err != nil {
		return Finding{}, err
	}
	if way.Events == 0 && s.Skew == 0 { // what may happen in the scenario has no part in it
		s.Column, s.Forgives = "", ""
	}
	t, err := g.Trace(p, way)
	return Finding{Subject: g.subject, Scenario: s, Property: p, Limit: g.limit, Cost: way.Cost,
		Schedules: g.Schedules, Bad: g.Bad[slices.Index(Properties[:], p)], Trace: t}, err
}

func (s Suite) report(done []job) (*Report, error) {
	r := &Report{}
	for i, subject := range s.Subjects {
		jobs := done[i*len(s.Limits) : (i+1)*len(s.Limits)]
		if n := slices.IndexFunc(jobs, func(j job) bool { return j.err != nil }); n >= 0 {
			r.Refused = append(r.Refused, Refused{subject, jobs[n].err})
			continue
		}
		for n, sc := range s.Scenarios {
			r.add(subject, sc, resultsOf(jobs, n))
		}
	}
	if len(r.Refused) > 0 && len(r.Refused) == len(s.Subjects) {
		return nil, r.Refused[0].Err
	}
	return r, nil
}

// resultsOf are the results of one scenario, by limit.
func resultsOf(jobs []job, n int) (results []result) {
	for _, j := range jobs {
		if !j.results[n].repeated {
			results = append(results, j.results[n])
		}
	}
	return results
}

// add reports one subject in one scenario, from its results by limit.
func (r *Report) add(of Subject, s Scenario, results []result) {
	all := Explored{Subject: of, Scenario: s}
	var found []Finding
	for _, one := range results {
		if one.open != nil {
			r.Open = append(r.Open, Open{of, s, one.Limit, one.open})
			continue
		}
		r.Pairs++
		r.States += one.States
		r.Edges += one.Edges
		r.Schedules = r.Schedules.plus(one.Schedules)
		all.Schedules = all.Schedules.plus(one.Schedules)
		all.Clockless = one.clockless
		for _, p := range one.Broken() {
			if !slices.Contains(all.Broken, p) {
				all.Broken = append(all.Broken, p)
			}
		}
		for _, f := range one.found {
			found = cheapest(found, f)
		}
	}
	r.Findings = append(r.Findings, found...)
	if !all.Schedules.IsZero() {
		r.Explored = append(r.Explored, all)
	}
}

// cheapest adds a finding unless one of the same property costs no more.
func cheapest(list []Finding, f Finding) []Finding {
	i := slices.IndexFunc(list, func(g Finding) bool { return g.Property == f.Property })
	switch {
	case i < 0:
		return append(list, f)
	case f.Cost.Compare(list[i].Cost) < 0:
		list[i] = f
	}
	return list
}
