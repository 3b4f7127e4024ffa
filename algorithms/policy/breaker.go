package policy

import (
	"context"
	"errors"

	"github.com/sony/gobreaker/v2"

	"github.com/rlbench/rlbench/algorithms"
)

// failures in a row open the breaker.
const failures = 5

// errNoFailure stands for an error that says nothing about the server.
var errNoFailure = errors.New("the caller's own error")

func breaker() algorithms.Policy {
	return algorithms.Policy{
		Name:  "breaker",
		About: "Denies what the limiter does not decide; after 5 failures in a row a circuit breaker denies at once, until a cool-down is over and one request gets through.",
		Wrap: func(limiter algorithms.Limiter, with algorithms.Means) (algorithms.Limiter, error) {
			return broken{asked{limiter, with.Patience}, gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
				Timeout:     with.Cooldown,
				ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
				IsExcluded:  func(err error) bool { return errors.Is(err, errNoFailure) },
			}), with.Limit.L}, nil
		},
	}
}

// broken is a limiter behind a breaker.
type broken struct {
	asked
	breaker *gobreaker.CircuitBreaker[struct{}]
	limit   int64
}

func (b broken) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	by := algorithms.Unasked
	var d algorithms.Decision
	var err error
	_, _ = b.breaker.Execute(func() (struct{}, error) { // not called while the breaker is open
		if d, by, err = b.allow(ctx, key, n); err != nil && by == algorithms.ByLimiter {
			return struct{}{}, errNoFailure
		}
		return struct{}{}, err
	})
	if by == algorithms.ByLimiter {
		return d, err
	}
	return blind(false, b.limit, by), nil
}
