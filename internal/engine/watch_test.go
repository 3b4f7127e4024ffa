package engine

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
	"github.com/rlbench/rlbench/scenarios"
)

// onlooker is a watcher of one trial at a time, which notes what it was told.
type onlooker struct {
	begun, ended       int
	users              int
	decided, unstamped atomic.Int64
}

func (o *onlooker) Begin(_ *history.Trial, users int) Watch {
	o.begun, o.users = o.begun+1, users
	return o
}

func (o *onlooker) Decided(op history.Op) {
	o.decided.Add(1)
	if op.Inv == 0 || op.Ret < op.Inv || int(op.Key) >= o.users {
		o.unstamped.Add(1)
	}
}

func (o *onlooker) End() { o.ended++ }

// A watcher is told of the measured operations, each once, and of no others.
func TestWatcherIsToldOfTheMeasuredPart(t *testing.T) {
	b := bench(t)
	filled := short()
	filled.Fill = 0.5
	closed := scenarios.Saturate()
	closed.Duration, closed.Workers = 100*time.Millisecond, 4
	for _, s := range []scenarios.Scenario{short(), filled, closed, instances(3)} {
		var o onlooker
		b.Watch(&o)
		h, err := b.Trial(t.Context(), cellOf(t, s, "gcra", "lua", "redigo"))
		if err != nil {
			t.Fatal(err)
		}
		measured := int64(0)
		for _, op := range h.Ops {
			if op.Intended >= h.Trial.Load.StartNS {
				measured++
			}
		}
		if got := o.decided.Load(); measured == 0 || got != measured || o.unstamped.Load() != 0 || o.begun != 1 || o.ended != 1 {
			t.Errorf("%s: told of %d operations of %d, %d of them half; begun %d, ended %d", s.Name, got, measured, o.unstamped.Load(), o.begun, o.ended)
		}
		if filled := len(h.Ops) > int(measured); filled != (s.Fill > 0) {
			t.Errorf("%s: filled: %t", s.Name, filled)
		}
	}
}

// idle is a caller of a limiter that does nothing, so that what is left is the engine.
func idle(b testing.TB, w Watcher) *caller {
	s := scenarios.Saturate()
	t := (&Bench{clock: NewClock(), watcher: w}).trial(cellOf(b, s, "control", "noop", "redigo"))
	t.limiter = t.cell.Subject.Technique.New(nil, s.Limit, t.env())
	t.name(s.Closed.Keys)
	b.Cleanup(t.watched())
	c := t.newCaller(0, 1<<20)
	b.Cleanup(c.deadlines.close)
	return c
}

// Being watched takes no memory: a garbage collector that it woke would show as a
// latency of the limiter.
func TestBeingWatchedDoesNotAllocate(t *testing.T) {
	allocs := func(w Watcher) float64 {
		c := idle(t, w)
		return testing.AllocsPerRun(1000, func() { c.call(0, workload.Arrival{Cost: 1}) })
	}
	if alone, watched := allocs(nil), allocs(&onlooker{}); alone != watched {
		t.Errorf("%v allocations per operation watched, %v alone", watched, alone)
	}
}

// BenchmarkCall is what the engine does around one decision.
func BenchmarkCall(b *testing.B) {
	for name, w := range map[string]Watcher{"alone": nil, "watched": &onlooker{}} {
		b.Run(name, func(b *testing.B) {
			c := idle(b, w)
			b.ReportAllocs()
			for b.Loop() {
				c.call(0, workload.Arrival{Cost: 1})
			}
		})
	}
}
