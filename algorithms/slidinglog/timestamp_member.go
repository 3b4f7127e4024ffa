package slidinglog

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func timestampMember() algorithms.Technique {
	return algorithms.Technique{
		Name:  "timestamp-member",
		About: "One script: TIME in milliseconds, ZREMRANGEBYSCORE, ZCARD, compare, ZADD with the time as score and as member, PEXPIRE.",
		Origin: algorithms.Origin{
			Source: "tutorials with ZADD key now now; sockudo/sockudo issue 251 in seconds, peterkhayes/rolling-rate-limiter issue 11 in microseconds",
			Flaw:   "members of a set are unique: the requests of one millisecond are one entry, however many they are",
			Repair: "lua",
		},
		New: newTimestampMember,
		Contract: func(l algorithms.Limit) algorithms.Contract {
			c := contract(l)
			c.Granularity = time.Millisecond
			return c
		},
		UnitCost: true,
		Trips:    1,
	}
}

// timestampScript logs requests under their time.
// KEYS[1]: sorted set. ARGV: limit, window in milliseconds.
// Answer: whether it is admitted, the entries that count.
var timestampScript = drivers.NewScript(`
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
if count >= limit then
  return {0, count}
end
redis.call('ZADD', KEYS[1], now, now)
redis.call('PEXPIRE', KEYS[1], window + 1)
return {1, count + 1}
`)

func newTimestampMember(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	args := []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Milliseconds())}
	return algorithms.Single{State: "tm", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		answer := make([]int64, 2)
		if err := conn.Eval(ctx, timestampScript, []string{key}, args, answer); err != nil {
			return algorithms.Decision{}, err
		}
		return algorithms.Untimed(answer[0] == 1, limit.L, limit.L-answer[1]), nil
	}}
}
