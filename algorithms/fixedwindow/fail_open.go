package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func failOpen() algorithms.Technique {
	return algorithms.Technique{
		Name:  "fail-open",
		About: "The script of lua; admitted if it ends in an error, whatever the error.",
		Origin: algorithms.Origin{
			Source: "a post-mortem of a chat bot, and the default of most middlewares: rather admit too much than refuse everybody while Redis is down",
			Flaw:   "an error says nothing about the limit: a request that was denied is admitted after all if only its reply is lost",
			Repair: "lua",
		},
		New:       newFailOpen,
		UnitCost:  true,
		OneScript: true,
		Trips:     1,
	}
}

func newFailOpen(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	args := []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Milliseconds())}
	return algorithms.Single{State: "fo", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		var answer [2]int64
		if err := conn.Eval(ctx, script, []string{key}, args, answer[:]); err != nil {
			return algorithms.Untimed(true, limit.L, 0), nil
		}
		return decide(limit.L, 1, answer[0], left(answer[:])), nil
	}}
}
