package tokenbucket

import (
	"context"
	"errors"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func abortIgnored() algorithms.Technique {
	return algorithms.Technique{
		Name:  "abort-ignored",
		About: "WATCH, then HMGET and TIME in one trip, then MULTI{HSET, PEXPIRE}EXEC; admitted whether or not EXEC found that the key changed.",
		Origin: algorithms.Origin{
			Source: "Redis documentation of transactions: an aborted EXEC answers nil, which many clients return as a value and not as an error, so that it is easy not to look",
			Flaw:   "WATCH notices every conflict and nobody asks it: a request whose EXEC was aborted is admitted and not charged",
			Repair: "multi",
		},
		New:      newAbortIgnored,
		UnitCost: true,
		Trips:    3,
	}
}

func newAbortIgnored(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "ai", Decide: func(ctx context.Context, key string) (d algorithms.Decision, err error) {
		sent := false
		err = conn.Watch(ctx, []string{key}, func(tx drivers.Tx) error {
			r, err := tx.Read(ctx, get(key), drivers.Cmd("TIME"))
			if err != nil {
				return err
			}
			var write []drivers.Command
			if d, write, err = decideByTime(limit, key, r); err != nil || !d.Allowed {
				return err
			}
			sent = true
			if _, err = tx.Exec(ctx, write...); errors.Is(err, drivers.ErrAborted) {
				return nil
			}
			return err
		})
		switch {
		case err == nil:
			return d, nil
		case sent:
			return algorithms.Decision{}, err
		}
		return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
	}}
}

// decideByTime makes the decision, and what stores the state after it, of the replies
// to HMGET and TIME.
func decideByTime(limit algorithms.Limit, key string, r []drivers.Reply) (algorithms.Decision, []drivers.Command, error) {
	m, err := decode(limit, r[0])
	if err != nil {
		return algorithms.Decision{}, nil, err
	}
	at, err := algorithms.TimeOf(r[1])
	if err != nil {
		return algorithms.Decision{}, nil, err
	}
	m, d := m.step(at, 1)
	return d, []drivers.Command{m.set(key), m.expire(key)}, nil
}
