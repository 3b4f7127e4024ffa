package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func incrExpire() algorithms.Technique {
	return algorithms.Technique{
		Name:  "incr-expire",
		About: "INCR, then EXPIRE in a trip of its own if the count is 1; denied if the count is above the limit.",
		Origin: algorithms.Origin{
			Source: "Redis documentation of INCR, pattern rate limiter 2, which warns of it; redis/redis issue 4548; " +
				"tutorials on login throttling, which say that it lets one try too many in",
			Flaw: "a client that dies between the two trips leaves a counter that never expires, and its user is locked out for good; " +
				"an EXPIRE that comes late makes the window longer",
			Repair: "lua",
		},
		New:      newIncrExpire,
		Contract: chargesDenied,
		UnitCost: true,
		Trips:    1,
	}
}

func newIncrExpire(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "ie", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		count, err := conn.Do(ctx, "INCR", key)
		if err != nil {
			return algorithms.Decision{}, err
		}
		if count.Int == 1 {
			// Whoever dies here never sets the deadline, and nobody else gets a 1 again.
			if _, err := conn.Do(ctx, "EXPIRE", key, seconds(limit.W)); err != nil {
				return algorithms.Decision{}, drivers.MayHaveRun(err)
			}
		}
		return counted(limit.L, count.Int), nil
	}}
}
