package gcra

import (
	_ "embed"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

//go:embed gcra.lua
var source string

var script = drivers.NewScript(source)

func lua() algorithms.Technique {
	return algorithms.Technique{
		Name:      "lua",
		About:     "One script: TIME, GET, SET PX.",
		New:       newLua,
		Atomic:    true,
		Serial:    true,
		OneScript: true,
		Trips:     1,
	}
}

func newLua(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return algorithms.Scripted{
		Conn: conn, Script: script, State: state, Probe: env.Probe,
		Args:    []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Milliseconds()), algorithms.Text(limit.B)},
		Answers: 1,
		Decide:  func(n int64, a []int64) algorithms.Decision { return limit.SignedDebt(n, a[0]) },
	}
}
