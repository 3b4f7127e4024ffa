package fixedwindow

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func multiCharged() algorithms.Technique {
	return algorithms.Technique{
		Name:  "multi-charged",
		About: "MULTI{SET 0 PX NX, INCR, PTTL}EXEC: opens the window if there is none, counts, and is denied if the count is above the limit.",
		Origin: algorithms.Origin{
			Source: "what a conditional EXPIRE comes to without a script: the key is born with its deadline",
		},
		New:      newMultiCharged,
		Contract: chargesDenied,
		Atomic:   true,
		UnitCost: true,
		Trips:    1,
	}
}

func newMultiCharged(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	window := algorithms.Text(limit.W.Milliseconds())
	return algorithms.Single{State: "mc", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		r, err := conn.Multi(ctx,
			drivers.Cmd("SET", key, "0", "PX", window, "NX"),
			drivers.Cmd("INCR", key),
			drivers.Cmd("PTTL", key))
		if err != nil {
			return algorithms.Decision{}, err
		}
		d := counted(limit.L, r[1].Int)
		// PTTL does not count the last millisecond, which the key lives through.
		d.ResetAfter = time.Duration(r[2].Int+1) * time.Millisecond
		if !d.Allowed {
			d.RetryAfter = d.ResetAfter
		}
		return d, nil
	}}
}
