package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/scenarios"
)

// at is a sweep at one of its steps.
func at(s scenarios.Scenario, step string) scenarios.Scenario {
	s.Steps = slices.DeleteFunc(slices.Clone(s.Steps), func(it scenarios.Step) bool { return it.String() != step })
	return s
}

func TestKeysAreFilledBeforeTheLoad(t *testing.T) {
	s := at(scenarios.SweepLimit(), "300")
	s.Duration = 300 * time.Millisecond
	h, err := bench(t).Trial(t.Context(), cellOf(t, s, "slidinglog", "lua", "redigo"))
	if err != nil {
		t.Fatal(err)
	}
	filled := map[int32]bool{}
	var measured int64
	for _, op := range h.Ops {
		switch {
		case op.Intended >= h.Trial.Load.StartNS:
			measured++
		case op.Cost != 240 || op.Outcome != algorithms.Allowed || filled[op.Key]:
			t.Fatalf("a key of 300 was filled by %+v, want 240 once", op)
		default:
			filled[op.Key] = true
		}
	}
	if len(filled) != 133 || len(h.Trial.Keys) != 133 || measured != h.Trial.Load.Scheduled {
		t.Errorf("%d of %d keys were filled, and %d operations measured, of %d scheduled", len(filled), len(h.Trial.Keys), measured, h.Trial.Load.Scheduled)
	}
	if calls := h.Trial.Server.Calls["evalsha"]; calls != measured {
		t.Errorf("%d scripts are charged to %d operations", calls, measured)
	}
	if a := h.Trial.Audit; a.Keys != 133 || *a.Bytes < 133*240*20 {
		t.Errorf("audit %+v, want 133 keys of 240 entries or more", a)
	}
}

func TestManyUsersLeaveAShortRecordAndNoKeys(t *testing.T) {
	b := bench(t)
	s := at(scenarios.ManyKeys(), "zipf-100000")
	s.Duration = 300 * time.Millisecond
	h, err := b.Trial(t.Context(), cellOf(t, s, "fixedwindow", "lua", "rueidis"))
	if err != nil {
		t.Fatal(err)
	}
	uses := make([]int, len(h.Trial.Keys))
	for _, op := range h.Ops {
		uses[op.Key]++
	}
	if slices.Contains(uses, 0) || len(uses) < 100 || len(uses) >= 100_000 {
		t.Errorf("%d names are kept, some of them unused: %t", len(uses), slices.Contains(uses, 0))
	}
	// The first user is the busiest one of a Zipf distribution, and keeps its name.
	if most := slices.Max(uses); uses[0] != most || !strings.HasSuffix(h.Trial.Keys[0], ".0") {
		t.Errorf("key %q was used %d times, the busiest one %d times", h.Trial.Keys[0], uses[0], most)
	}
	if a := h.Trial.Audit; a.Keys == 0 || a.Keys > mostAudited || a.WithoutTTL != 0 {
		t.Errorf("audit %+v of %d keys, want a sample", a, len(uses))
	}
	if left, err := b.admin.Do(t.Context(), "DBSIZE"); err != nil || left.Int != 0 {
		t.Errorf("%d keys are left for the next trial, error %v", left.Int, err)
	}
}

func TestSamplesAreEvenlySpread(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 1000: 1000, 1001: 501, 20_000: 1000, 20_500: 977} {
		var places []int
		for i := range sampled(make([]string, n)) {
			places = append(places, i)
		}
		if len(places) != want {
			t.Errorf("%d of %d are sampled, want %d", len(places), n, want)
		}
		if n > 0 && (places[0] != 0 || n-places[len(places)-1] > n/mostAudited+1) {
			t.Errorf("samples of %d are from %d to %d", n, places[0], places[len(places)-1])
		}
	}
}
