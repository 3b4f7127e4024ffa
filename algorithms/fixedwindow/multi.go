package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func multi() algorithms.Technique {
	return algorithms.Technique{
		Name:   "multi",
		About:  "WATCH, then GET, PEXPIRETIME and TIME in one trip, then MULTI{SET PXAT}EXEC; again from the start if the key changed.",
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

// Allow opens and counts with the same command: SET of the new count with the
// window's own deadline. An INCRBY would make a counter without a time to live
// wherever the key could expire just before it.
func (l multiLimiter) Allow(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	key := algorithms.Key(user, state)
	reads := []drivers.Command{drivers.Cmd("GET", key), drivers.Cmd("PEXPIRETIME", key), drivers.Cmd("TIME")}
	var d algorithms.Decision
	_, err := algorithms.Transact(ctx, l.conn, key, reads, func(r []drivers.Reply) ([]drivers.Command, error) {
		m, err := decode(l.limit, r[0], r[1].Int)
		if err != nil {
			return nil, err
		}
		at, err := algorithms.TimeOf(r[2])
		if err != nil {
			return nil, err
		}
		m, d = m.step(at, n)
		if !d.Allowed {
			return []drivers.Command{drivers.Cmd("EXISTS", key)}, nil
		}
		return []drivers.Command{drivers.Cmd("SET", key, algorithms.Text(m.count), "PXAT", algorithms.Text(m.deadline))}, nil
	})
	if err != nil {
		return algorithms.Decision{}, err
	}
	return d, nil
}
