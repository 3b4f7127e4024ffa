package tokenbucket

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func multi() algorithms.Technique {
	return algorithms.Technique{
		Name:   "multi",
		About:  "WATCH, then HMGET and TIME in one trip, then MULTI{HSET, PEXPIRE}EXEC; again from the start if the key changed.",
		New:    newMulti,
		Atomic: true,
		Serial: true,
		Trips:  3,
	}
}

type multiLimiter struct {
	conn  drivers.Conn
	limit algorithms.Limit
}

func newMulti(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return multiLimiter{conn: conn, limit: limit}
}

func (l multiLimiter) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	key := algorithms.Key(user, state)
	// TIME comes after the state, and after WATCH in every attempt: a clock read
	// before would be stale on a retry, and could lie before the state.
	reads := []drivers.Command{get(key), drivers.Cmd("TIME")}
	var d algorithms.Decision
	_, err := algorithms.Transact(ctx, l.conn, key, reads, func(r []drivers.Reply) ([]drivers.Command, error) {
		m, err := decode(l.limit, r[0])
		if err != nil {
			return nil, err
		}
		at, err := algorithms.TimeOf(r[1])
		if err != nil {
			return nil, err
		}
		m, d = m.step(at, n)
		if !d.Allowed {
			return []drivers.Command{drivers.Cmd("EXISTS", key)}, nil
		}
		return []drivers.Command{m.set(key), m.expire(key)}, nil
	})
	if err != nil {
		return algorithms.Decision{}, err
	}
	return d, nil
}
