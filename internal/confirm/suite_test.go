package confirm

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// subject is a technique as the explorer explores it.
func subject(t *testing.T, algorithm, technique string) explore.Subject {
	t.Helper()
	list := all.Algorithms()
	a := list[slices.IndexFunc(list, func(a algorithms.Algorithm) bool { return a.Name == algorithm })]
	tech, err := a.Technique(technique)
	if err != nil {
		t.Fatal(err)
	}
	s, err := explore.Limiter(a, tech)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func scenarioNamed(t *testing.T, name string) explore.Scenario {
	t.Helper()
	all := explore.Scenarios()
	i := slices.IndexFunc(all, func(s explore.Scenario) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no scenario %s", name)
	}
	return all[i]
}

// explored is a subject with limit 1 on a model with a defect.
func exploredWith(t *testing.T, algorithm, technique string, d modelredis.Defect) *explore.Exploration {
	t.Helper()
	x := explore.New(subject(t, algorithm, technique), algorithms.NewLimit(1, time.Second), explore.DefaultBudget)
	x.Seed(d)
	return x
}

// The whole way, from a technique to a real server, notices a model that is wrong in
// what it does by a millisecond or in what it aborts, and nothing else.
func TestTheWholeWayHasTeeth(t *testing.T) {
	target := server(t)
	for _, c := range []struct {
		defect                         modelredis.Defect
		algorithm, technique, scenario string
	}{
		{modelredis.None, "fixedwindow", "naive", "deadline"},
		{modelredis.EarlyExpiry, "fixedwindow", "naive", "deadline"},
		{modelredis.None, "gcra", "multi", "race-3"},
		{modelredis.DeafWatch, "gcra", "multi", "race-3"},
	} {
		t.Run(c.technique+"/"+string(c.defect), func(t *testing.T) {
			var tally Tally
			x := exploredWith(t, c.algorithm, c.technique, c.defect)
			err := tally.graphs(t.Context(), target, x, []explore.Scenario{scenarioNamed(t, c.scenario)})
			var d *Divergence
			if found := errors.As(err, &d); found != (c.defect != modelredis.None) || err != nil && !found {
				t.Errorf("the error is %v", err)
			}
			if tally.Edges+tally.Schedules == 0 && err == nil {
				t.Error("nothing was compared")
			}
		})
	}
}

// A counterexample is replayed as often as asked for, and says where; one that a server
// cannot play is counted apart.
func TestCounterexamplesAreReplayed(t *testing.T) {
	target := server(t)
	var tally Tally
	x := exploredWith(t, "fixedwindow", "incr-expire", modelredis.None)
	for _, s := range []explore.Scenario{scenarioNamed(t, "death"), {Name: "own", Clients: 2, Requests: 1, Losses: 1, Events: map[explore.Event]int{explore.StepClock: 1}}} {
		trace := firstTrace(t, x, s)
		if err := tally.Counterexample(t.Context(), target, &trace, 100); err != nil {
			t.Fatal(err)
		}
	}
	if tally.Replays != 100 || tally.Counterexamples != 1 || len(tally.Refused) != 1 {
		t.Errorf("the tally is %+v, want 100 replays of one and one refused", tally)
	}
}

// firstTrace is a schedule of a scenario: the minimal counterexample, or the first with an
// event.
func firstTrace(t *testing.T, x *explore.Exploration, s explore.Scenario) (found transcript.Trace) {
	t.Helper()
	if s.Deaths > 0 {
		g, err := x.Explore(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		w, err := g.Minimal(t.Context(), explore.WithoutTTL)
		if err != nil {
			t.Fatal(err)
		}
		if found, err = g.Trace(explore.WithoutTTL, w); err != nil {
			t.Fatal(err)
		}
		return found
	}
	err := x.Representatives(s, mostSchedules, func(trace transcript.Trace) bool {
		found = trace
		return !slices.ContainsFunc(trace.Steps, func(s transcript.Step) bool { return s.Kind == transcript.StepClock })
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
