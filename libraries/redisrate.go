package main

import (
	"context"

	"github.com/go-redis/redis_rate/v10"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
)

// redisRate is github.com/go-redis/redis_rate. Its README says that it implements
// GCRA, for which Limit states a rate per period and a burst: the contract of gcra.
// It decides by the server's TIME, in seconds since 2017 as a double, which is finer
// than a microsecond. A denied request charges nothing.
func redisRate() algorithms.Technique {
	return algorithms.Technique{
		Name: "redis_rate", About: "github.com/go-redis/redis_rate: one script: TIME, GET, SET EX.",
		Driver: "goredis", Open: openRedisRate,
		Atomic: true, OneScript: true, Trips: 1,
	}
}

func openRedisRate(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
	if err := refusePipelined(with); err != nil {
		return nil, err
	}
	client := goredis.NewClient(at, with)
	limiter := redis_rate.NewLimiter(client)
	limit := redis_rate.Limit{Rate: int(l.L), Burst: int(l.B), Period: l.W}
	return subject{close: client.Close, decide: func(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
		r, err := limiter.AllowN(ctx, user, limit, int(n))
		if err != nil {
			return algorithms.Decision{}, err
		}
		d := algorithms.Decision{Allowed: r.Allowed > 0, Limit: l.B, Remaining: int64(r.Remaining), ResetAfter: r.ResetAfter}
		switch {
		case n > l.B:
			d.RetryAfter = algorithms.Never // it tells when the bucket would be below empty
		case !d.Allowed:
			d.RetryAfter = r.RetryAfter
		}
		return d, nil
	}}, nil
}
