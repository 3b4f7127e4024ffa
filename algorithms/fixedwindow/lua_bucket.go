package fixedwindow

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func luaBucket() algorithms.Technique {
	return algorithms.Technique{
		Name: "lua-bucket",
		About: "The client divides its clock by the window and puts the quotient into the key's name; " +
			"then one script: GET, compare, INCR, EXPIRE if the count was 0.",
		Origin: algorithms.Origin{
			Source: "an article on Redis patterns, whose throttle names its key by Date.now(); a key per period in Redis documentation of INCR, pattern rate limiter 1",
			Flaw:   "the script is atomic but the key is the client's choice: clients whose clocks differ count in different windows at one time",
			Repair: "lua-bucket-time",
		},
		New:         newLuaBucket,
		Contract:    aligned,
		OneScript:   true,
		UnitCost:    true,
		ClientClock: true,
		Trips:       1,
	}
}

// bucketScript counts in a key that stands for one window.
// KEYS[1]: counter. ARGV: limit, seconds to live. Answer: whether it is admitted, the count.
var bucketScript = drivers.NewScript(`
local count = tonumber(redis.call('GET', KEYS[1]) or 0)
if count >= tonumber(ARGV[1]) then
  return {0, count}
end
redis.call('INCR', KEYS[1])
if count == 0 then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return {1, count + 1}
`)

func newLuaBucket(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	args := []string{algorithms.Text(limit.L), seconds(limit.W)}
	return algorithms.Single{State: "lb", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		bucket := env.Now().UnixMilli() / limit.W.Milliseconds()
		keys, answer := []string{key + ":" + algorithms.Text(bucket)}, make([]int64, 2)
		if err := conn.Eval(ctx, bucketScript, keys, args, answer); err != nil {
			return algorithms.Decision{}, err
		}
		return algorithms.Untimed(answer[0] == 1, limit.L, limit.L-answer[1]), nil
	}}
}
