package engine

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
)

// lead is the time between planning and the first arrival of an open loop.
const lead = 10 * time.Millisecond

// plan makes the schedule and the keys, and returns the loop that plays it.
func (t *trial) plan() func(context.Context) ([]*history.Recorder, error) {
	s := t.cell.Scenario
	if s.Closed != nil {
		t.out.Trial.Load.Loop = "closed"
		t.name(s.Closed.Keys)
		return t.closedLoop
	}
	schedule := s.Open.Arrivals(s.Plan(), workload.NewRand(t.cell.Seed, s.Name))
	t.out.Trial.Load.Loop = "open"
	t.name(schedule.Keys)
	return func(ctx context.Context) ([]*history.Recorder, error) { return t.openLoop(ctx, schedule) }
}

// openLoop starts every arrival at its intended time, whatever became of the ones
// before it.
func (t *trial) openLoop(ctx context.Context, s workload.Schedule) ([]*history.Recorder, error) {
	defer preciseSleep()()
	start := t.clock.Now() + int64(lead)
	t.place(start, s)
	crew := &crew{trial: t, jobs: make(chan job)}
	for _, a := range s.Arrivals {
		at := start + int64(a.At)
		if ctx.Err() != nil {
			break
		}
		if at > t.clock.Now() {
			sleepUntil(at)
		}
		crew.start(job{at, a})
	}
	return crew.finish(), ctx.Err()
}

// place records where the schedule lies on the clock.
func (t *trial) place(start int64, s workload.Schedule) {
	load := &t.out.Trial.Load
	load.StartNS, load.EndNS = start, start+int64(s.Length)
	load.Scheduled = int64(len(s.Arrivals))
	load.Rate = float64(len(s.Arrivals)) / s.Length.Seconds()
	for _, p := range s.Phases {
		load.Phases = append(load.Phases, history.Phase{
			Name: p.Name, FromNS: start + int64(p.From), ToNS: start + int64(p.To), Excess: p.Excess,
		})
	}
}

type job struct {
	at      int64
	arrival workload.Arrival
}

// crew runs jobs at once, on idle workers first, up to the scenario's cap.
type crew struct {
	*trial
	jobs    chan job
	callers []*caller
	done    sync.WaitGroup
}

// start hands the job to a worker. If all are busy there will be one more; only
// at the cap does it wait, and the lateness shows in the history.
func (c *crew) start(j job) {
	select {
	case c.jobs <- j:
		return
	default:
	}
	if len(c.callers) < c.out.Trial.Load.InFlight {
		c.hire()
	}
	c.jobs <- j
}

func (c *crew) hire() {
	caller := c.newCaller(len(c.callers))
	c.callers = append(c.callers, caller)
	c.done.Go(func() {
		defer caller.deadlines.close()
		for j := range c.jobs {
			caller.call(j.at, j.arrival)
		}
	})
}

func (c *crew) finish() []*history.Recorder {
	close(c.jobs)
	c.done.Wait()
	return recorders(c.callers)
}

// closedLoop has every worker send its next operation as soon as the last one was
// answered.
func (t *trial) closedLoop(ctx context.Context) ([]*history.Recorder, error) {
	load := &t.out.Trial.Load
	load.StartNS = t.clock.Now()
	load.EndNS = load.StartNS + int64(t.cell.Scenario.Duration)
	callers := make([]*caller, t.cell.Scenario.Workers)
	var done sync.WaitGroup
	for i := range callers {
		callers[i] = t.newCaller(i)
		done.Go(func() { callers[i].loop(ctx, i, load.EndNS) })
	}
	done.Wait()
	return recorders(callers), ctx.Err()
}

// loop ends at an instant, or when the run is interrupted, which it looks for
// once in a while: the check costs more than the rest of the loop.
func (c *caller) loop(ctx context.Context, worker int, end int64) {
	defer c.deadlines.close()
	s := c.cell.Scenario
	rng := workload.NewRand(c.cell.Seed, s.Name+"/"+strconv.Itoa(worker))
	plan := s.Plan()
	for i := 0; c.clock.Now() < end; i++ {
		if i%64 == 0 && ctx.Err() != nil {
			return
		}
		c.call(0, s.Closed.Next(plan, rng))
	}
}

func recorders(callers []*caller) []*history.Recorder {
	list := make([]*history.Recorder, len(callers))
	for i, c := range callers {
		list[i] = c.rec
	}
	return list
}
