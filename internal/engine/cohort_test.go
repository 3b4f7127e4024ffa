package engine

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// crash is a kill and a restart within a second and a half.
func crash() scenarios.Scenario {
	s := scenarios.Failover()
	s.Limit = algorithms.NewLimit(20, time.Second)
	s.Duration, s.Rate = 1500*time.Millisecond, 100
	s.Faults = func(string) []scenarios.Fault {
		return []scenarios.Fault{{Name: "kill", At: 300 * time.Millisecond, Until: 400 * time.Millisecond}}
	}
	return s
}

// alone starts a server that can be killed.
func alone(t *testing.T) (*Bench, topology.Deployment) {
	t.Helper()
	p, err := local.New(t.Context(), "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	d, err := topology.Standalone{}.Start(t.Context(), p, topology.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Stop(context.Background()) })
	b, err := New(t.Context(), d.Endpoints(), nil, provider.Traits{}, driverlist.Drivers())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b, d
}

func nine(t *testing.T) (cells []scenarios.Cell) {
	t.Helper()
	for _, technique := range []string{"naive", "multi", "lua"} {
		for _, driver := range []string{"goredis", "rueidis", "redigo"} {
			cells = append(cells, cellOf(t, crash(), "fixedwindow", technique, driver))
		}
	}
	return cells
}

func TestCohortGoesThroughOneFault(t *testing.T) {
	b, d := alone(t)
	cells := nine(t)
	list, err := b.Cohort(t.Context(), cells, d)
	if err != nil {
		t.Fatal(err)
	}
	users := map[string]bool{}
	for i, h := range list {
		ordered(t, h)
		trial := &h.Trial
		if trial.Cell != cells[i].Cell || int64(len(h.Ops)) != trial.Load.Scheduled {
			t.Errorf("%s: history of %s with %d of %d operations", cells[i].Cell, trial.Cell, len(h.Ops), trial.Load.Scheduled)
		}
		if len(trial.Faults) != 1 || !slices.Equal(trial.Faults, list[0].Trial.Faults) {
			t.Errorf("%s: faults %v, those of the first are %v", trial.Cell, trial.Faults, list[0].Trial.Faults)
		}
		if trial.Client.CPUus != nil || trial.Client.Allocs != nil || trial.Server != nil {
			t.Errorf("%s: what all subjects used together stands as its own", trial.Cell)
		}
		for _, key := range trial.Keys {
			if users[key] {
				t.Errorf("%s: another subject has key %s too", trial.Cell, key)
			}
			users[key] = true
		}
		tracedAcross(t, h)
	}
}

// tracedAcross demands that every admission tells where it was charged, before the
// fault by one process and afterwards by another, which starts to count anew.
func tracedAcross(t *testing.T, h *history.History) {
	t.Helper()
	f := h.Trial.Faults[0]
	before, after := map[int64]bool{}, map[int64]bool{}
	for _, op := range h.Ops {
		switch {
		case op.Outcome != algorithms.Allowed:
		case op.Node == 0 || op.Seq == 0:
			t.Fatalf("%s: an admission that was charged nowhere: %+v", h.Trial.Cell, op)
		case op.Ret < f.BeganNS:
			before[op.Node] = true
		case op.Inv > f.EffectNS:
			after[op.Node] = true
		}
	}
	if len(before) != 1 || len(after) != 1 || before[h.Ops[0].Node] == after[h.Ops[0].Node] {
		t.Errorf("%s: admitted by processes %v before the fault and %v after it, want one each, not the same", h.Trial.Cell, before, after)
	}
}

func TestInterruptedCohortHealsItsFaults(t *testing.T) {
	b, d := alone(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for d.Ready(ctx) == nil { // the server lives
			runtime.Gosched()
		}
		cancel()
	}()
	cells := nine(t)
	for i := range cells {
		cells[i].Scenario.Duration = time.Hour
		cells[i].Scenario.Faults = func(string) []scenarios.Fault {
			return []scenarios.Fault{{Name: "kill", At: 100 * time.Millisecond, Until: 59 * time.Minute}}
		}
		cells[i].Scenario.Rate = 1
	}
	if _, err := b.Cohort(ctx, cells, d); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if err := d.Ready(t.Context()); err != nil {
		t.Errorf("the server is not back: %v", err)
	}
}
