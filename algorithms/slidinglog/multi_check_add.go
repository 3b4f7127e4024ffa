package slidinglog

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func multiCheckAdd() algorithms.Technique {
	return algorithms.Technique{
		Name:  "multi-check-add",
		About: "MULTI{ZREMRANGEBYSCORE, ZCARD}EXEC by the client's clock, compare, MULTI{ZADD, PEXPIRE}EXEC.",
		Origin: algorithms.Origin{
			Source: "tutorials on the sliding window with sorted sets: raphaeldelio/redis-rate-limiter-java-example issue 1 and many more",
			Flaw:   "each of the two transactions is atomic and the decision lies between them: requests that count before any of them adds are all admitted",
			Repair: "multi",
		},
		New:         newMultiCheckAdd,
		UnitCost:    true,
		ClientClock: true,
		Trips:       2,
	}
}

func newMultiCheckAdd(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "ca", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		at := algorithms.InstantOf(env.Now())
		r, err := conn.Multi(ctx, trim(key, at, limit), drivers.Cmd("ZCARD", key))
		if err != nil {
			// Trimming charges nothing.
			return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
		}
		d := counted(limit.L, r[1].Int+1, at)
		if d.Allowed {
			_, err = conn.Multi(ctx, entry(key, at, env.ID()), expire(key, limit))
		}
		return d, err
	}}
}
