package patterns

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func cacheAsideLease() Program {
	return Program{
		Pattern: "cacheaside", Name: "lease",
		About: "A reader: GET the cache; if it misses, SET NX a lease of its own, GET the row from the database, then one script that caches it if the lease is still there. " +
			"A writer: SET the row in the database, then DEL the cache and the lease together.",
		Origin: algorithms.Origin{
			Source: "Scaling Memcache at Facebook (NSDI 2013), section 3.2.1, leases",
		},
		Promise: fresh,
		Seed:    stored(),
		Roles: []Role{
			{"reader", readWithLease},
			{"writer", inOrder(drivers.Cmd("SET", row, after), drivers.Cmd("DEL", cached, lease))},
		},
		Judge: judgeFresh,
	}
}

// The lease is the right to fill the cache once, with a row that was read after the
// lease was taken. A reader that dies holds it for leaseLife seconds.
const (
	lease     = "lease{1}"
	leaseLife = "10"
)

// fill caches a value for whoever holds the lease.
// KEYS: the lease, the cached value. ARGV: the token, seconds to live, the value.
// Answer: whether it is cached.
var fill = drivers.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('SETEX', KEYS[2], ARGV[2], ARGV[3])
redis.call('DEL', KEYS[1])
return 1
`)

func readWithLease(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
	hit, err := conn.Do(ctx, "GET", cached)
	if err != nil || !hit.IsNil() {
		return hit.Text, err
	}
	token := env.ID()
	taken, err := conn.Do(ctx, "SET", lease, token, "NX", "EX", leaseLife)
	if err != nil {
		return "", err
	}
	value, err := conn.Do(ctx, "GET", row)
	if err != nil || taken.IsNil() {
		return value.Text, err // somebody else is filling the cache
	}
	var filled [1]int64
	err = conn.Eval(ctx, fill, []string{lease, cached}, []string{token, cacheLife, value.Text}, filled[:])
	return value.Text, err
}
