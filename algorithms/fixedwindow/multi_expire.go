package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func multiExpire() algorithms.Technique {
	return algorithms.Technique{
		Name:  "multi-expire",
		About: "MULTI{INCR, EXPIRE}EXEC; denied if the count is above the limit.",
		Origin: algorithms.Origin{
			Source: "tutorials that make INCR and EXPIRE one transaction, or one script without a condition, such as Redis' own for ASP.NET",
			Flaw: "every hit renews the window, a denied one too: slow but steady requests add up, " +
				"and a client that polls is locked out until it stops",
			Repair: "expire-nx",
		},
		New:      newMultiExpire,
		Contract: chargesDenied,
		UnitCost: true,
		Trips:    1,
	}
}

func newMultiExpire(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "me", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		// Nothing between MULTI and EXEC can depend on the count.
		r, err := conn.Multi(ctx, drivers.Cmd("INCR", key), drivers.Cmd("EXPIRE", key, seconds(limit.W)))
		if err != nil {
			return algorithms.Decision{}, err
		}
		return counted(limit.L, r[0].Int), nil
	}}
}
