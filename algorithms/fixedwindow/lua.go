package fixedwindow

import (
	_ "embed"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

//go:embed fixedwindow.lua
var source string

var script = drivers.NewScript(source)

func lua() algorithms.Technique {
	return algorithms.Technique{
		Name:      "lua",
		About:     "One script: GET, then SET PXAT to open or INCRBY to count, PEXPIRETIME, TIME.",
		New:       newLua,
		Atomic:    true,
		Serial:    true,
		OneScript: true,
		Trips:     1,
	}
}

func newLua(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return algorithms.Scripted{
		Conn: conn, Script: script, State: state, Most: limit.L,
		Args: []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Milliseconds())},
	}
}
