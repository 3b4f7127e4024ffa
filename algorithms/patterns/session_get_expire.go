package patterns

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func sessionGetExpire() Program {
	return Program{
		Pattern: "session", Name: "get-expire",
		About: "Two readers, each: GET the session, then EXPIRE to renew it; valid if there was one.",
		Origin: algorithms.Origin{
			Source: "an article on Redis patterns, session with sliding expiration; connect-redis renews by EXPIRE too",
			Flaw:   "the session may expire between GET and EXPIRE, whose reply nobody reads: the reader goes on with a session that is gone",
			Repair: "getex",
		},
		Promise: lives,
		Seed:    loggedIn(),
		Roles:   []Role{{"reader", getExpire}, {"reader", getExpire}},
		Judge:   judgeLife,
	}
}

func getExpire(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
	r, err := conn.Do(ctx, "GET", session)
	if err != nil || r.IsNil() {
		return invalid, err
	}
	if _, err := conn.Do(ctx, "EXPIRE", session, life()); err != nil {
		return "", err
	}
	return valid, nil
}
