package main

import (
	"context"
	"time"

	"github.com/redis/rueidis"
	"github.com/redis/rueidis/rueidislimiter"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	rueidisdriver "github.com/rlbench/rlbench/drivers/rueidis"
)

// rueidisLimiter is github.com/redis/rueidis/rueidislimiter. Its README promises a
// fixed window, reset after the specified time, by a script that makes checking and
// updating atomic; ResetAtMs is when a client can retry. The script opens a window by
// the caller's clock, stores its end under a key of its own, and counts denied
// requests too.
func rueidisLimiter() algorithms.Technique {
	return algorithms.Technique{
		Name: "rueidislimiter", About: "github.com/redis/rueidis/rueidislimiter: one script: GET the window's end, SET both keys if it has passed, INCRBY; denied requests count too.",
		Driver: "rueidis", Open: openRueidisLimiter, Contract: countingWindow,
		Atomic: true, OneScript: true, ClientClock: true, Trips: 1,
	}
}

func openRueidisLimiter(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
	var client rueidis.Client // the library has no way to close the one it makes
	limiter, err := rueidislimiter.NewRateLimiter(rueidislimiter.RateLimiterOption{
		ClientBuilder: func(o rueidis.ClientOption) (_ rueidis.Client, err error) {
			client, err = rueidis.NewClient(o)
			return client, err
		},
		ClientOption: rueidisdriver.Settings(at, with), Limit: int(l.L), Window: l.W,
	})
	if err != nil {
		return nil, err
	}
	done := func() error { client.Close(); return nil }
	return subject{close: done, decide: func(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
		r, err := limiter.AllowN(ctx, user, n)
		if err != nil {
			return algorithms.Decision{}, err
		}
		return rueidisDecision(r, l, n), nil
	}}, nil
}

// rueidisDecision: the end of the window is a stored one, the same in every answer
// of the window, and so names it.
func rueidisDecision(r rueidislimiter.Result, l algorithms.Limit, n int64) algorithms.Decision {
	left := max(0, time.Until(time.UnixMilli(r.ResetAtMs)))
	d := algorithms.Decision{
		Allowed: r.Allowed, Limit: l.L, Remaining: r.Remaining, ResetAfter: left,
		ResetAt: algorithms.Instant(r.ResetAtMs * 1000),
	}
	switch {
	case n > l.L:
		d.RetryAfter = algorithms.Never
	case !d.Allowed:
		d.RetryAfter = left
	}
	return d
}
