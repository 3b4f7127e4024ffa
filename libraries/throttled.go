package main

import (
	"context"
	"errors"
	"strings"

	"github.com/throttled/throttled/v2"
	"github.com/throttled/throttled/v2/store/goredisstore.v9"
	"github.com/throttled/throttled/v2/store/redigostore"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/drivers/redigo"
)

// throttledGoRedis is github.com/throttled/throttled with its store on go-redis v9.
// Its documentation names GCRA: PerDuration is the maximum sustained rate, and
// MaxBurst requests may exceed it at once, so that a burst of B is MaxBurst = B - 1.
// The store returns the server's time and swaps the value atomically; a request that
// loses the swap ten times (SetMaxCASAttemptsLimit) is answered with an error.
func throttledGoRedis() algorithms.Technique {
	return algorithms.Technique{
		Name: "throttled", About: "github.com/throttled/throttled, goredisstore: TIME and GET in one trip, then SETNX and EXPIRE, or a script that compares and sets; again if the value changed, at most ten times.",
		Driver: "goredis", Open: openThrottledGoRedis,
		Atomic: true, Trips: 2,
	}
}

// throttledRedigo is the same with its store on redigo, which selects a database
// before every command and takes no context: only the timeouts of the socket end it.
func throttledRedigo() algorithms.Technique {
	return algorithms.Technique{
		Name: "throttled-redigo", About: "github.com/throttled/throttled, redigostore: as throttled, and SELECT before each trip.",
		Driver: "redigo", Open: openThrottledRedigo,
		Atomic: true, Trips: 4,
	}
}

func openThrottledGoRedis(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
	if err := errors.Join(refusePipelined(with), refuseDense(l)); err != nil {
		return nil, err
	}
	client := goredis.NewClient(at, with)
	store, err := goredisstore.NewCtx(client, "")
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return newThrottled(store, l, client.Close)
}

func openThrottledRedigo(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
	if err := refuseDense(l); err != nil {
		return nil, err
	}
	pool := redigo.NewPool(at, with)
	store, err := redigostore.NewCtx(pool, "", 0)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return newThrottled(store, l, pool.Close)
}

func newThrottled(store throttled.GCRAStoreCtx, l algorithms.Limit, done func() error) (algorithms.Limiter, error) {
	quota := throttled.RateQuota{MaxRate: throttled.PerDuration(int(l.L), l.W), MaxBurst: int(l.B) - 1}
	limiter, err := throttled.NewGCRARateLimiterCtx(store, quota)
	if err != nil {
		return nil, errors.Join(err, done())
	}
	return subject{close: done, decide: func(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
		limited, r, err := limiter.RateLimitCtx(ctx, user, int(n))
		if err != nil {
			return algorithms.Decision{}, conflict(err)
		}
		d := algorithms.Decision{Allowed: !limited, Limit: int64(r.Limit), Remaining: int64(r.Remaining), ResetAfter: r.ResetAfter}
		switch {
		case n > l.B:
			d.RetryAfter = algorithms.Never
		case limited:
			d.RetryAfter = r.RetryAfter
		}
		return d, nil
	}}, nil
}

// conflict classes the error of a request whose every swap was lost: nothing was
// charged. The library has no value to compare it with.
func conflict(err error) error {
	if strings.HasPrefix(err.Error(), "Failed to store updated rate limit data") {
		return drivers.WithClass(drivers.Failed, err)
	}
	return err
}
