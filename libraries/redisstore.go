package main

import (
	"context"
	"time"

	"github.com/sethvargo/go-redisstore"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
)

// intervals is the fixed window of github.com/sethvargo/go-redisstore. The README of
// go-limiter, whose store it is, promises a number of tokens per interval, and that
// they are replenished at the time which Take returns: intervals follow each other
// from the first use of a key, by the caller's clock.
//
// That is neither a window that a request opens nor one aligned to the clock. Its
// envelope is judged: t touches at most t/W + 2 intervals. False rejections are not.
func intervals() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name: "intervals", Title: "Intervals from first use",
		Contract: twiceLimit,
		Techniques: []algorithms.Technique{{
			Name: "go-redisstore", About: "github.com/sethvargo/go-redisstore: one script: HGETALL, HSET and EXPIRE of a hash; cost 1 only.",
			Driver: "redigo", Open: openRedisStore,
			Atomic: true, OneScript: true, ClientClock: true, UnitCost: true, Trips: 1,
		}},
	}
}

func openRedisStore(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
	config := &redisstore.Config{Tokens: uint64(l.L), Interval: l.W}
	store, err := redisstore.NewWithPool(config, redigo.NewPool(at, with))
	if err != nil {
		return nil, err
	}
	done := func() error { return store.Close(context.Background()) }
	return subject{close: done, unitCost: true, decide: func(ctx context.Context, user string, _ int64) (algorithms.Decision, error) {
		limit, remaining, next, ok, err := store.Take(ctx, user)
		if err != nil {
			return algorithms.Decision{}, err
		}
		left := max(0, time.Until(time.Unix(0, int64(next))))
		d := algorithms.Decision{
			Allowed: ok, Limit: int64(limit), Remaining: int64(remaining), ResetAfter: left,
			ResetAt: algorithms.InstantOf(time.Unix(0, int64(next))),
		}
		if !ok {
			d.RetryAfter = left
		}
		return d, nil
	}}, nil
}
