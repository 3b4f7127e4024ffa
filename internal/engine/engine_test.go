package engine

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/providertest"
	"github.com/rlbench/rlbench/scenarios"
)

func bench(t testing.TB) *Bench {
	t.Helper()
	b, err := New(t.Context(), drivers.Endpoints{Addrs: []string{providertest.Redis(t)}}, nil, provider.Traits{}, driverlist.Drivers())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func cellOf(t testing.TB, s scenarios.Scenario, algorithm, technique, driver string) scenarios.Cell {
	t.Helper()
	list := algorithmlist.Algorithms()
	i := slices.IndexFunc(list, func(a algorithms.Algorithm) bool { return a.Name == algorithm })
	tech, err := list[i].Technique(technique)
	if err != nil {
		t.Fatal(err)
	}
	sub := scenarios.Subject{Algorithm: list[i], Technique: tech, Driver: driver, Client: history.DefaultClient}
	return scenarios.Expand([]scenarios.Scenario{s}, "standalone", []scenarios.Subject{sub}, 1)[0]
}

// short is a concurrent scenario of half a second.
func short() scenarios.Scenario {
	s := scenarios.Concurrent()
	s.Limit = algorithms.NewLimit(20, 50*time.Millisecond)
	s.Duration = 500 * time.Millisecond
	return s
}

func TestOpenLoopRecordsTheWholeSchedule(t *testing.T) {
	b := bench(t)
	for _, d := range driverlist.Drivers() {
		h, err := b.Trial(t.Context(), cellOf(t, short(), "gcra", "lua", d.Name()))
		if err != nil {
			t.Fatalf("%s: %v", d.Name(), err)
		}
		wellFormed(t, h)
		if int64(len(h.Ops)) != h.Trial.Load.Scheduled || h.Trial.Load.Scheduled == 0 {
			t.Errorf("%s: %d operations of %d scheduled", d.Name(), len(h.Ops), h.Trial.Load.Scheduled)
		}
		if calls := h.Trial.Server.Calls["evalsha"]; calls != int64(len(h.Ops)) {
			t.Errorf("%s: the server ran evalsha %d times for %d decisions", d.Name(), calls, len(h.Ops))
		}
		if h.Trial.Audit == nil || h.Trial.Audit.Keys != 1 || h.Trial.Audit.WithoutTTL != 0 || len(h.Trial.Audit.Entries) != 1 {
			t.Errorf("%s: audit %+v, want one key with a TTL", d.Name(), h.Trial.Audit)
		}
	}
}

func wellFormed(t *testing.T, h *history.History) {
	t.Helper()
	for i, op := range h.Ops {
		if op.Outcome != algorithms.Allowed && op.Outcome != algorithms.Denied {
			t.Fatalf("operation %d on a healthy server is %s", i, op.Outcome)
		}
	}
	ordered(t, h)
}

func ordered(t *testing.T, h *history.History) {
	t.Helper()
	var last int64
	for i, op := range h.Ops {
		if op.Ret < op.Inv || op.Inv < last || op.Inv < h.Trial.Load.StartNS {
			t.Fatalf("operation %d: %+v is out of order", i, op)
		}
		last = op.Inv
	}
	if len(h.Trial.Clock) != 2 || h.Trial.Clock[0].MonoNS > h.Ops[0].Inv || h.Trial.Clock[1].MonoNS < last {
		t.Errorf("clock pairs %+v do not enclose the operations", h.Trial.Clock)
	}
}

// One script is one round trip, and the meter must see it so, whatever the client.
func TestTripsAreCounted(t *testing.T) {
	b := bench(t)
	s := scenarios.Saturate()
	s.Duration, s.Workers = 100*time.Millisecond, 1
	for technique, want := range map[string]float64{"lua": 1, "multi": 3} {
		for _, d := range driverlist.Drivers() {
			h, err := b.Trial(t.Context(), cellOf(t, s, "gcra", technique, d.Name()))
			if err != nil {
				t.Fatal(err)
			}
			most := want * 1.05 // a key that expires between WATCH and EXEC costs a second try
			if got := float64(h.Trial.Client.Trips) / float64(len(h.Ops)); got < want || got > most {
				t.Errorf("gcra/%s/%s: %.3f trips per decision, want %g", technique, d.Name(), got, want)
			}
			if h.Trial.Client.BytesOut < int64(len(h.Ops))*50 || h.Trial.Client.BytesIn < int64(len(h.Ops))*5 {
				t.Errorf("gcra/%s/%s: %+v for %d decisions", technique, d.Name(), h.Trial.Client, len(h.Ops))
			}
		}
	}
}

func TestInterruptedTrialEndsEarlyAndLeavesNothing(t *testing.T) {
	b := bench(t)
	s := scenarios.Saturate()
	s.Duration = time.Hour
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for _, sc := range []scenarios.Scenario{s, long(scenarios.Baseline())} {
		if _, err := b.Trial(ctx, cellOf(t, sc, "fixedwindow", "lua", "redigo")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v, want the context's", sc.Name, err)
		}
	}
}

func long(s scenarios.Scenario) scenarios.Scenario {
	s.Duration = time.Hour
	s.Rate = 100
	return s
}

func TestClosedLoopMeasuresTheWholeDuration(t *testing.T) {
	s := scenarios.Saturate()
	s.Duration, s.Workers = 200*time.Millisecond, 8
	h, err := bench(t).Trial(t.Context(), cellOf(t, s, "tokenbucket", "lua", "rueidis"))
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, h)
	if first, last := h.Ops[0].Inv, h.Ops[len(h.Ops)-1].Inv; last-first < int64(s.Duration)/2 {
		t.Errorf("operations start over %s of %s", time.Duration(last-first), s.Duration)
	}
	if h.Trial.Load.Loop != "closed" || h.Trial.Load.Workers != 8 {
		t.Errorf("load %+v, want a closed loop of 8 workers", h.Trial.Load)
	}
}

func TestClockIsCalibrated(t *testing.T) {
	c := NewClock()
	for range 1000 {
		before := monotonic()
		now := c.Now()
		after := monotonic()
		// The calibration's own error is below the microsecond allowed here.
		if now < before-1000 || now > after+1000 {
			t.Fatalf("clock reads %d, CLOCK_MONOTONIC between %d and %d", now, before, after)
		}
	}
}
