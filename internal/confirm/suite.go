package confirm

import (
	"context"
	"errors"
	"fmt"

	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/transcript"
)

// mostSchedules are confirmed of one subject in one scenario under one limit.
const mostSchedules = 20_000

// Tally is what was confirmed on one server. A divergence ends everything, so that there
// is none in a tally that is complete.
type Tally struct {
	Server string
	// Effects are the different steps of all graphs: what one request, or nothing but
	// time, makes of one keyspace at one instant. Each was run on a keyspace of its own.
	Effects int
	// Edges are those of the graphs, without events but ticks, of subjects without WATCH:
	// run one after the other, each on what those before have made, the same effects
	// again and again.
	Edges int
	// Schedules are of subjects that WATCH: one of every set that differs in nothing but
	// the order of steps that do not notice each other, of three clients with one request
	// each. AtDeadline are those of two clients, while the clock goes to the deadline of
	// what one of them makes, and beyond. Both are run whatever the suite's scenarios are.
	Schedules, AtDeadline int
	// Open says what was not confirmed as a whole: because it has no end within bounds, or
	// because this server is known to do some of it otherwise.
	Open []string
	Replayed
}

// Replayed is what was confirmed of counterexamples.
type Replayed struct {
	// Replays is how often a counterexample was run, and Counterexamples how many were.
	Replays, Counterexamples int
	// TimeEmulated says that a replay had to wait where the clock advances.
	TimeEmulated bool
	// Refused says of each counterexample that one server cannot play why.
	Refused []string
}

// Graphs confirms what the graphs of a suite are made of: every different effect; every
// edge of the scenarios in which nothing happens but that time passes; and of subjects that
// WATCH, where an effect depends on the connection too, schedules. Progress may be nil.
func (t *Tally) Graphs(ctx context.Context, on Target, s explore.Suite) error {
	all, done := len(s.Subjects)*len(s.Limits), 0
	for _, subject := range s.Subjects {
		for _, limit := range s.Limits {
			g := graphs{Tally: t, ctx: ctx, on: on, x: explore.New(subject, limit, s.Budget)}
			g.name = fmt.Sprintf("%s with limit %d", subject.Name, limit.L)
			if err := g.confirm(s.Scenarios); err != nil {
				return fmt.Errorf("confirm %s: %w", g.name, err)
			}
			if done++; s.Progress != nil {
				s.Progress(done, all)
			}
		}
	}
	return nil
}

// graphs are those of one subject under one limit.
type graphs struct {
	*Tally
	ctx  context.Context
	on   Target
	x    *explore.Exploration
	name string
}

func (g graphs) confirm(scenarios []explore.Scenario) error {
	explored, refusal := g.explore(scenarios)
	switch {
	case g.ctx.Err() != nil:
		return context.Cause(g.ctx)
	case refusal != nil: // it keeps nobody else from being confirmed
		g.Open = append(g.Open, fmt.Sprintf("%s: %v", g.name, refusal))
		return nil
	}
	rest := func() error { return g.edges(explored) }
	if g.x.Watches() {
		rest = g.schedules
	}
	if err := g.effects(); err != nil {
		return err
	}
	return rest()
}

// explore explores each different graph once, and returns those that were exhausted. The
// error is why the subject cannot be explored at all.
func (g graphs) explore(scenarios []explore.Scenario) (explored []explore.Scenario, err error) {
	for _, s := range scenarios {
		if g.x.Repeats(s, explored) {
			continue
		}
		_, err := g.x.Explore(g.ctx, s)
		if err == nil {
			explored = append(explored, s)
		} else if err = g.within(s.Name, err); err != nil {
			return nil, err
		}
	}
	return explored, nil
}

// within notes that a bound was reached, and lets other errors through.
func (g graphs) within(what string, err error) error {
	if errors.Is(err, explore.ErrBound) {
		g.Open = append(g.Open, fmt.Sprintf("%s, %s: %v", g.name, what, err))
		return nil
	}
	return err
}

// effects confirms every different effect that exploring has met.
func (g graphs) effects() error {
	e, err := NewEdges(g.ctx, g.on, g.x.Scripts(), g.x.Keyspace)
	if err != nil {
		return err
	}
	defer e.Close()
	var list []explore.Edge
	g.x.EachEffect(func(edge explore.Edge) bool {
		list = append(list, edge)
		return true
	})
	left, err := e.Effects(list)
	if err != nil {
		return err
	}
	g.leave("different steps", left)
	n, _, err := e.Finish()
	g.Effects += n
	return err
}

// edges confirms every edge of the graphs without events.
func (g graphs) edges(scenarios []explore.Scenario) error {
	for _, s := range scenarios {
		if len(s.Events) > 0 {
			continue // its edges without the event are those of its base
		}
		if err := g.edgesOf(s); err != nil {
			return err
		}
	}
	return nil
}

func (g graphs) edgesOf(s explore.Scenario) error {
	e, err := NewEdges(g.ctx, g.on, g.x.Scripts(), g.x.Keyspace)
	if err != nil {
		return err
	}
	defer e.Close()
	var failed error
	err = g.x.EachEdge(s, func(edge explore.Edge) bool {
		failed = e.Check(edge)
		return failed == nil
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	n, _, err := e.Finish()
	g.Edges += n
	return err
}

// schedules confirms schedules of a subject that watches.
func (g graphs) schedules() (err error) {
	s, err := newStage(g.ctx, g.on)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	three := explore.Scenario{Clients: 3, Requests: 1}
	err = g.each(s, &g.Schedules, "schedules of three clients", func(fn func(transcript.Trace) bool) error {
		return g.x.Representatives(three, mostSchedules, fn)
	})
	if err != nil {
		return err
	}
	return g.each(s, &g.AtDeadline, "schedules at a deadline", func(fn func(transcript.Trace) bool) error {
		return g.x.RepresentativesAtDeadline(mostSchedules, fn)
	})
}

// each replays some schedules once each, and counts them.
func (g graphs) each(s *stage, count *int, what string, schedules func(func(transcript.Trace) bool) error) error {
	var failed error
	left := 0
	err := schedules(func(trace transcript.Trace) bool {
		_, failed = s.replay(trace, 1)
		var refusal *Refusal
		switch {
		case errors.As(failed, &refusal):
			failed = nil
			left++
		case failed == nil:
			*count++
		}
		return failed == nil
	})
	g.leave(what, left)
	return errors.Join(g.within(what, err), failed)
}

// leave notes how much was left out because this server does it otherwise.
func (g graphs) leave(what string, n int) {
	if n > 0 {
		g.Open = append(g.Open, fmt.Sprintf("%s, %d %s in which %s", g.name, n, what, otherwise))
	}
}

// Counterexample replays a trace and notes in it where it was confirmed, unless it was
// elsewhere before. One that a single server cannot play is left as it is.
func (r *Replayed) Counterexample(ctx context.Context, on Target, trace *transcript.Trace, times int) error {
	evidence, err := Replay(ctx, on, *trace, times)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		r.Refused = append(r.Refused, fmt.Sprintf("%s in %s: %s", trace.Subject, trace.Scenario, refusal.Why))
		return nil
	}
	if err != nil {
		return fmt.Errorf("replay %s in %s: %w", trace.Subject, trace.Scenario, err)
	}
	if trace.ServerVersion == "" {
		trace.ServerVersion, trace.TimeEmulated = evidence.ServerVersion, evidence.TimeEmulated
	}
	r.Replays += evidence.Times
	r.Counterexamples++
	r.TimeEmulated = r.TimeEmulated || evidence.TimeEmulated
	return nil
}
