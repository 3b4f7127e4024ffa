package gcra

import (
	"context"
	"errors"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func lock() algorithms.Technique {
	return algorithms.Technique{
		Name: "lock",
		About: "SET NX PX of a lock that lives for a window, failed if it is held; then GET, TIME, compute on the client, SET PX of the TAT; " +
			"then DEL of the lock.",
		Origin: algorithms.Origin{
			Source: "locks around a read and a write: errorception/redis-lock issue 29; Redis documentation of distributed locks has the token that is missing here",
			Flaw: "the lock may expire while its owner is held up: another one reads the same TAT, and the first overwrites what the other has stored; " +
				"a token in the lock would not save the TAT from an owner that comes late",
			Repair: "lua",
		},
		New:      newLock,
		UnitCost: true,
		Trips:    5,
	}
}

var errLocked = drivers.WithClass(drivers.Failed, errors.New("the lock is held by another request"))

func newLock(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	l := lockLimiter{conn, limit, algorithms.Text(limit.W.Milliseconds())}
	return algorithms.Single{State: "lk", Decide: l.decide}
}

type lockLimiter struct {
	conn  drivers.Conn
	limit algorithms.Limit
	life  string // of the lock
}

func (l lockLimiter) decide(ctx context.Context, key string) (algorithms.Decision, error) {
	held := key + ":lock"
	r, err := l.conn.Do(ctx, "SET", held, "1", "NX", "PX", l.life)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	if r.IsNil() {
		return algorithms.Decision{}, errLocked
	}
	d, err := l.underLock(ctx, key)
	// Whoever holds it by now: the lock does not say whose it is.
	if _, unlocked := l.conn.Do(ctx, "DEL", held); err == nil && unlocked != nil {
		return algorithms.Decision{}, drivers.MayHaveRun(unlocked)
	}
	return d, err
}

// underLock reads, computes and writes as if nobody else could.
func (l lockLimiter) underLock(ctx context.Context, key string) (algorithms.Decision, error) {
	tat, err := l.conn.Do(ctx, "GET", key)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	m, err := decode(l.limit, tat)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	at, err := serverTime(ctx, l.conn)
	if err != nil {
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}
	m, d := m.step(at, 1)
	if !d.Allowed {
		return d, nil
	}
	if _, err := l.conn.Do(ctx, m.set(key, at)...); err != nil {
		return algorithms.Decision{}, err
	}
	return d, nil
}
