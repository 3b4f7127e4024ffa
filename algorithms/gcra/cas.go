package gcra

import (
	"context"
	"errors"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func cas() algorithms.Technique {
	return algorithms.Technique{
		Name: "cas",
		About: "TIME and GET, compute on the client; then SETNX and EXPIRE if there was no TAT, " +
			"else one script that replaces it if it is still the same; again from the start if not.",
		Origin: algorithms.Origin{
			Source: "throttled/throttled with its Redis stores",
			Flaw: "SETNX cannot tell a key that never was from one that came and expired meanwhile, and stores a TAT of the past; " +
				"a TIME older than the TAT denies what is due; a client that dies before EXPIRE leaves a key for ever",
			Repair: "multi",
		},
		New:      newCAS,
		UnitCost: true,
		Trips:    3,
	}
}

// casAttempts bounds how often it starts again.
const casAttempts = 10

var errContended = drivers.WithClass(drivers.Failed, errors.New("the TAT was another one on every attempt"))

// casScript replaces a TAT that is known.
// KEYS[1]: TAT. ARGV: the known one, the new one, seconds to live. Answer: whether it did.
var casScript = drivers.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SETEX', KEYS[1], ARGV[3], ARGV[2])
return 1
`)

func newCAS(conn drivers.Conn, limit algorithms.Limit, _ algorithms.Env) algorithms.Limiter {
	l := casLimiter{conn, limit}
	return algorithms.Single{State: "cs", Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		for range casAttempts {
			d, done, err := l.attempt(ctx, key)
			if done || err != nil {
				return d, err
			}
		}
		return algorithms.Decision{}, errContended
	}}
}

type casLimiter struct {
	conn  drivers.Conn
	limit algorithms.Limit
}

// attempt decides, and is done unless the TAT was another one when it came to store.
func (l casLimiter) attempt(ctx context.Context, key string) (d algorithms.Decision, done bool, err error) {
	at, err := serverTime(ctx, l.conn)
	if err != nil {
		return d, false, drivers.WithClass(drivers.Failed, err)
	}
	tat, err := l.conn.Do(ctx, "GET", key)
	if err != nil {
		return d, false, drivers.WithClass(drivers.Failed, err)
	}
	m, err := decode(l.limit, tat)
	if err != nil {
		return d, false, drivers.WithClass(drivers.Failed, err)
	}
	m, decision := m.step(at, 1)
	if !decision.Allowed {
		return decision, true, nil
	}
	// EXPIRE and SETEX want whole seconds, and 0 of them would delete the key.
	life := algorithms.Text(int64(max(time.Second, m.Forget(at)) / time.Second))
	if tat.IsNil() {
		done, err = l.create(ctx, key, m.text(), life)
	} else {
		done, err = l.replace(ctx, key, tat.Text, m.text(), life)
	}
	if err != nil {
		return d, false, err
	}
	return decision, done, nil
}

// create stores the first TAT, in two trips, and says whether it was the first.
func (l casLimiter) create(ctx context.Context, key, tat, life string) (bool, error) {
	r, err := l.conn.Do(ctx, "SETNX", key, tat)
	if err != nil {
		return false, err
	}
	if _, err := l.conn.Do(ctx, "EXPIRE", key, life); err != nil {
		return false, drivers.MayHaveRun(err)
	}
	return r.Int == 1, nil
}

func (l casLimiter) replace(ctx context.Context, key, known, tat, life string) (bool, error) {
	var replaced [1]int64
	err := l.conn.Eval(ctx, casScript, []string{key}, []string{known, tat, life}, replaced[:])
	return replaced[0] == 1, err
}

// serverTime asks for the time in a trip of its own. In a Cluster any node answers.
func serverTime(ctx context.Context, conn drivers.Conn) (algorithms.Instant, error) {
	r, err := conn.Do(ctx, "TIME")
	if err != nil {
		return 0, err
	}
	return algorithms.TimeOf(r)
}
