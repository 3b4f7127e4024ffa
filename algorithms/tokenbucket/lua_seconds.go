package tokenbucket

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func luaSeconds() algorithms.Technique {
	return algorithms.Technique{
		Name:  "lua-seconds",
		About: "One script: the seconds of TIME, HMGET, refill for the seconds since the last request, compare, HSET, PEXPIRE.",
		Origin: algorithms.Origin{
			Source: "the script of Spring Cloud Gateway: spring-cloud/spring-cloud-gateway issues 1117 and 4027",
			Flaw: "nothing comes back within a second, and all of it at its turn: requests are denied that are due, " +
				"and twice the burst is admitted around the turn",
			Repair: "lua",
		},
		New:      newLuaSeconds,
		UnitCost: true,
		Trips:    1,
	}
}

// secondsScript refills by whole seconds.
// KEYS[1]: hash of level, in credits, at a second. ARGV: limit, window in milliseconds,
// burst. Answer: whether it is admitted, the level.
var secondsScript = drivers.NewScript(`
local limit, window = tonumber(ARGV[1]), ARGV[2] * 1000
local capacity = ARGV[3] * window
local now = tonumber(redis.call('TIME')[1])

local hash = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(hash[1] or capacity), tonumber(hash[2] or now)
level = math.min(capacity, level + math.max(0, now - at) * 1000000 * limit)
if level < window then
  return {0, level}
end
level = level - window
redis.call('HSET', KEYS[1], 'level', level, 'at', math.max(now, at))
redis.call('PEXPIRE', KEYS[1], math.ceil(capacity / limit / 1000) + 1000)
return {1, level}
`)

func newLuaSeconds(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return scripted(conn, secondsScript, "ls", limit, nothing)
}
