package main

import (
	"context"

	"github.com/rlbench/rlbench"
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func main() {
	rlbench.Main(rlbench.Plugins{Techniques: map[string][]algorithms.Technique{"fixedwindow": {{
		Name: "mine", About: "One script: GET, then INCRBY, and PEXPIRE if that made the key.", Atomic: true, Trips: 1,
		New: func(conn drivers.Conn, l algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
			return limiter{conn, l}
		},
	}}}})
}

var script = drivers.NewScript(`local n = tonumber(redis.call('GET', KEYS[1]) or 0) + ARGV[1]
if n > tonumber(ARGV[2]) then return 0 end
if redis.call('INCRBY', KEYS[1], ARGV[1]) == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`)

type limiter struct {
	conn  drivers.Conn
	limit algorithms.Limit
}

func (l limiter) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	var allowed [1]int64
	err := l.conn.Eval(ctx, script, []string{algorithms.Key(key, "mine")},
		[]string{algorithms.Text(n), algorithms.Text(l.limit.L), algorithms.Text(l.limit.W.Milliseconds())}, allowed[:])
	return algorithms.Decision{
		Allowed: allowed[0] == 1, Limit: l.limit.L,
		Remaining: algorithms.NotKnown, RetryAfter: algorithms.NotKnown, ResetAfter: algorithms.NotKnown,
	}, err
}
