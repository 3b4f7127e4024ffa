package slidinglog

import (
	_ "embed"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

//go:embed slidinglog.lua
var source string

var script = drivers.NewScript(source)

func lua() algorithms.Technique {
	return algorithms.Technique{
		Name:      "lua",
		About:     "One script: TIME, ZCOUNT, ZREMRANGEBYSCORE, ZADD, PEXPIRE.",
		New:       newLua,
		Atomic:    true,
		Serial:    true,
		OneScript: true,
		Trips:     1,
	}
}

func newLua(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return algorithms.Scripted{
		Conn: conn, Script: script, State: state, Most: limit.L, ID: env.ID,
		Args: []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Microseconds()), algorithms.Outliving(limit.W)},
	}
}
