package engine

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/trace"
	"github.com/rlbench/rlbench/internal/workload"
)

// expectedOps is the number of operations that a worker has room for before the load
// begins: an open loop spreads its arrivals over all workers.
const expectedOps = 256

// caller is one worker: it calls the limiter and records, one operation at a time.
type caller struct {
	*trial
	rec       *history.Recorder
	deadlines deadlines
}

func (t *trial) newCaller(id, expected int) *caller {
	return &caller{trial: t, rec: history.NewRecorder(int32(id), expected), deadlines: deadlines{each: t.cell.Scenario.Deadline}}
}

// call runs one operation between two readings of the clock and returns the later
// one. An intended time of zero means that the loop is closed: the operation was
// intended when it started.
func (c *caller) call(intended int64, a workload.Arrival) (ret int64) {
	key := c.keys[a.Key]
	inv := c.clock.Now()
	ctx, mark := c.deadlines.at(inv), &trace.Mark{}
	if c.traced {
		ctx, mark = trace.With(ctx)
	}
	d, err := c.limiter.Allow(ctx, key, int64(a.Cost))
	ret = c.clock.Now()
	if intended == 0 {
		intended = inv
	}
	op := history.Op{
		Intended: intended, Inv: inv, Ret: ret, Key: a.Key, Cost: a.Cost,
		Outcome: algorithms.OutcomeOf(d, err), At: d.At, ResetAt: d.ResetAt,
		Remaining: d.Remaining, RetryAfter: retryAfterUS(d.RetryAfter), Node: mark.Node, Seq: mark.Seq,
		By: d.By, Symptom: drivers.SymptomOf(err),
	}
	c.rec.Record(&op)
	if c.watch != nil {
		c.watch.Decided(op)
	}
	return ret
}

func retryAfterUS(d time.Duration) int64 {
	if d == algorithms.NotKnown {
		return algorithms.NotKnown
	}
	return d.Microseconds()
}

// deadlines hands out contexts that end between one and 1.1 times the deadline of
// an operation from now. A context with a timer of its own for every operation
// would cost more than everything else that the engine does for it.
type deadlines struct {
	each   time.Duration
	ctx    context.Context
	cancel context.CancelFunc
	fresh  int64 // CLOCK_MONOTONIC until which ctx is far enough from its end
}

func (d *deadlines) at(now int64) context.Context {
	if now < d.fresh {
		return d.ctx
	}
	d.close()
	slack := d.each / history.DeadlineSlack
	// Not the run's context: an interrupted run lets running operations finish.
	d.ctx, d.cancel = context.WithTimeout(context.Background(), d.each+slack)
	d.fresh = now + int64(slack)
	return d.ctx
}

func (d *deadlines) close() {
	if d.cancel != nil {
		d.cancel()
	}
}
