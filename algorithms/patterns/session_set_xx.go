package patterns

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func sessionSetXX() Program {
	return Program{
		Pattern: "session", Name: "set-xx",
		About:   "A reader: GET the session, then SET XX EX to store and renew it if it is still there. A logout: DEL.",
		Origin:  algorithms.Origin{Source: "Redis documentation of SET, option XX"},
		Promise: stays,
		Seed:    loggedIn(),
		Roles:   []Role{{"reader", setXX}, {"logout", logout}},
		Judge:   judgeLogout,
	}
}

func setXX(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
	r, err := conn.Do(ctx, "GET", session)
	if err != nil || r.IsNil() {
		return invalid, err
	}
	stored, err := conn.Do(ctx, "SET", session, r.Text, "XX", "EX", life())
	if err != nil {
		return "", err
	}
	return found(stored), nil // SET answers nil where there was nothing to overwrite
}
