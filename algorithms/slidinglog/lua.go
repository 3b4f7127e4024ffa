package slidinglog

import (
	_ "embed"
	"time"

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
		Conn: conn, Script: script, State: state, ID: env.ID, Probe: env.Probe,
		Args:    []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Milliseconds())},
		Answers: 3,
		Decide:  func(_ int64, a []int64) algorithms.Decision { return decide(limit.L, a[0], a[1], a[2]) },
	}
}

// decide reads the script's answer.
func decide(limit, remaining, retry, reset int64) algorithms.Decision {
	d := algorithms.Decision{
		Allowed: remaining >= 0, Limit: limit, Remaining: remaining,
		RetryAfter: time.Duration(retry) * time.Microsecond, ResetAfter: time.Duration(reset) * time.Microsecond,
	}
	if !d.Allowed {
		d.Remaining = -1 - remaining
	}
	if retry < 0 {
		d.RetryAfter = algorithms.Never
	}
	return d
}
