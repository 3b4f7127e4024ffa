package fixedwindow

import (
	_ "embed"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

//go:embed fixedwindow.lua
var source string

var script = drivers.NewScript(source)

func lua() algorithms.Technique {
	return algorithms.Technique{
		Name:      "lua",
		About:     "One script: INCRBY, PEXPIRE if that opened the window, DECRBY if a cost above 1 was too much, PTTL.",
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
		Args:    []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Milliseconds())},
		Answers: 2,
		Decide:  func(n int64, a []int64) algorithms.Decision { return decide(limit.L, n, a[0], left(a)) },
	}
}

// left is the time until the window ends: to the millisecond by PTTL, which is -2
// without a window and does not count the last millisecond that the key lives
// through; exactly if the script was asked for the instants.
func left(answer []int64) time.Duration {
	if len(answer) == 2 {
		return time.Duration(max(0, answer[1]+1)) * time.Millisecond
	}
	at, resetAt := algorithms.Instant(answer[2]), algorithms.Instant(answer[3])
	if resetAt == 0 {
		return 0
	}
	return algorithms.Expiry(resetAt.Milli()).Sub(at)
}

// decide makes the decision about a cost n that brought, or would have brought, the
// window to count.
func decide(limit, n, count int64, left time.Duration) algorithms.Decision {
	d := algorithms.Decision{Allowed: count <= limit, Limit: limit, ResetAfter: left}
	switch {
	case d.Allowed:
		d.Remaining = limit - count
		return d
	case n > limit:
		d.RetryAfter = algorithms.Never
	default:
		d.RetryAfter = left
	}
	d.Remaining = max(0, limit-(count-n))
	return d
}
