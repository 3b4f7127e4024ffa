package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func watchLate() algorithms.Technique {
	return algorithms.Technique{
		Name:  "watch-late",
		About: "GET, compare on the client, then WATCH, then MULTI{INCR, PEXPIRE NX}EXEC; failed if the key changed.",
		Origin: algorithms.Origin{
			Source: "a misreading of optimistic locking: the documentation of transactions has WATCH before GET",
			Flaw:   "WATCH guards only what is read after it: a request that was counted between GET and WATCH is not seen, and both are admitted",
			Repair: "multi",
		},
		New:      newWatchLate,
		UnitCost: true,
		Trips:    3,
	}
}

func newWatchLate(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	window := algorithms.Text(limit.W.Milliseconds())
	return algorithms.Single{State: "wl", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		count, err := countOf(conn.Do(ctx, "GET", key))
		if err != nil {
			return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
		}
		if count >= limit.L {
			return counted(limit.L, count+1), nil
		}
		err = conn.Watch(ctx, []string{key}, func(tx drivers.Tx) error {
			r, err := tx.Exec(ctx, drivers.Cmd("INCR", key), drivers.Cmd("PEXPIRE", key, window, "NX"))
			if err == nil {
				count = r[0].Int
			}
			return err
		})
		if err != nil {
			return algorithms.Decision{}, err
		}
		return algorithms.Untimed(true, limit.L, limit.L-count), nil // by what GET said
	}}
}
