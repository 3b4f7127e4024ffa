package fixedwindow

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func naive() algorithms.Technique {
	return algorithms.Technique{
		Name:  "naive",
		About: "GET, compare on the client, INCRBY, and PEXPIRE if the count is new: requests between the first two all see room.",
		New:   newNaive,
		Trips: 2,
	}
}

type naiveLimiter struct {
	conn   drivers.Conn
	limit  algorithms.Limit
	window string
}

func newNaive(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return naiveLimiter{conn: conn, limit: limit, window: algorithms.Text(limit.W.Milliseconds())}
}

func (l naiveLimiter) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	key := algorithms.Key(user, state)
	count, err := l.conn.Do(ctx, "GET", key)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	m, err := decode(l.limit, count, 0)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	switch {
	case n > l.limit.L:
		return l.decision(false, m.count, algorithms.Never), nil
	case m.count+n > l.limit.L:
		return l.decision(false, m.count, algorithms.NotKnown), nil
	}
	return l.charge(ctx, key, n)
}

// charge is the part that comes too late: the count may have changed since GET.
func (l naiveLimiter) charge(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	r, err := l.conn.Do(ctx, "INCRBY", key, algorithms.Text(n))
	if err != nil {
		return algorithms.Decision{}, err
	}
	count, err := r.Int64()
	if err != nil {
		return algorithms.Decision{}, drivers.MayHaveRun(err)
	}
	if count == n {
		if _, err := l.conn.Do(ctx, "PEXPIRE", key, l.window); err != nil {
			return algorithms.Decision{}, drivers.MayHaveRun(err)
		}
	}
	return l.decision(true, count, 0), nil
}

// decision fills in what a technique knows that never reads a clock or a TTL.
func (l naiveLimiter) decision(allowed bool, count int64, retry time.Duration) algorithms.Decision {
	return algorithms.Decision{
		Allowed:    allowed,
		Limit:      l.limit.L,
		Remaining:  max(0, l.limit.L-count),
		RetryAfter: retry,
		ResetAfter: algorithms.NotKnown,
	}
}
