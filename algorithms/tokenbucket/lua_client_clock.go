package tokenbucket

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func luaClientClock() algorithms.Technique {
	return algorithms.Technique{
		Name:  "lua-client-clock",
		About: "One script, which is told the client's time: HMGET, refill for the time since the last request, compare, HSET of level and time, PEXPIRE.",
		Origin: algorithms.Origin{
			Source: "the script that Stripe published and Spring Cloud Gateway used: spring-cloud/spring-cloud-gateway issue 2412 and pull request 1688",
			Flaw: "a client whose clock is behind, or that is held up, sets the time of the bucket back, " +
				"and the next one refills the same span once more; one whose clock is behind is denied what is due",
			Repair: "lua",
		},
		New:         newLuaClientClock,
		OneScript:   true,
		UnitCost:    true,
		ClientClock: true,
		Trips:       1,
	}
}

// clientClockScript refills by the time that it is told.
// KEYS[1]: hash of level, in credits, at an instant. ARGV: limit, window in milliseconds,
// burst, now in microseconds. Answer: whether it is admitted, the level.
var clientClockScript = drivers.NewScript(`
local limit, window, now = tonumber(ARGV[1]), ARGV[2] * 1000, tonumber(ARGV[4])
local capacity = ARGV[3] * window

local hash = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(hash[1] or capacity), tonumber(hash[2] or now)
level = math.min(capacity, level + math.max(0, now - at) * limit)

local admitted = 0
if level >= window then
  admitted, level = 1, level - window
end
redis.call('HSET', KEYS[1], 'level', level, 'at', now)
-- Twice the time to fill up, so that a difference of clocks is not made worse.
redis.call('PEXPIRE', KEYS[1], math.ceil(2 * capacity / limit / 1000))
return {admitted, level}
`)

func newLuaClientClock(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	return scripted(conn, clientClockScript, "lc", limit, func() []string {
		return []string{algorithms.Text(algorithms.InstantOf(env.Now()))}
	})
}
