package algotest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// ownClient tests a technique that brings its own client by its answers alone: there
// is no connection to look into, and its keys are its own.
func ownClient(t *testing.T, tech algorithms.Technique, addr string) {
	o := owned{tech: tech, at: drivers.Endpoints{Addrs: []string{addr}}}
	t.Run("limit", o.spendsTheLimit)
	t.Run("one-user-per-key", o.tellsUsersApart)
	t.Run("cost-below-one", o.refusesNoCost)
	t.Run("ended-context", o.endsWithItsContext)
	if tech.Atomic {
		t.Run("concurrent", o.holdsUnderConcurrency)
	}
}

// owned opens limiters of one technique on one server.
type owned struct {
	tech algorithms.Technique
	at   drivers.Endpoints
}

// hourly is a limit to which nothing comes back while a test runs: a window, a log and
// a bucket all admit 5 at first.
var hourly = algorithms.NewLimit(5, time.Hour)

func (o owned) open(t *testing.T) algorithms.Limiter {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	limiter, err := o.tech.Open(ctx, o.at, patient(), hourly)
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := limiter.(io.Closer); ok {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	return limiter
}

func allowed(t *testing.T, limiter algorithms.Limiter, key string) bool {
	t.Helper()
	d, err := limiter.Allow(t.Context(), key, 1)
	if err != nil {
		t.Fatal(err)
	}
	return d.Allowed
}

func (o owned) spendsTheLimit(t *testing.T) {
	limiter, key := o.open(t), ids.next()
	for i := range hourly.L {
		if !allowed(t, limiter, key) {
			t.Fatalf("request %d of %d was denied", i+1, hourly.L)
		}
	}
	d, err := limiter.Allow(t.Context(), key, 1)
	if err != nil || d.Allowed {
		t.Fatalf("a request beyond the limit: %+v, %v, want a denial", d, err)
	}
	if d.Remaining > 0 || d.RetryAfter == 0 || d.RetryAfter > hourly.W+time.Second {
		t.Errorf("a denial promises what it does not keep: %+v", d)
	}
}

func (o owned) tellsUsersApart(t *testing.T) {
	limiter, first, second := o.open(t), ids.next(), ids.next()
	for range hourly.L {
		allowed(t, limiter, first)
	}
	if allowed(t, limiter, first) || !allowed(t, limiter, second) {
		t.Error("one user's requests are another's")
	}
}

func (o owned) refusesNoCost(t *testing.T) {
	limiter := o.open(t)
	for _, n := range []int64{0, -1} {
		if _, err := limiter.Allow(t.Context(), ids.next(), n); !errors.Is(err, algorithms.ErrCost) {
			t.Errorf("cost %d: error is %v, want ErrCost", n, err)
		}
	}
}

// An answer that came without asking would be an admission without a charge.
func (o owned) endsWithItsContext(t *testing.T) {
	limiter := o.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d, err := limiter.Allow(ctx, ids.next(), 1); err == nil {
		t.Errorf("under an ended context: %+v, want an error", d)
	}
}

func (o owned) holdsUnderConcurrency(t *testing.T) {
	n := admittedTogether(t, o.open(t), ids.next())
	if n != hourly.L {
		t.Errorf("many goroutines got %d of a limit of %d", n, hourly.L)
	}
}
