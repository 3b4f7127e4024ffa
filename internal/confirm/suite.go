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
	// Edges are those of the state graphs of subjects without WATCH, each run on the
	// server; Schedules those of the subjects with it, one of every set that differs in
	// nothing but the order of steps that do not notice each other.
	Edges, Schedules int
	// Replays is how often a counterexample was run, and Counterexamples how many were.
	Replays, Counterexamples int
	// TimeEmulated says that a replay had to wait where the clock advances.
	TimeEmulated bool
	// Refused says of each counterexample that one server cannot play why.
	Refused []string
}

// Graphs confirms what the graphs of a suite are made of: every edge of the scenarios in
// which nothing happens but that time passes, and for subjects that WATCH the schedules
// of three clients with one request each. Progress may be nil.
func (t *Tally) Graphs(ctx context.Context, on Target, s explore.Suite) error {
	all, done := len(s.Subjects)*len(s.Limits), 0
	for _, subject := range s.Subjects {
		for _, limit := range s.Limits {
			x := explore.New(subject, limit, s.Budget)
			if err := t.graphs(ctx, on, x, s.Scenarios); err != nil {
				return fmt.Errorf("confirm %s with limit %d: %w", subject.Name, limit.L, err)
			}
			if done++; s.Progress != nil {
				s.Progress(done, all)
			}
		}
	}
	return nil
}

// graphs confirms one subject under one limit.
func (t *Tally) graphs(ctx context.Context, on Target, x *explore.Exploration, scenarios []explore.Scenario) error {
	for _, s := range scenarios {
		three := s.Clients == 3 && s.Requests == 1
		if len(s.Events) > 0 || s.Deaths > 0 || x.Watches() && !three {
			continue // its edges are those of its base, and of what one server cannot do
		}
		// The first walk loads the scripts and shows whether anything is watched.
		if err := x.EachEdge(s, func(explore.Edge) bool { return ctx.Err() == nil }); err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		confirm := t.edges
		if x.Watches() {
			confirm = t.schedules
		}
		if err := confirm(ctx, on, x, s); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tally) edges(ctx context.Context, on Target, x *explore.Exploration, s explore.Scenario) error {
	e, err := NewEdges(ctx, on, x.Scripts(), x.Keyspace)
	if err != nil {
		return err
	}
	defer e.Close()
	var failed error
	err = x.EachEdge(s, func(edge explore.Edge) bool {
		failed = e.Check(edge)
		return failed == nil
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	n, _, err := e.Finish()
	t.Edges += n
	return err
}

func (t *Tally) schedules(ctx context.Context, on Target, x *explore.Exploration, s explore.Scenario) error {
	var failed error
	err := x.Representatives(s, mostSchedules, func(trace transcript.Trace) bool {
		_, failed = Replay(ctx, on, trace, 1)
		t.Schedules++
		return failed == nil
	})
	return errors.Join(err, failed)
}

// Counterexample replays a trace and notes in it where it was confirmed, unless it was
// elsewhere before. One that a single server cannot play is left as it is.
func (t *Tally) Counterexample(ctx context.Context, on Target, trace *transcript.Trace, times int) error {
	evidence, err := Replay(ctx, on, *trace, times)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		t.Refused = append(t.Refused, fmt.Sprintf("%s in %s: %s", trace.Subject, trace.Scenario, refusal.Why))
		return nil
	}
	if err != nil {
		return fmt.Errorf("replay %s in %s: %w", trace.Subject, trace.Scenario, err)
	}
	if trace.ServerVersion == "" {
		trace.ServerVersion, trace.TimeEmulated = evidence.ServerVersion, evidence.TimeEmulated
	}
	t.Replays += evidence.Times
	t.Counterexamples++
	t.TimeEmulated = t.TimeEmulated || evidence.TimeEmulated
	return nil
}
