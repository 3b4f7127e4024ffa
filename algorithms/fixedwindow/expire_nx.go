package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func expireNX() algorithms.Technique {
	return algorithms.Technique{
		Name:  "expire-nx",
		About: "MULTI{INCR, PEXPIRE NX}EXEC, with Redis 7.0 or later; denied if the count is above the limit.",
		Origin: algorithms.Origin{
			Source: "Redis documentation of EXPIRE, option NX; the repair of reports such as veryfront-code issue 2256",
		},
		New:      newExpireNX,
		Contract: chargesDenied,
		Atomic:   true,
		UnitCost: true,
		Trips:    1,
	}
}

func newExpireNX(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	window := algorithms.Text(limit.W.Milliseconds())
	return algorithms.Single{State: "en", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		// NX is the condition that multi-expire lacks: it sets no deadline where there is one.
		r, err := conn.Multi(ctx, drivers.Cmd("INCR", key), drivers.Cmd("PEXPIRE", key, window, "NX"))
		if err != nil {
			return algorithms.Decision{}, err
		}
		return counted(limit.L, r[0].Int), nil
	}}
}
