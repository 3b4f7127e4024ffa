package check

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// Running bounds from below what one key has certainly been admitted beyond its
// contract while its trial is still going on: operation by operation, in the order in
// which they return or in any other, without keeping them. Whatever it says of some
// operations of a trial holds of all of them, so those that it is not told of only
// make it say less. What Judge says later of the whole history is at least as much.
//
// The zero Running is a key that was never used.
type Running struct {
	// from begins the interval that is being counted, to is the latest return in it;
	// admitted was invoked and returned inside.
	from, to, admitted int64
	begun              bool
	// window is the end of the newest window that the server named, counted what it
	// admitted.
	window  algorithms.Instant
	counted int64
	worst   int64
}

// Add takes an operation into account and returns the largest excess so far.
func (r *Running) Add(c *algorithms.Contract, op *history.Op) int64 {
	if op.Outcome != algorithms.Allowed {
		return r.worst
	}
	switch l := c.Limit.L; c.Kind {
	case algorithms.Bucket, algorithms.EnvelopeOnly:
		r.level(c, op)
	case algorithms.Log:
		r.within(c, op, l)
	case algorithms.Window: // whatever opened the first of two windows came before
		r.named(c, op)
		r.within(c, op, 2*l-1)
	case algorithms.AlignedWindow:
		r.named(c, op)
		r.within(c, op, 2*l)
	}
	return r.worst
}

// level counts in an interval that begins anew where a bucket has regained all that
// was admitted in it.
func (r *Running) level(c *algorithms.Contract, op *history.Op) {
	if !r.begun || op.Inv > r.from && refill(*c, rho, op.Inv-r.from) >= r.admitted {
		r.begin(op)
	}
	if op.Inv >= r.from {
		r.count(op)
		r.exceed(r.admitted, permitted(*c, r.to-r.from))
	}
}

// within counts in intervals that are shorter than a window by any clock, one after
// the other.
func (r *Running) within(c *algorithms.Contract, op *history.Op, most int64) {
	short := slackOf(*c).short
	if !r.begun || op.Inv >= r.from+short {
		r.begin(op)
	}
	if op.Inv >= r.from && op.Ret < r.from+short {
		r.count(op)
		r.exceed(r.admitted, most)
	}
}

// named counts in the newest window that the server has named.
func (r *Running) named(c *algorithms.Contract, op *history.Op) {
	id := windowEnd(c, op)
	if id > r.window {
		r.window, r.counted = id, 0
	}
	if id != 0 && id == r.window {
		r.counted += int64(op.Cost)
		r.exceed(r.counted, c.Limit.L)
	}
}

func (r *Running) begin(op *history.Op) { r.begun, r.from, r.to, r.admitted = true, op.Inv, op.Ret, 0 }

func (r *Running) count(op *history.Op) {
	r.to = max(r.to, op.Ret)
	r.admitted += int64(op.Cost)
}

func (r *Running) exceed(admitted, permitted int64) { r.worst = max(r.worst, admitted-permitted) }
