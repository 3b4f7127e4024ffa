package engine

import (
	"context"
	"sync"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
)

// crew runs the operations of an open loop, each on a worker of its own: an idle
// one, or one more, up to the scenario's cap.
type crew struct {
	*trial
	idle    chan *worker
	workers []*worker
	done    sync.WaitGroup
}

// worker takes one job at a time. Its channel holds one, so that handing a job over
// never blocks: the thread that keeps the time must not wait for another.
type worker struct {
	caller *caller
	jobs   chan job
}

// job is one arrival. One that belongs to a burst waits for the gate.
type job struct {
	at      int64
	arrival workload.Arrival
	gate    <-chan struct{}
}

// newCrew hires ready workers ahead of the load, which are not to be charged to it.
func newCrew(t *trial, ready int) *crew {
	c := &crew{trial: t, idle: make(chan *worker, t.out.Trial.Load.InFlight)}
	for range ready {
		c.idle <- c.hire(expectedOps)
	}
	return c
}

// play starts arrivals that are intended for the same instant. Those of a burst are
// handed out before it and released together: one by one, the first would be
// answered before the last had started, and no race would show.
func (c *crew) play(ctx context.Context, at int64, arrivals []workload.Arrival) {
	if len(arrivals) == 1 {
		c.clock.sleepUntil(ctx, at)
		c.next().jobs <- job{at: at, arrival: arrivals[0]}
		return
	}
	gate := make(chan struct{})
	defer close(gate)
	for _, a := range arrivals {
		c.next().jobs <- job{at, a, gate}
	}
	c.clock.sleepUntil(ctx, at)
}

// next returns a worker that is free. Only at the cap does it wait for one, for a
// deadline at most, and the lateness shows in the history.
func (c *crew) next() *worker {
	select {
	case w := <-c.idle:
		return w
	default:
	}
	if len(c.workers) < cap(c.idle) {
		return c.hire(0) // thousands are hired beyond saturation: room for each would add up
	}
	return <-c.idle
}

// hire adds a worker with room for the expected number of operations.
func (c *crew) hire(expected int) *worker {
	w := &worker{c.newCaller(len(c.workers), expected), make(chan job, 1)}
	c.workers = append(c.workers, w)
	c.done.Go(func() { c.work(w) })
	return w
}

func (c *crew) work(w *worker) {
	defer w.caller.deadlines.close()
	for j := range w.jobs {
		if j.gate != nil {
			<-j.gate
		}
		w.caller.call(j.at, j.arrival)
		c.idle <- w
	}
}

// finish waits for the operations that are still running.
func (c *crew) finish() []*history.Recorder {
	var list []*caller
	for _, w := range c.workers {
		close(w.jobs)
		list = append(list, w.caller)
	}
	c.done.Wait()
	return recorders(list)
}
