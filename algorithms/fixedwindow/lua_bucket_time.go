package fixedwindow

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func luaBucketTime() algorithms.Technique {
	return algorithms.Technique{
		Name:  "lua-bucket-time",
		About: "One script: TIME divided by the window, HMGET of the last admission and its window's count, compare, HSET, PEXPIREAT.",
		Origin: algorithms.Origin{
			Source: "lua-bucket by one clock: a script must be told its keys, so that the window's number moves from the key's name into its value",
		},
		New:       newLuaBucketTime,
		Contract:  aligned,
		Atomic:    true,
		OneScript: true,
		UnitCost:  true,
		Trips:     1,
	}
}

// bucketTimeScript counts in the window that the server's clock is in.
// KEYS[1]: hash of an instant in the last window and its count. A window's number would do
// as long as windows are of one length: under a longer one the old number is that of a
// window years ahead, which no user could wait for. ARGV: limit, window in milliseconds.
// Answer: whether it is admitted, the count, the time and the end of the window in microseconds.
var bucketTimeScript = drivers.NewScript(`
local limit, window = tonumber(ARGV[1]), ARGV[2] * 1000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at, count = now, 0

local last = redis.call('HMGET', KEYS[1], 'at', 'count')
-- A clock that was set back goes on in the newest window: a second count of an old one
-- would give its limit away twice.
if last[1] and math.floor(last[1] / window) >= math.floor(now / window) then
  at, count = math.max(now, last[1]), tonumber(last[2])
end
local ends = (math.floor(at / window) + 1) * window
if count >= limit then
  return {0, count, now, ends}
end
redis.call('HSET', KEYS[1], 'at', at, 'count', count + 1)
redis.call('PEXPIREAT', KEYS[1], ends / 1000)
return {1, count + 1, now, ends}
`)

func newLuaBucketTime(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	args := []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Milliseconds())}
	return algorithms.Single{State: "lt", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		answer := make([]int64, 4)
		if err := conn.Eval(ctx, bucketTimeScript, []string{key}, args, answer); err != nil {
			return algorithms.Decision{}, err
		}
		d := algorithms.Untimed(answer[0] == 1, limit.L, limit.L-answer[1])
		d.At = algorithms.Instant(answer[2])
		d.ResetAfter = time.Duration(answer[3]-answer[2]) * time.Microsecond
		if !d.Allowed {
			d.RetryAfter = d.ResetAfter
		}
		return d, nil
	}}
}
