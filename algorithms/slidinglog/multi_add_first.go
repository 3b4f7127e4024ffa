package slidinglog

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// It is held to the contract of the log, not to one that charges denied requests: what
// its users are told is how many requests per window they have.
func multiAddFirst() algorithms.Technique {
	return algorithms.Technique{
		Name:  "multi-add-first",
		About: "MULTI{ZREMRANGEBYSCORE, ZADD, ZCARD, PEXPIRE}EXEC by the client's clock; denied if the count is above the limit.",
		Origin: algorithms.Origin{
			Source: "ClassDojo's better rate limiting with sorted sets, where it is intended: peterkhayes/rolling-rate-limiter issues 9 and 36; tj/node-ratelimiter issue 43",
			Flaw:   "a denied request stays in the log: a client that polls faster than the limit is never admitted again until it stops",
			Repair: "multi",
		},
		New:         newMultiAddFirst,
		UnitCost:    true,
		ClientClock: true,
		Trips:       1,
	}
}

func newMultiAddFirst(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "af", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		at := algorithms.InstantOf(env.Now())
		r, err := conn.Multi(ctx, trim(key, at, limit), entry(key, at, env.ID()), drivers.Cmd("ZCARD", key), expire(key, limit))
		if err != nil {
			return algorithms.Decision{}, err
		}
		return counted(limit.L, r[2].Int, at), nil
	}}
}
