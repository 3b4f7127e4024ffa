package gcra

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func naive() algorithms.Technique {
	return algorithms.Technique{
		Name:        "naive",
		About:       "GET the TAT, compute on the client by its own clock, SET PX: requests between the two are lost updates.",
		New:         newNaive,
		ClientClock: true,
		Trips:       2,
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
	tat, err := l.conn.Do(ctx, "GET", key)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	m, err := decode(l.limit, tat)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	at := algorithms.InstantOf(l.now())
	m, d := m.step(at, n)
	if !d.Allowed {
		return d, nil
	}
	if _, err := l.conn.Do(ctx, m.set(key, at)...); err != nil {
		return algorithms.Decision{}, err
	}
	return d, nil
}
