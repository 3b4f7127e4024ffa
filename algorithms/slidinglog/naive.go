package slidinglog

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func naive() algorithms.Technique {
	return algorithms.Technique{
		Name:        "naive",
		About:       "ZREMRANGEBYSCORE and ZCARD by the client's clock, compare, ZADD, PEXPIRE: requests between ZCARD and ZADD all see room.",
		New:         newNaive,
		ClientClock: true,
		Trips:       4,
	}
}

type naiveLimiter struct {
	conn  drivers.Conn
	limit algorithms.Limit
	env   algorithms.Env
}

func newNaive(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return naiveLimiter{conn: conn, limit: limit, env: env}
}

func (l naiveLimiter) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	key := algorithms.Key(user, state)
	at := algorithms.InstantOf(l.env.Now())
	count, err := l.count(ctx, key, at)
	if err != nil {
		// Trimming charges nothing, so nothing was charged yet.
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	d := algorithms.Decision{Limit: l.limit.L, At: at}
	switch {
	case n > l.limit.L:
		d.RetryAfter, d.ResetAfter = algorithms.Never, algorithms.NotKnown
	case count+n > l.limit.L:
		d.RetryAfter, d.ResetAfter = algorithms.NotKnown, algorithms.NotKnown
	default:
		if err := l.add(ctx, key, at, n); err != nil {
			return algorithms.Decision{}, err
		}
		d.Allowed, d.ResetAfter = true, l.limit.W
		count += n
	}
	d.Remaining = max(0, l.limit.L-count)
	return d, nil
}

// count trims the log and returns the cost that counts.
func (l naiveLimiter) count(ctx context.Context, key string, at algorithms.Instant) (int64, error) {
	if _, err := l.conn.Do(ctx, trim(key, at, l.limit)...); err != nil {
		return 0, err
	}
	r, err := l.conn.Do(ctx, "ZCARD", key)
	if err != nil {
		return 0, err
	}
	return r.Int64()
}

// add writes the entries and their deadline, one command per trip. After the
// first of them any error leaves a charge behind.
func (l naiveLimiter) add(ctx context.Context, key string, at algorithms.Instant, n int64) error {
	cmds := append(entries(key, at, n, l.env.ID()), expire(key, l.limit))
	for i, cmd := range cmds {
		if _, err := l.conn.Do(ctx, cmd...); err != nil && i == 0 {
			return err
		} else if err != nil {
			return drivers.MayHaveRun(err)
		}
	}
	return nil
}
