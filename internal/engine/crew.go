package engine

import (
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

func newCrew(t *trial) *crew {
	return &crew{trial: t, idle: make(chan *worker, t.out.Trial.Load.InFlight)}
}

// play starts arrivals that are intended for the same instant. Those of a burst are
// handed out before it and released together: one by one, the first would be
// answered before the last had started, and no race would show.
func (c *crew) play(at int64, arrivals []workload.Arrival) {
	if len(arrivals) == 1 {
		sleepUntil(at)
		c.start(job{at: at, arrival: arrivals[0]})
		return
	}
	gate := make(chan struct{})
	for _, a := range arrivals {
		c.start(job{at, a, gate})
	}
	sleepUntil(at)
	close(gate)
}

// start hands the job to a worker. Only at the cap does it wait for one, and the
// lateness shows in the history.
func (c *crew) start(j job) {
	select {
	case w := <-c.idle:
		w.jobs <- j
		return
	default:
	}
	if len(c.workers) < cap(c.idle) {
		c.hire(j)
		return
	}
	w := <-c.idle
	w.jobs <- j
}

// hire adds a worker, with its first job.
func (c *crew) hire(first job) {
	w := &worker{c.newCaller(len(c.workers)), make(chan job, 1)}
	c.workers = append(c.workers, w)
	w.jobs <- first
	c.done.Go(func() { c.work(w) })
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
