package fixedwindow

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func multiTTL() algorithms.Technique {
	return algorithms.Technique{
		Name: "multi-ttl",
		About: "MULTI{INCR, TTL}EXEC, then EXPIRE of int(period)+1 seconds in a trip of its own if the count is 1 or there is no TTL; " +
			"denied if the count is above the limit.",
		Origin: algorithms.Origin{
			Source: "a post-mortem of a chat bot that calls it an atomic pipeline; with PTTL also in fastapi-limiter, issue 6",
			Flaw: "the window lasts a second longer than the period, so that requests are denied that are due again; " +
				"and a client that dies before EXPIRE leaves a counter that lives until the next request",
			Repair: "multi-charged",
		},
		New:      newMultiTTL,
		Contract: chargesDenied,
		UnitCost: true,
		Trips:    1,
	}
}

func newMultiTTL(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	life := algorithms.Text(int64(limit.W/time.Second) + 1)
	return algorithms.Single{State: "mt", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		r, err := conn.Multi(ctx, drivers.Cmd("INCR", key), drivers.Cmd("TTL", key))
		if err != nil {
			return algorithms.Decision{}, err
		}
		count, ttl := r[0].Int, r[1].Int
		if count == 1 || ttl == -1 {
			// The transaction ended with EXEC: this is a trip of its own again.
			if _, err := conn.Do(ctx, "EXPIRE", key, life); err != nil {
				return algorithms.Decision{}, drivers.MayHaveRun(err)
			}
		}
		return counted(limit.L, count), nil
	}}
}
