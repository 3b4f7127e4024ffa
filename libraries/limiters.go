package main

import (
	"context"
	"errors"
	"time"

	"github.com/go-redsync/redsync/v4/redis/goredis/v9"
	"github.com/mennanov/limiters"
	"github.com/redis/go-redis/v9"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	goredisdriver "github.com/rlbench/rlbench/drivers/goredis"
)

// The limiters of github.com/mennanov/limiters on Redis. Each is an object per user,
// which its Registry keeps. All decide by the caller's clock and, but for the token
// bucket, requests of cost 1 only. Where the README asks for a distributed lock they
// have the one on Redis that comes with them.

// limitersBucket: the README calls the token bucket precise, without over- or
// under-limiting, given a lock: the contract of tokenbucket.
func limitersBucket() algorithms.Technique {
	return algorithms.Technique{
		Name: "limiters", About: "github.com/mennanov/limiters: lock, MGET, MULTI{SET, SET}EXEC, unlock.",
		Driver: "goredis", Open: openLimiter(false, newTokenBucket),
		Atomic: true, ClientClock: true, Trips: 4,
	}
}

// clockWindow: NewFixedWindow admits at most the capacity per window, and the README
// warns of the boundary between two of them. Windows are multiples of W since the year
// 1; those that are multiples since 1970 too are judged as such.
func clockWindow() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name: "clockwindow", Title: "Window by the clock",
		Contract: alignedWindow,
		Techniques: []algorithms.Technique{{
			Name: "limiters", About: "github.com/mennanov/limiters: INCR and PEXPIRE in one trip, and none while the window is known to be full; cost 1 only.",
			Driver: "goredis", Open: openLimiter(true, newFixedWindow),
			Atomic: true, ClientClock: true, UnitCost: true, Trips: 1,
		}},
	}
}

// slidingCounter: NewSlidingWindow admits at most the capacity per window, and less
// after a busy one, which it weighs by how much of it still counts. Denied requests
// count, and the README says that a flood is denied altogether, so that only the
// envelope can be judged.
func slidingCounter() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name: "slidingcounter", Title: "Sliding window counter",
		Contract: twiceLimit,
		Techniques: []algorithms.Technique{{
			Name: "limiters", About: "github.com/mennanov/limiters: INCR, PEXPIRE and GET of the last window in one trip; denied requests count too; cost 1 only.",
			Driver: "goredis", Open: openLimiter(true, newSlidingWindow),
			Atomic: true, ClientClock: true, UnitCost: true, Trips: 1,
		}},
	}
}

// leakyBucket: the README describes a queue, drained at a constant rate, that takes
// any request until it is full. What enters the queue is judged, the request in
// service counted in; the time that an admitted request has to wait is left to the
// caller, who is not slowed down here.
func leakyBucket() algorithms.Algorithm {
	return algorithms.Algorithm{
		Name: "leakybucket", Title: "Leaky bucket (queue)",
		Contract: queue,
		Techniques: []algorithms.Technique{{
			Name: "limiters", About: "github.com/mennanov/limiters: lock, MGET, SET, unlock; cost 1 only.",
			Driver: "goredis", Open: openLimiter(true, newLeakyBucket),
			Atomic: true, ClientClock: true, UnitCost: true, Trips: 4,
		}},
	}
}

func queue(l algorithms.Limit) algorithms.Contract {
	l.B++
	return algorithms.Contract{Kind: algorithms.EnvelopeOnly, Limit: l, Granularity: time.Microsecond}
}

func alignedWindow(l algorithms.Limit) algorithms.Contract {
	if epoch := time.Unix(0, 0); !epoch.Truncate(l.W).Equal(epoch) {
		return twiceLimit(l)
	}
	return algorithms.Contract{Kind: algorithms.AlignedWindow, Limit: l, Granularity: time.Microsecond, ChargesDenied: true}
}

// take is one request to the limiter of a user.
type take func(ctx context.Context, n int64) (algorithms.Decision, error)

// each makes the limiter of one user.
type each func(client redis.UniversalClient, l algorithms.Limit, user string) take

func openLimiter(unitCost bool, of each) func(context.Context, drivers.Endpoints, drivers.Options, algorithms.Limit) (algorithms.Limiter, error) {
	return func(_ context.Context, at drivers.Endpoints, with drivers.Options, l algorithms.Limit) (algorithms.Limiter, error) {
		if err := errors.Join(refusePipelined(with), refuseDense(l)); err != nil {
			return nil, err
		}
		client := goredisdriver.NewClient(at, with)
		registry := limiters.NewRegistry()
		return subject{close: client.Close, unitCost: unitCost, decide: func(ctx context.Context, user string, n int64) (algorithms.Decision, error) {
			ask := registry.GetOrCreate(user, func() any { return of(client, l, user) }, keep(l), time.Now())
			return ask.(take)(ctx, n)
		}}, nil
	}
}

// answer translates what the limiters answer: the time to wait, if the error says
// that the request was denied.
func answer(most int64, wait time.Duration, err error) (algorithms.Decision, error) {
	d := algorithms.Decision{Allowed: err == nil, Limit: most, Remaining: algorithms.NotKnown, ResetAfter: algorithms.NotKnown}
	if !errors.Is(err, limiters.ErrLimitExhausted) {
		return d, err
	}
	d.RetryAfter = wait
	return d, nil
}

// keep is the time to live of a bucket's keys. It is the user's to choose: a bucket
// that is not asked for so long must be full again.
func keep(l algorithms.Limit) time.Duration { return l.TimeFor(l.Capacity()) + time.Second }

func interval(l algorithms.Limit) time.Duration { return l.W / time.Duration(l.L) }

func lock(client redis.UniversalClient, user string) limiters.DistLocker {
	return limiters.NewLockRedis(goredis.NewPool(client), "lock:"+user)
}

func newTokenBucket(client redis.UniversalClient, l algorithms.Limit, user string) take {
	backend := limiters.NewTokenBucketRedis(client, user, keep(l), false)
	bucket := limiters.NewTokenBucket(l.B, interval(l), lock(client, user), backend, limiters.NewSystemClock(), limiters.NewStdLogger())
	return func(ctx context.Context, n int64) (algorithms.Decision, error) {
		wait, err := bucket.Take(ctx, n)
		if n > l.B {
			wait = algorithms.Never
		}
		return answer(l.B, wait, err)
	}
}

func newLeakyBucket(client redis.UniversalClient, l algorithms.Limit, user string) take {
	backend := limiters.NewLeakyBucketRedis(client, user, keep(l), false)
	bucket := limiters.NewLeakyBucket(l.B, interval(l), lock(client, user), backend, limiters.NewSystemClock(), limiters.NewStdLogger())
	return func(ctx context.Context, _ int64) (algorithms.Decision, error) {
		_, err := bucket.Limit(ctx) // the wait of a denied request is that of a longer queue
		return answer(l.B, algorithms.NotKnown, err)
	}
}

func newFixedWindow(client redis.UniversalClient, l algorithms.Limit, user string) take {
	window := limiters.NewFixedWindow(l.L, l.W, limiters.NewFixedWindowRedis(client, user), limiters.NewSystemClock())
	return func(ctx context.Context, _ int64) (algorithms.Decision, error) {
		wait, err := window.Limit(ctx)
		return answer(l.L, wait, err)
	}
}

func newSlidingWindow(client redis.UniversalClient, l algorithms.Limit, user string) take {
	// The weighed count is a double: epsilon tells a full window from a rounding.
	const epsilon = 1e-9
	window := limiters.NewSlidingWindow(l.L, l.W, limiters.NewSlidingWindowRedis(client, user), limiters.NewSystemClock(), epsilon)
	return func(ctx context.Context, _ int64) (algorithms.Decision, error) {
		wait, err := window.Limit(ctx)
		return answer(l.L, wait, err)
	}
}
