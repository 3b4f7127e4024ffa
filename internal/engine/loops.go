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
	schedule := t.schedule()
	crew := newCrew(t, largestBurst(schedule.Arrivals))
	return func(ctx context.Context) ([]*history.Recorder, error) {
		return t.openLoop(ctx, t.clock.Now()+int64(lead), schedule, crew)
	}
}

// schedule makes the schedule of an open loop, and names its keys.
func (t *trial) schedule() workload.Schedule {
	s := t.cell.Scenario
	schedule := s.Open.Arrivals(s.Plan(), workload.NewRand(t.cell.Seed, s.Name))
	t.out.Trial.Load.Loop = "open"
	t.name(schedule.Keys)
	return schedule
}

// openLoop starts every arrival at its intended time, whatever became of the ones
// before it. start is the beginning of the schedule.
func (t *trial) openLoop(ctx context.Context, start int64, s workload.Schedule, crew *crew) ([]*history.Recorder, error) {
	defer preciseSleep()()
	t.place(start, s)
	for rest := s.Arrivals; len(rest) > 0 && ctx.Err() == nil; {
		n := together(rest)
		crew.play(ctx, start+int64(rest[0].At), rest[:n])
		rest = rest[n:]
	}
	return crew.finish(), ctx.Err()
}

// largestBurst is the most arrivals that are intended for one instant.
func largestBurst(list []workload.Arrival) (most int) {
	for len(list) > 0 {
		n := together(list)
		most, list = max(most, n), list[n:]
	}
	return most
}

// together is how many of the first arrivals are intended for the same instant.
func together(list []workload.Arrival) int {
	for i := range list {
		if list[i].At != list[0].At {
			return i
		}
	}
	return len(list)
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

// closedLoop has every worker send its next operation as soon as the last one was
// answered.
func (t *trial) closedLoop(ctx context.Context) ([]*history.Recorder, error) {
	load := &t.out.Trial.Load
	load.StartNS = t.clock.Now()
	load.EndNS = load.StartNS + int64(t.cell.Scenario.Duration)
	callers := make([]*caller, t.cell.Scenario.Workers)
	var done sync.WaitGroup
	for i := range callers {
		callers[i] = t.newCaller(i, expectedOps)
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
	next := s.Closed.Draw(s.Plan(), rng)
	for i, now := 0, c.clock.Now(); now < end; i++ {
		if i%64 == 0 && ctx.Err() != nil {
			return
		}
		now = c.call(0, next())
	}
}

func recorders(callers []*caller) []*history.Recorder {
	list := make([]*history.Recorder, len(callers))
	for i, c := range callers {
		list[i] = c.rec
	}
	return list
}
