package confirm

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/drivers"
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

// passes are what confirms the graphs of a subject, each alone.
var passes = map[string]func(g graphs, s []explore.Scenario) error{
	"edges":     graphs.edges,
	"effects":   func(g graphs, _ []explore.Scenario) error { return g.effects() },
	"schedules": func(g graphs, _ []explore.Scenario) error { return g.schedules() },
}

// Each pass, from a technique to a real server, notices a model that is wrong in what it
// does by a millisecond or in what it aborts, and nothing else. A limiter whose keys are
// watched meets their end in its schedules too.
func TestEveryPassHasTeeth(t *testing.T) {
	target := server(t)
	for _, c := range []struct {
		pass                           string
		defect                         modelredis.Defect
		algorithm, technique, scenario string
	}{
		{"edges", modelredis.None, "fixedwindow", "naive", "deadline"},
		{"edges", modelredis.EarlyExpiry, "fixedwindow", "naive", "deadline"},
		{"effects", modelredis.None, "fixedwindow", "multi", "deadline"},
		{"effects", modelredis.EarlyExpiry, "fixedwindow", "multi", "deadline"},
		{"schedules", modelredis.None, "gcra", "multi", "race"},
		{"schedules", modelredis.DeafWatch, "gcra", "multi", "race"},
		{"schedules", modelredis.EarlyExpiry, "gcra", "multi", "race"},
		{"schedules", modelredis.EarlyExpiry, "fixedwindow", "watch-late", "race"},
	} {
		t.Run(c.pass+"/"+c.technique+"/"+string(c.defect), func(t *testing.T) {
			g := confirming(t, target, exploredWith(t, c.algorithm, c.technique, c.defect))
			explored, err := g.explore([]explore.Scenario{scenarioNamed(t, c.scenario)})
			if err != nil {
				t.Fatal(err)
			}
			err = passes[c.pass](g, explored)
			var d *Divergence
			if found := errors.As(err, &d); found != (c.defect != modelredis.None) || err != nil && !found {
				t.Errorf("the error is %v", err)
			}
			if g.Edges+g.Effects+g.Schedules == 0 && err == nil {
				t.Error("nothing was compared")
			}
		})
	}
}

func confirming(t *testing.T, on Target, x *explore.Exploration) graphs {
	return graphs{Tally: &Tally{}, ctx: t.Context(), on: on, x: x, name: t.Name()}
}

// What is confirmed of a subject does not depend on the order of scenarios, nor on whether
// one is selected in which three clients race.
func TestWhatWatchesHasSchedulesAndEffects(t *testing.T) {
	target := server(t)
	for _, c := range []struct {
		technique string
		watches   bool
	}{{"multi", true}, {"naive", false}} {
		g := confirming(t, target, exploredWith(t, "gcra", c.technique, modelredis.None))
		if err := g.confirm([]explore.Scenario{scenarioNamed(t, "eviction"), scenarioNamed(t, "race")}); err != nil {
			t.Fatal(err)
		}
		schedules := g.Schedules > 0 && g.AtDeadline > 0
		if g.Effects == 0 || schedules != c.watches || (g.Edges == 0) != c.watches {
			t.Errorf("%s: %+v", c.technique, g.Tally)
		}
	}
}

// A graph that has no end within the budget is said to be open, and its edges are not
// walked; what was met of it is confirmed.
func TestWhatHasNoEndIsOpen(t *testing.T) {
	x := explore.New(subject(t, "gcra", "naive"), algorithms.NewLimit(1, time.Second), explore.Budget{States: 100, Bytes: 1 << 30})
	g := confirming(t, server(t), x)
	if err := g.confirm([]explore.Scenario{scenarioNamed(t, "race"), scenarioNamed(t, "again-3")}); err != nil {
		t.Fatal(err)
	}
	if len(g.Open) != 1 || !strings.Contains(g.Open[0], "again-3: more than 100 states: bound reached") || g.Edges == 0 || g.Edges > 100 || g.Effects == 0 {
		t.Errorf("the tally is %+v", g.Tally)
	}
}

// What cannot be explored is said, and the others are confirmed.
func TestRefusedSubjectKeepsNobodyElse(t *testing.T) {
	broken := explore.Pattern(patterns.Program{Pattern: "own", Name: "broken", Roles: []patterns.Role{{Name: "client",
		Run: func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			_, err := conn.Do(ctx, "LOLWUT")
			return "", err
		}}}})
	var tally Tally
	err := tally.Graphs(t.Context(), server(t), explore.Suite{
		Subjects: []explore.Subject{broken, subject(t, "gcra", "naive")}, Scenarios: []explore.Scenario{scenarioNamed(t, "race")},
		Limits: []algorithms.Limit{algorithms.NewLimit(1, time.Second)}, Budget: explore.DefaultBudget,
	})
	if err != nil || len(tally.Open) != 1 || !strings.Contains(tally.Open[0], "LOLWUT") || tally.Edges == 0 {
		t.Errorf("error %v, tally %+v", err, tally)
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
