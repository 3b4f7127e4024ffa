package engine

import (
	"context"
	"math"
	"time"

	"github.com/rlbench/rlbench/internal/history"
)

// Clock reads raw CLOCK_MONOTONIC, which the processes of a host share.
//
// Go reads that clock without a system call but hides its value; the offset is
// measured once. A direct system call per reading would cost several times more
// than recording the operation.
type Clock struct {
	base time.Time
	mono int64
}

// NewClock calibrates: the tightest of several brackets decides, so the error is
// far below a microsecond.
func NewClock() Clock {
	var c Clock
	for best, i := int64(math.MaxInt64), 0; i < 100; i++ {
		before := monotonic()
		now := time.Now()
		after := monotonic()
		if after-before < best {
			best, c = after-before, Clock{base: now, mono: before + (after-before)/2}
		}
	}
	return c
}

// Now returns CLOCK_MONOTONIC in nanoseconds.
func (c Clock) Now() int64 { return c.mono + int64(time.Since(c.base)) }

// longestNap is how long the time keeper may be deaf to an interrupt.
const longestNap = int64(50 * time.Millisecond)

// sleepUntil returns at an instant of CLOCK_MONOTONIC, or when ctx ends.
func (c Clock) sleepUntil(ctx context.Context, at int64) {
	for now := c.Now(); now < at && ctx.Err() == nil; now = c.Now() {
		nap(min(at, now+longestNap))
	}
}

// after fires at an instant of CLOCK_MONOTONIC.
func (c Clock) after(at int64) *time.Timer { return time.NewTimer(time.Duration(at - c.Now())) }

// Pair reads the wall clock between two readings of the monotonic one; of several
// tries the tightest counts.
func (c Clock) Pair() history.ClockPair {
	best := history.ClockPair{ErrNS: math.MaxInt64}
	for range 10 {
		before := c.Now()
		real := time.Now().UnixNano()
		after := c.Now()
		if half := (after - before + 1) / 2; half < best.ErrNS {
			best = history.ClockPair{RealNS: real, MonoNS: before + half, ErrNS: half}
		}
	}
	return best
}
