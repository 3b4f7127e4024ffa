package explore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/transcript"
)

// One schedule of each trace reaches every end that any schedule reaches.
func TestRepresentativesReachEveryEnd(t *testing.T) {
	still, half := Scenario{Clients: 2, Requests: 1}, Scenario{Clients: 2, Requests: 1, Ticks: HalfWindow}
	var apart []run
	for i := range 3 {
		k := "key" + strconv.Itoa(i)
		apart = append(apart, sends(drivers.Cmd("SET", k, "1", "PX", "1000"), drivers.Cmd("GET", "shared"), drivers.Cmd("DEL", k)))
	}
	for _, c := range []struct {
		of       Subject
		scenario Scenario
		fewer    bool // steps of different clients are independent of each other
	}{
		{subject(t, "fixedwindow/naive"), scenario(t, "race-3"), true},
		{subject(t, "fixedwindow/naive"), half, true},
		{subject(t, "fixedwindow/multi"), still, true},
		{subject(t, "fixedwindow/watch-late"), half, true},
		{subject(t, "fixedwindow/lua"), scenario(t, "race-3"), false},
		{subject(t, "gcra/naive"), half, true},
		{subject(t, "gcra/lock"), still, false},
		{subject(t, "tokenbucket/abort-ignored"), half, true},
		{subject(t, "cacheaside/delete"), half, true},
		{roles(nil, apart...), still, true},
		{roles(nil, watcher, sends(drivers.Cmd("SET", "k", "1", "PX", "100"), drivers.Cmd("GET", "x"))), half, true},
		{roles(nil, blind, sends(drivers.Cmd("SET", "k", "1", "PX", "100"), drivers.Cmd("GET", "x"))), still, true},
	} {
		x := New(c.of, limit(1), DefaultBudget)
		all, ends := everyEnd(x, c.scenario)
		reached, n := map[string]bool{}, 0
		err := x.Representatives(c.scenario, math.MaxInt, func(tr transcript.Trace) bool {
			n++
			reached[endOf(tr)] = true
			if err := Verify(c.of, tr); err != nil {
				t.Errorf("%s, %v: %v", c.of.Name, tr.Schedule, err)
			}
			return true
		})
		if err != nil {
			t.Error(err)
		}
		if !maps.Equal(reached, ends) {
			t.Errorf("%s: %d representatives reach\n%v\nall %d schedules reach\n%v", c.of.Name, n, reached, all, ends)
		}
		if n > all || c.fewer && n == all {
			t.Errorf("%s: %d representatives of %d schedules", c.of.Name, n, all)
		}
	}
}

// blind watches a key that none of its commands names: only EXEC notices a change.
func blind(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
	err := conn.Watch(ctx, []string{"k"}, func(tx drivers.Tx) error {
		_, err := tx.Exec(ctx, drivers.Cmd("SET", "ran", "1", "PX", "100"))
		return err
	})
	if errors.Is(err, drivers.ErrAborted) {
		return "aborted", nil
	}
	return "ran", err
}

// Programs that share nothing have one trace, whatever the number of schedules.
func TestIndependentProgramsHaveOneRepresentative(t *testing.T) {
	var runs []run
	for i := range 4 {
		k := "key" + strconv.Itoa(i)
		runs = append(runs, sends(drivers.Cmd("GET", k), drivers.Cmd("SET", k, "1", "PX", "1000")))
	}
	n := 0
	err := New(roles(nil, runs...), limit(1), DefaultBudget).Representatives(Scenario{}, math.MaxInt, func(transcript.Trace) bool { n++; return true })
	if err != nil || n != 1 {
		t.Errorf("%d representatives, error %v, want 1", n, err)
	}
}

func TestRepresentativesStop(t *testing.T) {
	n := 0
	err := exploration(t, "fixedwindow/naive", 1).Representatives(scenario(t, "race-3"), math.MaxInt, func(transcript.Trace) bool { n++; return n < 3 })
	if err != nil || n != 3 {
		t.Errorf("%d calls, error %v, want 3", n, err)
	}
}

// At the deadline something that is watched lives through its millisecond, and dies.
func TestRepresentativesAtDeadlineMeetDeath(t *testing.T) {
	for _, name := range []string{"fixedwindow/multi", "slidinglog/multi", "tokenbucket/multi", "gcra/multi"} {
		n, alive, died := 0, false, false
		err := exploration(t, name, 2).RepresentativesAtDeadline(math.MaxInt, func(tr transcript.Trace) bool {
			n++
			for i, s := range tr.Steps[1:] {
				for _, e := range tr.Steps[i].After {
					gone := s.Kind == transcript.Tick && len(s.After) == 0
					died = died || gone
					alive = alive || !gone && s.Kind == transcript.Tick && (int64(s.TMS*1000)+tr.T0US)/1000 == e.Deadline
				}
			}
			return true
		})
		if err != nil || !alive || !died {
			t.Errorf("%s: of %d schedules one with a key in its last millisecond: %t, with a death: %t, error %v", name, n, alive, died, err)
		}
	}
}

// That there are more than were wanted is said; that there are just as many is no bound.
func TestRepresentativesAreBounded(t *testing.T) {
	count := func(most int) (n int, err error) {
		err = exploration(t, "fixedwindow/naive", 1).Representatives(scenario(t, "race-3"), most, func(transcript.Trace) bool { n++; return true })
		return n, err
	}
	all, err := count(math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	for _, most := range []int{all - 1, all} {
		n, err := count(most)
		if n != most || errors.Is(err, ErrBound) != (most < all) {
			t.Errorf("%d of at most %d, error %v; there are %d", n, most, err, all)
		}
	}
}

// everyEnd walks schedule by schedule and collects how they end.
func everyEnd(x *Exploration, s Scenario) (all int, ends map[string]bool) {
	b := s.bounds(x.subject, x.limit)
	ends = map[string]bool{}
	var walk func(state)
	walk = func(s state) {
		if x.ended(b, &s) {
			all++
			var outcomes []string
			for _, o := range x.tables.finished.values[s.finished] {
				outcome := o.outcome.String()
				if x.subject.IsPattern() {
					outcome = x.tables.texts.values[o.text]
				}
				outcomes = append(outcomes, outcome)
			}
			slices.Sort(outcomes)
			ends[fmt.Sprint(outcomes, x.tables.stores.values[s.store].Entries())] = true
		}
		x.each(b, &s, func(next *state, _ action) bool { walk(*next); return true })
	}
	walk(x.start(b))
	return all, ends
}

func endOf(tr transcript.Trace) string {
	var outcomes []string
	for _, s := range tr.Steps {
		if s.Outcome != "" {
			outcome, _, _ := strings.Cut(s.Outcome, ":")
			outcomes = append(outcomes, outcome)
		}
	}
	slices.Sort(outcomes)
	return fmt.Sprint(outcomes, tr.Final)
}
