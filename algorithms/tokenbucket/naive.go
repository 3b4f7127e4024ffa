package tokenbucket

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func naive() algorithms.Technique {
	return algorithms.Technique{
		Name:        "naive",
		About:       "HMGET, compute on the client by its own clock, HSET, PEXPIRE: requests between the first two are lost updates.",
		New:         newNaive,
		ClientClock: true,
		Trips:       3,
	}
}

type naiveLimiter struct {
	conn  drivers.Conn
	limit algorithms.Limit
	now   func() time.Time
}

func newNaive(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return naiveLimiter{conn: conn, limit: limit, now: env.Now}
}

func (l naiveLimiter) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	key := algorithms.Key(user, state)
	hash, err := l.conn.Do(ctx, get(key)...)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	m, err := decode(l.limit, hash)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	m, d := m.step(algorithms.InstantOf(l.now()), n)
	if !d.Allowed {
		return d, nil
	}
	if _, err := l.conn.Do(ctx, m.set(key)...); err != nil {
		return algorithms.Decision{}, err
	}
	if _, err := l.conn.Do(ctx, m.expire(key)...); err != nil {
		return algorithms.Decision{}, drivers.MayHaveRun(err)
	}
	return d, nil
}
