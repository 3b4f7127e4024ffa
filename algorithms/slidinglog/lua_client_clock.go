package slidinglog

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func luaClientClock() algorithms.Technique {
	return algorithms.Technique{
		Name:  "lua-client-clock",
		About: "One script, which is told the client's time: ZREMRANGEBYSCORE, ZCARD, compare, ZADD, PEXPIRE.",
		Origin: algorithms.Origin{
			Source: "tutorials that pass Date.now() to the script, and scripts that must not call TIME: otovo/redis-rate-limiters pull request 11",
			Flaw: "the script is atomic but each client has its own now: one whose clock is ahead removes entries that still count, " +
				"and so does one that is held up for the others",
			Repair: "lua",
		},
		New:         newLuaClientClock,
		OneScript:   true,
		UnitCost:    true,
		ClientClock: true,
		Trips:       1,
	}
}

// clientClockScript logs requests at the time that it is told.
// KEYS[1]: sorted set. ARGV: limit, window in microseconds, now in microseconds, id,
// milliseconds to live. Answer: whether it is admitted, the entries that count.
var clientClockScript = drivers.NewScript(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3] - ARGV[2])
local count = redis.call('ZCARD', KEYS[1])
if count >= tonumber(ARGV[1]) then
  return {0, count}
end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return {1, count + 1}
`)

func newLuaClientClock(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return algorithms.Single{State: "lc", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		at := algorithms.InstantOf(env.Now())
		args := []string{
			algorithms.Text(limit.L), algorithms.Text(limit.W.Microseconds()),
			algorithms.Text(at), env.ID(), algorithms.Outliving(limit.W),
		}
		answer := make([]int64, 2)
		if err := conn.Eval(ctx, clientClockScript, []string{key}, args, answer); err != nil {
			return algorithms.Decision{}, err
		}
		d := algorithms.Untimed(answer[0] == 1, limit.L, limit.L-answer[1])
		d.At = at
		return d, nil
	}}
}
