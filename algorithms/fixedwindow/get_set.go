package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func getSet() algorithms.Technique {
	return algorithms.Technique{
		Name:  "get-set",
		About: "GET, compare on the client, SET EX of the count plus 1.",
		Origin: algorithms.Origin{
			Source: "limiters on a cache that can only get and put: tj/node-ratelimiter issue 6 for the lost count, GrahamCampbell/Laravel-Throttle issue 35 for the renewed window",
			Flaw: "requests between the two trips all store the same count, so that most are never counted; " +
				"and every admitted one renews the window",
			Repair: "multi",
		},
		New:      newGetSet,
		UnitCost: true,
		Trips:    2,
	}
}

func newGetSet(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "gs", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		count, err := countOf(conn.Do(ctx, "GET", key))
		if err != nil {
			return algorithms.Decision{}, drivers.WithClass(drivers.Failed, err)
		}
		if count < limit.L {
			if _, err := conn.Do(ctx, "SET", key, algorithms.Text(count+1), "EX", seconds(limit.W)); err != nil {
				return algorithms.Decision{}, err
			}
		}
		return counted(limit.L, count+1), nil
	}}
}

// countOf reads the reply of GET: no key is a count of 0.
func countOf(r drivers.Reply, err error) (int64, error) {
	if err != nil || r.IsNil() {
		return 0, err
	}
	return r.Int64()
}
