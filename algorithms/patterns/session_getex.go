package patterns

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func sessionGetEx() Program {
	return Program{
		Pattern: "session", Name: "getex",
		About:   "Two readers, each: GETEX, which reads the session and renews it; valid if there was one.",
		Origin:  algorithms.Origin{Source: "Redis documentation of GETEX, Redis 6.2 or later"},
		Promise: lives,
		Seed:    loggedIn(),
		Roles:   []Role{{"reader", getEx}, {"reader", getEx}},
		Judge:   judgeLife,
	}
}

func getEx(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
	r, err := conn.Do(ctx, "GETEX", session, "EX", life())
	if err != nil {
		return "", err
	}
	return found(r), nil
}
