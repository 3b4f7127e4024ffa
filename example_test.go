package rlbench_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rlbench/rlbench"
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/algotest"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
)

// library stands for a limiter library: it holds a go-redis client of its own.
type library struct {
	*redis.Client // which Close closes
	limit         algorithms.Limit
}

var count = redis.NewScript(`local n = redis.call('INCRBY', KEYS[1], ARGV[1])
if n == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return n`)

// Allow counts in a window that the first request opens, denied requests too.
func (l library) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	counted, err := count.Run(ctx, l, []string{"library:" + key}, n, l.limit.W.Milliseconds()).Int64()
	return algorithms.Decision{
		Allowed: counted <= l.limit.L, Limit: l.limit.L,
		Remaining: algorithms.NotKnown, RetryAfter: algorithms.NotKnown, ResetAfter: algorithms.NotKnown,
	}, err
}

func counter() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name: "counter", Title: "Counter",
		Contract: func(l algorithms.Limit) algorithms.Contract {
			return algorithms.Contract{Kind: algorithms.Window, Limit: l, Granularity: time.Millisecond, ChargesDenied: true}
		},
		Techniques: []algorithms.Technique{{
			Name: "library", About: "One script: INCRBY, and PEXPIRE if that made the key.", Atomic: true, Trips: 1, Driver: "goredis",
			Open: func(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
				return library{goredis.NewClient(at, with), l}, nil
			},
		}},
	}
}

// A program that tries a library with a client of its own, under the contract that
// the library states.
func ExampleMain() {
	rlbench.Main(rlbench.Plugins{Algorithms: []algorithms.Algorithm{counter()}})
}

// The limiter of the example passes the suite for limiters with a client of their own.
func TestLimiterOfTheExample(t *testing.T) { algotest.Run(t, counter(), nil) }
