package slidinglog

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func addThenRemove() algorithms.Technique {
	return algorithms.Technique{
		Name: "add-then-remove",
		About: "MULTI{ZREMRANGEBYSCORE, ZADD, PEXPIRE}EXEC by the client's clock, then ZCARD; " +
			"if the count is above the limit, ZREM of the own entry, and denied.",
		Origin: algorithms.Origin{
			Source: "the repair that is proposed where denied requests are charged: tj/node-ratelimiter issue 43; in several trips also redis-developer/redis-ratelimiting-js issue 2",
			Flaw: "requests that have added and not yet removed count against each other, so that all of them are denied; " +
				"a client that dies before ZREM was denied and is charged",
			Repair: "lua",
		},
		New:         newAddThenRemove,
		UnitCost:    true,
		ClientClock: true,
		Trips:       2,
	}
}

func newAddThenRemove(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "ar", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		at := algorithms.InstantOf(env.Now())
		add := entry(key, at, env.ID())
		if _, err := conn.Multi(ctx, trim(key, at, limit), add, expire(key, limit)); err != nil {
			return algorithms.Decision{}, err
		}
		count, err := conn.Do(ctx, "ZCARD", key)
		if err != nil {
			return algorithms.Decision{}, drivers.MayHaveRun(err)
		}
		d := counted(limit.L, count.Int, at)
		if !d.Allowed {
			if _, err := conn.Do(ctx, "ZREM", key, add[len(add)-1]); err != nil {
				return algorithms.Decision{}, drivers.MayHaveRun(err)
			}
		}
		return d, nil
	}}
}
