// Defects is a program of another repository. It registers GCRA and a fixed window
// with a defect each, small ones that a test of a few requests passes, and the same
// two without. They tell no more than most limiters do: no instant, no window.
package main

import (
	"context"

	"github.com/rlbench/rlbench"
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func main() {
	rlbench.Main(rlbench.Plugins{Techniques: map[string][]algorithms.Technique{
		"gcra": {
			technique("sound", "Without a defect.", bucket("", "")),
			technique("leaky", "Admits one of 1,000 requests that it should deny.",
				bucket(`if redis.call('INCR', 'denials') % 1000 == 0 then return 1 end`, "")),
			technique("charging", "Charges denied requests, although its contract says that it does not.",
				bucket(`redis.call('SET', KEYS[1], tat + cost, 'PX', math.ceil((tat + cost - now) / 1000) + 1)`, "")),
			technique("endless", "Never lets a key expire.", bucket("", "PERSIST")),
		},
		"fixedwindow": {
			technique("steady", "Without a defect.", window("")),
			technique("forgetful", "Forgets its state at every whole second.",
				window(`local second = KEYS[1] .. redis.call('TIME')[1]
if redis.call('SET', second, 1, 'NX', 'PX', 2000) then redis.call('DEL', KEYS[1]) end`)),
		},
	}})
}

func technique(name, about string, script *drivers.Script) algorithms.Technique {
	return algorithms.Technique{
		Name: name, About: about, Atomic: true, Trips: 1,
		New: func(conn drivers.Conn, l algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
			return limiter{conn, l, script}
		},
	}
}

// bucket is GCRA with what else it does when it denies and after it has admitted.
func bucket(denied, admitted string) *drivers.Script {
	if admitted != "" {
		admitted = "redis.call('" + admitted + "', KEYS[1])"
	}
	return drivers.NewScript(`local interval = ARGV[3] * 1000 / ARGV[2]
local cost, time = ARGV[1] * interval, redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local tat = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
if tat + cost - now > ARGV[3] * 1000 then
` + denied + `
  return 0
end
redis.call('SET', KEYS[1], tat + cost, 'PX', math.ceil((tat + cost - now) / 1000) + 1)
` + admitted + `
return 1`)
}

// window is a fixed window with what it does before it counts.
func window(before string) *drivers.Script {
	return drivers.NewScript(before + `
local n = redis.call('INCRBY', KEYS[1], ARGV[1])
if n == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return n <= tonumber(ARGV[2]) and 1 or 0`)
}

type limiter struct {
	conn   drivers.Conn
	limit  algorithms.Limit
	script *drivers.Script
}

// Allow implements algorithms.Limiter.
func (l limiter) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	var allowed [1]int64
	err := l.conn.Eval(ctx, l.script, []string{algorithms.Key(key, "outside")},
		[]string{algorithms.Text(n), algorithms.Text(l.limit.L), algorithms.Text(l.limit.W.Milliseconds())}, allowed[:])
	return algorithms.Decision{
		Allowed: allowed[0] == 1, Limit: l.limit.L,
		Remaining: algorithms.NotKnown, RetryAfter: algorithms.NotKnown, ResetAfter: algorithms.NotKnown,
	}, err
}
