package tokenbucket

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func fixedTTL() algorithms.Technique {
	return algorithms.Technique{
		Name:  "fixed-ttl",
		About: "One script: TIME, HMGET, refill, compare, HSET, and PEXPIRE of one window when the bucket is created.",
		Origin: algorithms.Origin{
			Source: "upstash/ratelimit-js before pull request 73; a time to live of the wrong unit in cristipufu/aspnetcore-redis-rate-limiting issue 46",
			Flaw:   "the key expires one window after the first request, whatever was taken since: a bucket that was just emptied is full again",
			Repair: "lua",
		},
		New:      newFixedTTL,
		UnitCost: true,
		Trips:    1,
	}
}

// fixedTTLScript lets the bucket live for one window.
// KEYS[1]: hash of level, in credits, at an instant. ARGV: limit, window in milliseconds,
// burst. Answer: whether it is admitted, the level.
var fixedTTLScript = drivers.NewScript(`
local limit, window = tonumber(ARGV[1]), ARGV[2] * 1000
local capacity = ARGV[3] * window
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local hash = redis.call('HMGET', KEYS[1], 'level', 'at')
local level, at = tonumber(hash[1] or capacity), tonumber(hash[2] or now)
level = math.min(capacity, level + math.max(0, now - at) * limit)
if level < window then
  return {0, level}
end
level = level - window
redis.call('HSET', KEYS[1], 'level', level, 'at', math.max(now, at))
if not hash[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return {1, level}
`)

func newFixedTTL(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	return scripted(conn, fixedTTLScript, "ft", limit, nothing)
}
