package engine

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// limiterOn builds the cell's limiter on a connection, or, where the clocks of its clients
// differ, two that share it.
func (t *trial) limiterOn(conn drivers.Conn) algorithms.Limiter {
	limiter := t.cell.Subject.Technique.New(conn, t.cell.Scenario.Limit, t.env())
	by := t.cell.Scenario.Skew
	if by == 0 {
		return limiter
	}
	off := t.env()
	now := off.Now
	off.Now = func() time.Time { return now().Add(by) }
	return &inTurns{limiters: [2]algorithms.Limiter{limiter, t.cell.Subject.Technique.New(conn, t.cell.Scenario.Limit, off)}}
}

// inTurns asks two limiters in turns.
type inTurns struct {
	limiters [2]algorithms.Limiter
	turn     atomic.Uint64
}

// Allow implements algorithms.Limiter.
func (l *inTurns) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	return l.limiters[l.turn.Add(1)%2].Allow(ctx, key, n)
}
