package gcra

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func multi() algorithms.Technique {
	return algorithms.Technique{
		Name:   "multi",
		About:  "WATCH, then GET and TIME in one trip, then MULTI{SET PX}EXEC; again from the start if the key changed.",
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
			return []drivers.Command{drivers.Cmd("GET", key)}
		},
		Decide: func(key string, r []drivers.Reply, at algorithms.Instant, n int64) (algorithms.Decision, []drivers.Command, error) {
			m, err := decode(limit, r[0])
			if err != nil {
				return algorithms.Decision{}, nil, err
			}
			m, d := m.step(at, n)
			if !d.Allowed {
				return d, nil, nil
			}
			return d, []drivers.Command{m.set(key, at)}, nil
		},
	}
}
