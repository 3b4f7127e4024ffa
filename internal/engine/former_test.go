package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/scenarios"
)

// change is one of the changes of a limit, in a trial of less than half a second.
func change(t *testing.T, name string) scenarios.Scenario {
	t.Helper()
	s := scenarios.LiveChange()
	s.Limit, s.Duration, s.Rate = algorithms.NewLimit(5, 100*time.Millisecond), 400*time.Millisecond, 600
	i := slices.IndexFunc(s.Steps, func(p scenarios.Step) bool { return p.Variant == name })
	if i < 0 {
		t.Fatalf("there is no change %s", name)
	}
	s.Steps = s.Steps[i : i+1]
	return s
}

// What is left behind by another setting neither fails the one that takes over nor gives
// anything away.
func TestLimiterTakesOverKeysInUse(t *testing.T) {
	for _, name := range []string{"limit-down", "limit-up", "window-up", "algorithm"} {
		for _, algorithm := range []string{"fixedwindow", "slidinglog", "tokenbucket", "gcra"} {
			t.Run(name+" of "+algorithm, func(t *testing.T) {
				t.Parallel()
				h, err := bench(t).Trial(t.Context(), cellOf(t, change(t, name), algorithm, "lua", "redigo"))
				if err != nil {
					t.Fatal(err)
				}
				if err := h.Validate(); err != nil {
					t.Fatal(err)
				}
				if h.Trial.Whole || h.Trial.Former == nil || h.Trial.Former.Limit == h.Trial.Contract.Limit && h.Trial.Former.Algorithm == algorithm {
					t.Errorf("recorded as whole (%t), after %+v", h.Trial.Whole, h.Trial.Former)
				}
				if before := admissions(h, true); len(before) != len(h.Trial.Keys) {
					t.Errorf("%d of %d users were admitted before", len(before), len(h.Trial.Keys))
				}
				// On a machine that is too busy it is unknown.
				if r := check.Judge(h); r.Verdict == check.Invalid {
					t.Errorf("%v", r.Findings)
				}
			})
		}
	}
}

// A window that was opened under a longer setting ends when it was to end.
func TestShorterWindowOpensWhenTheLongerOneEnds(t *testing.T) {
	h, err := bench(t).Trial(t.Context(), cellOf(t, change(t, "window-down"), "fixedwindow", "lua", "redigo"))
	if err != nil {
		t.Fatal(err)
	}
	before, after := admissions(h, true), admissions(h, false)
	if len(after) == 0 {
		t.Fatal("nobody was admitted after the change")
	}
	for key, list := range after {
		ends := slices.MaxFunc(before[key], func(a, b history.Op) int { return int(a.ResetAt - b.ResetAt) }).ResetAt
		if first := list[0]; first.At < ends && first.ResetAt != ends {
			t.Errorf("%s was admitted %s before the longer window ended, in another one", h.Trial.Keys[key], ends.Sub(first.At))
		}
	}
}

// admissions are what was admitted on each key, before the load or in it.
func admissions(h *history.History, before bool) map[int32][]history.Op {
	list := map[int32][]history.Op{}
	for _, op := range h.Ops {
		if op.Outcome == algorithms.Allowed && op.Intended < h.Trial.Load.StartNS == before {
			list[op.Key] = append(list[op.Key], op)
		}
	}
	return list
}
