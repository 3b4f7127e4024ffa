package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func setNXIncr() algorithms.Technique {
	return algorithms.Technique{
		Name:  "setnx-incr",
		About: "SET 0 EX NX, which opens the window if there is none, then INCR in a trip of its own; denied if the count is above the limit.",
		Origin: algorithms.Origin{
			Source: "RateLimiter of Laravel, add and then increment: laravel/framework issue 20641; with GET in place of SET NX, haraka/Haraka issue 1757",
			Flaw: "a window that ends between the two trips makes INCR begin a counter that never expires, " +
				"and its user is locked out for good",
			Repair: "multi-charged",
		},
		New:      newSetNXIncr,
		Contract: chargesDenied,
		UnitCost: true,
		Trips:    2,
	}
}

func newSetNXIncr(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "si", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		if _, err := conn.Do(ctx, "SET", key, "0", "EX", seconds(limit.W), "NX"); err != nil {
			// A count of 0 charges nothing, whether or not it was stored.
			return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
		}
		count, err := conn.Do(ctx, "INCR", key)
		if err != nil {
			return algorithms.Decision{}, err
		}
		return counted(limit.L, count.Int), nil
	}}
}
