package explore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/transcript"
)

// quick are scenarios with one request of each client: what every run of the tests can
// pay for. The whole suite runs as a command.
func quick(t testing.TB) (list []Scenario) {
	for _, name := range []string{"race", "race-3", "window", "death", "again", "lost-reply", "eviction", "failover"} {
		s := scenario(t, name)
		s.Requests = 1
		list = append(list, s)
	}
	return list
}

// Whoever claims to be right is broken nowhere but where it is forgiven, and whoever is
// known to be wrong is broken: an exploration that finds nothing any more has lost its
// teeth.
func TestSubjectsAreBrokenAsExpected(t *testing.T) {
	// These need more than one request of each client, in the scenario that is named.
	needs := map[string]string{
		"fixedwindow/multi-expire": "window", "fixedwindow/lua-bucket": "clock-ahead", "slidinglog/multi-add-first": "window",
		"slidinglog/lua-client-clock": "window", "tokenbucket/lua-client-clock": "window", "tokenbucket/fixed-ttl": "deadline", "gcra/lock": "window",
	}
	s := Suite{Subjects: everySubject(t), Scenarios: quick(t), Limits: []algorithms.Limit{limit(1), limit(2)}, Budget: DefaultBudget, Workers: 2}
	r := report(t, s)
	for _, surprise := range r.Surprises(s.Subjects, false) {
		t.Error(surprise)
	}
	for _, of := range s.Subjects {
		shown := slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Subject.Name == of.Name && f.Scenario.Forgives == "" })
		if name := needs[of.Name]; name != "" {
			more := s
			more.Subjects, more.Scenarios = []Subject{of}, []Scenario{scenario(t, name)}
			shown = len(report(t, more).Findings) > 0
		}
		if wrong := of.Origin.Flaw != "" || strings.HasSuffix(of.Name, "/naive"); wrong && !shown {
			t.Errorf("%s is known to be wrong, and nothing breaks it", of.Name)
		} else if !wrong && of.Atomic && shown && !of.ClientClock {
			t.Errorf("%s is broken", of.Name)
		}
	}
	for _, f := range r.Findings {
		if err := Verify(f.Subject, f.Trace); err != nil {
			t.Errorf("%s in %s: %v", f.Subject.Name, f.Scenario.Name, err)
		}
		if f.Schedules.IsZero() || f.Trace.Violation == "" || f.Trace.Scenario != f.Scenario.Name || f.Trace.Property != string(f.Property) {
			t.Errorf("incomplete finding %+v", f)
		}
	}
}

func report(t *testing.T, s Suite) *Report {
	t.Helper()
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !r.Exhausted() || r.Pairs == 0 {
		t.Fatalf("%d pairs, open: %v", r.Pairs, r.Open)
	}
	return r
}

// What is broken without the events of a scenario is no news in it: not even where the
// scenario without them is one that was met before, as for every pattern.
func TestFindingsAreNews(t *testing.T) {
	s := Suite{Subjects: []Subject{subject(t, "session/get-setex"), subject(t, "fixedwindow/get-set")}, Scenarios: Scenarios(), Limits: []algorithms.Limit{limit(1)}, Budget: DefaultBudget}
	for _, f := range report(t, s).Findings {
		if f.Scenario.Base != "" {
			t.Errorf("%s is broken in %s, which it was in %s", f.Subject.Name, f.Scenario.Name, f.Scenario.Base)
		}
	}
}

// A pattern has the same bounds in many scenarios, and is reported in the first.
func TestScenariosThatAreTheSameAreReportedOnce(t *testing.T) {
	r := report(t, Suite{Subjects: []Subject{subject(t, "cacheaside/delete")}, Scenarios: Scenarios(), Limits: []algorithms.Limit{limit(1), limit(2)}, Budget: DefaultBudget})
	var names []string
	for _, e := range r.Explored {
		names = append(names, e.Scenario.Name)
	}
	if names[0] != "race" || slices.Contains(names, "race-3") || slices.Contains(names, "again") || !slices.Contains(names, "window") {
		t.Errorf("reported in %v", names)
	}
}

// Workers share nothing: the report is the same with one as with several.
func TestWorkersChangeNothing(t *testing.T) {
	s := Suite{Subjects: everySubject(t)[:12], Scenarios: quick(t)[:6], Limits: []algorithms.Limit{limit(1), limit(2)}, Budget: DefaultBudget, Workers: 1}
	calls := 0
	s.Progress = func(done, all int) {
		if calls++; done != calls || all != 24 {
			t.Errorf("call %d: %d of %d done", calls, done, all)
		}
	}
	alone := report(t, s)
	if calls != 24 {
		t.Errorf("%d calls, want 24", calls)
	}
	calls, s.Workers = 0, 4
	together := report(t, s)
	if alone.Schedules != together.Schedules || alone.States != together.States || alone.Edges != together.Edges ||
		len(alone.Findings) != len(together.Findings) {
		t.Errorf("%+v alone, %+v together", alone, together)
	}
	for i, f := range alone.Findings {
		if g := together.Findings[i]; f.Cost != g.Cost || !slices.Equal(f.Trace.Schedule, g.Trace.Schedule) {
			t.Errorf("%v alone, %v together", f.Trace.Schedule, g.Trace.Schedule)
		}
	}
}

// What was not exhausted is not clean, whatever was found in it.
func TestBoundsAreNoProof(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx    context.Context
		budget Budget
	}{
		"states":  {t.Context(), Budget{States: 1, Bytes: 1 << 30}},
		"bytes":   {t.Context(), Budget{States: 1000, Bytes: bytesPerState}},
		"nothing": {t.Context(), Budget{}},
		"context": {ended, DefaultBudget},
	} {
		x := New(subject(t, "fixedwindow/naive"), limit(1), c.budget)
		if g, err := x.Explore(c.ctx, scenario(t, "race")); !errors.Is(err, ErrBound) || g != nil {
			t.Errorf("%s: error %v", name, err)
		}
		r, err := Suite{Subjects: []Subject{x.subject}, Scenarios: Scenarios(), Limits: []algorithms.Limit{limit(1)}, Budget: c.budget}.Run(c.ctx)
		if err != nil || r.Exhausted() || len(r.Explored) > 0 || len(r.Findings) > 0 || r.Pairs > 0 {
			t.Errorf("%s: report %+v, error %v", name, r, err)
		}
		if !strings.Contains(r.Open[0].String(), "fixedwindow/naive in race with limit 1: ") || !errors.Is(r.Open[0].Err, ErrBound) {
			t.Errorf("%s: open because %q", name, r.Open[0])
		}
	}
	_, _, err := exploration(t, "fixedwindow/naive", 1).enumerate(scenario(t, "race"), 11)
	if !errors.Is(err, ErrBound) {
		t.Errorf("enumeration beyond its bound: error %v", err)
	}
}

// The search for a counterexample is bounded too: then the graph counts as open.
func TestBoundOfTheCounterexample(t *testing.T) {
	x := exploration(t, "slidinglog/naive", 2)
	g := explore(t, x, scenario(t, "race-3"))
	x.budget.States = 10
	if _, err := g.Minimal(t.Context(), Overshoot); !errors.Is(err, ErrBound) {
		t.Errorf("error %v, want the bound", err)
	}
	x.budget = DefaultBudget
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Minimal(ended, Overshoot); !errors.Is(err, ErrBound) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that the context ended", err)
	}
}

// Every event of the suite happens in a trace somewhere: a scenario whose event can
// never happen would be clean for no reason.
func TestEveryEventHappens(t *testing.T) {
	for event, kind := range kinds {
		s := Scenario{Clients: 2, Requests: 1, Events: map[Event]int{Event(event): 1}, Losses: 2}
		if Event(event) == Tick {
			s.Ticks = HalfWindow
		}
		x := exploration(t, "gcra/cas", 1)
		b := s.bounds(x.subject, x.limit)
		happened := map[transcript.Kind]int{}
		seen := map[state]bool{}
		var walk func(state)
		walk = func(s state) {
			if seen[s] {
				return
			}
			seen[s] = true
			x.each(b, &s, func(next *state, a action) bool {
				happened[a.kind]++
				walk(*next)
				return true
			})
		}
		walk(x.start(b))
		if happened[kind] == 0 || (kind == transcript.Abandon) != (happened[transcript.LateEffect] > 0) {
			t.Errorf("%s: happened %v", kind, happened)
		}
		if len(happened) > 3 {
			t.Errorf("with one %s there are %v", kind, happened)
		}
	}
}

// What is broken stays broken with more clients, and with more requests of each: nobody has
// to come, so that whoever could come and repair it is no excuse.
func TestMoreClientsHideNothing(t *testing.T) {
	for _, name := range []string{"fixedwindow/multi-ttl", "slidinglog/naive", "gcra/cas"} {
		for _, events := range []Scenario{{Deaths: 1}, {Events: map[Event]int{LostReply: 1}}, {Events: map[Event]int{Failover: 1}, Losses: 2}} {
			var before []Property
			for _, size := range [][2]int{{1, 1}, {2, 1}, {2, 2}} {
				s := events
				s.Clients, s.Requests = size[0], size[1]
				now := explore(t, exploration(t, name, 2), s).Broken()
				for _, p := range before {
					if !slices.Contains(now, p) {
						t.Errorf("%s: %s is broken with less, and not with %d clients and %d requests", name, p, s.Clients, s.Requests)
					}
				}
				before = now
			}
			if len(before) == 0 {
				t.Errorf("%s: nothing is broken by %v %v", name, events.Events, events.Deaths)
			}
		}
	}
}

// Every event of the suite is needed for what its column shows.
func TestEventsHappenInTheirColumn(t *testing.T) {
	kind := map[string]transcript.Kind{"lost reply": transcript.LostReply, "lost reply, resent": transcript.Resend, "late effect": transcript.LateEffect,
		"eviction": transcript.Evict, "failover": transcript.Failover, "state loss": transcript.LoseState}
	seen := map[string]bool{}
	s := Suite{Subjects: []Subject{subject(t, "fixedwindow/incr-expire"), subject(t, "fixedwindow/lua")}, Budget: DefaultBudget,
		Limits: []algorithms.Limit{limit(1)}, Scenarios: Scenarios()}
	for _, f := range report(t, s).Findings {
		column := f.Scenario.Column
		happens := slices.ContainsFunc(f.Trace.Steps, func(s transcript.Step) bool { return s.Kind == kind[column] })
		if column == "client death" {
			happens = len(f.Trace.Crashed) > 0
		}
		if column != "" && !happens {
			t.Errorf("%s in %s: nothing of %s in %v", f.Subject.Name, f.Scenario.Name, column, f.Trace.Schedule)
		}
		seen[column] = true
	}
	for column := range kind {
		if !seen[column] {
			t.Errorf("nothing is broken by %s", column)
		}
	}
}
