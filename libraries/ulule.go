package main

import (
	"context"
	"errors"

	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/redis"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
)

// ulule is github.com/ulule/limiter with its store on go-redis. Its README says that
// the store relies on the TTL of a key, which is set when the key does not exist, and
// increments it on each request: a window that its first request opens, and in which
// denied requests count too. StoreOptions calls all operations atomic.
func ulule() algorithms.Technique {
	return algorithms.Technique{
		Name: "ulule", About: "github.com/ulule/limiter: one script: INCRBY, then PEXPIRE if new, else PTTL; denied requests count too.",
		Driver: "goredis", Open: openUlule, Contract: countingWindow,
		Atomic: true, OneScript: true, Trips: 1,
	}
}

func openUlule(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
	if err := refusePipelined(with); err != nil {
		return nil, err
	}
	client := goredis.NewClient(at, with)
	store, err := redis.NewStore(client)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	instance := limiter.New(store, limiter.Rate{Period: l.W, Limit: l.L})
	return subject{close: client.Close, decide: func(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
		r, err := instance.Increment(ctx, user, n)
		if err != nil {
			return algorithms.Decision{}, err
		}
		d := algorithms.Decision{Allowed: !r.Reached, Limit: r.Limit, Remaining: r.Remaining, ResetAfter: algorithms.NotKnown}
		if r.Reached {
			d.RetryAfter = algorithms.NotKnown // Reset is in whole seconds, rounded down
		}
		return d, nil
	}}, nil
}
