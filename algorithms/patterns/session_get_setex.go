package patterns

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func sessionGetSetEx() Program {
	return Program{
		Pattern: "session", Name: "get-setex",
		About: "A reader: GET the session, then SETEX to store and renew it. A logout: DEL.",
		Origin: algorithms.Origin{
			Source: "session stores that save the session at the end of a request: tj/connect-redis issue 328, expressjs/session issue 632",
			Flaw:   "a logout between GET and SETEX is undone: the session is stored again, and whoever holds its cookie is logged in",
			Repair: "set-xx",
		},
		Promise: stays,
		Seed:    loggedIn(),
		Roles:   []Role{{"reader", getSetEx}, {"logout", logout}},
		Judge:   judgeLogout,
	}
}

func getSetEx(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
	r, err := conn.Do(ctx, "GET", session)
	if err != nil || r.IsNil() {
		return invalid, err
	}
	if _, err := conn.Do(ctx, "SETEX", session, life(), r.Text); err != nil {
		return "", err
	}
	return valid, nil
}
