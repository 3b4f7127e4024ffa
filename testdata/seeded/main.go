// Seeded is a program of another repository: a fixed window as one script, and on
// purpose the same one with a regression, which is chosen when it is built:
//
//	go build -ldflags "-X main.seeded=trip" ./testdata/seeded
//
// It proves that rlbench ab finds each of them and names what got worse.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/rlbench/rlbench"
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// seeded is the regression, burn how many turns of a loop the script of cpu wastes.
var seeded, burn = "none", "0"

func main() {
	rlbench.Main(rlbench.Plugins{Techniques: map[string][]algorithms.Technique{"fixedwindow": {{
		Name: "mine", About: "One script: INCRBY, PEXPIRE if that opened the window.",
		Atomic: true, Serial: true, Trips: 1, UnitCost: true, New: build,
	}}}})
}

// build returns the limiter with the regression.
func build(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env) algorithms.Limiter {
	switch seeded {
	case "none":
		return window(conn, limit, env, "")
	case "race":
		return race{window(conn, limit, env, ""), conn, limit}
	case "leak":
		return leak{window(conn, limit, env, "")}
	case "trip":
		return trip{window(conn, limit, env, ""), conn}
	case "cpu":
		return window(conn, limit, env, "local waste = 0\nfor i = 1, "+burn+" do waste = waste + i end\n")
	}
	fmt.Fprintf(os.Stderr, "built with the unknown regression %q\n", seeded)
	os.Exit(1)
	return nil
}

const state = "seeded"

// source is the script. A denied request is counted too, beyond the limit, where it
// decides nothing. If it is asked for the instants it tells when the decision was made
// and when the window ends: expiry stands still while a script runs, TIME does not.
const source = `
local count = redis.call('INCRBY', KEYS[1], ARGV[3] or 1)
if count == tonumber(ARGV[3] or 1) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if not ARGV[4] then return {count} end
local ends, time = redis.call('PEXPIRETIME', KEYS[1]), redis.call('TIME')
local last = ends * 1000 + 999
if count == 1 then last = last - ARGV[2] * 1000 end
return {count, math.min(time[1] * 1000000 + time[2], last), ends * 1000}`

func window(conn drivers.Conn, limit algorithms.Limit, env algorithms.Env, before string) algorithms.Limiter {
	return algorithms.Scripted{
		Conn: conn, Script: drivers.NewScript(before + source), State: state, Probe: env.Probe,
		Args:    []string{algorithms.Text(limit.L), algorithms.Text(limit.W.Milliseconds())},
		Answers: 1,
		Decide: func(_ int64, answer []int64) algorithms.Decision {
			return decision(limit, answer[0] <= limit.L)
		},
	}
}

// decision tells no more than whether it is allowed, as most limiters do.
func decision(limit algorithms.Limit, allowed bool) algorithms.Decision {
	return algorithms.Decision{
		Allowed: allowed, Limit: limit.L,
		Remaining: algorithms.NotKnown, RetryAfter: algorithms.NotKnown, ResetAfter: algorithms.NotKnown,
	}
}

// race decides by what it has read before it charges.
type race struct {
	algorithms.Limiter
	conn  drivers.Conn
	limit algorithms.Limit
}

var read = drivers.NewScript(`return {tonumber(redis.call('GET', KEYS[1]) or 0)}`)

// Allow implements algorithms.Limiter.
func (r race) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	var count [1]int64
	if err := r.conn.Eval(ctx, read, []string{algorithms.Key(key, state)}, nil, count[:]); err != nil || count[0]+n > r.limit.L {
		return decision(r.limit, false), err
	}
	d, err := r.Limiter.Allow(ctx, key, n)
	d.Allowed = err == nil
	return d, err
}

// leak admits one of a thousand requests that the script denies.
type leak struct{ algorithms.Limiter }

// Allow implements algorithms.Limiter.
func (l leak) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	d, err := l.Limiter.Allow(ctx, key, n)
	if err == nil && !d.Allowed {
		d.Allowed = rand.IntN(1000) == 0
	}
	return d, err
}

// trip makes a round trip that it does not need.
type trip struct {
	algorithms.Limiter
	conn drivers.Conn
}

// Allow implements algorithms.Limiter.
func (t trip) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if _, err := t.conn.Do(ctx, "EXISTS", algorithms.Key(key, state)); err != nil {
		return algorithms.Decision{}, err
	}
	return t.Limiter.Allow(ctx, key, n)
}
