package fixedwindow

import (
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

func newMulti(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return algorithms.Optimistic{
		Conn: conn, State: state,
		Reads: func(key string) []drivers.Command {
			return []drivers.Command{drivers.Cmd("GET", key), drivers.Cmd("PEXPIRETIME", key)}
		},
		Decide: func(key string, r []drivers.Reply, at algorithms.Instant, n int64) (algorithms.Decision, []drivers.Command, error) {
			m, err := decode(limit, r[0], r[1].Int)
			if err != nil {
				return algorithms.Decision{}, nil, err
			}
			m, d := m.step(at, n)
			if !d.Allowed {
				return d, nil, nil
			}
			// Opening and counting are the same command: SET of the new count with the
			// window's own deadline. An INCRBY would make a counter without a time to
			// live wherever the key could expire just before it.
			return d, []drivers.Command{drivers.Cmd("SET", key, algorithms.Text(m.count), "PXAT", algorithms.Text(m.deadline))}, nil
		},
	}
}
