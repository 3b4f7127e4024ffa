package policy

import (
	"context"
	"errors"

	"github.com/sony/gobreaker/v2"

	"github.com/rlbench/rlbench/algorithms"
)

// failures in a row open the breaker.
const failures = 5

func breaker() algorithms.Policy {
	return algorithms.Policy{
		Name:  "breaker",
		About: "Denies what the limiter does not decide; after 5 failures in a row a circuit breaker denies at once, until a cool-down is over and one request gets through.",
		Wrap: func(limiter algorithms.Limiter, with algorithms.Means) (algorithms.Limiter, error) {
			return broken{asked{limiter, with.Patience}, gobreaker.NewCircuitBreaker[algorithms.Decision](gobreaker.Settings{
				Timeout:     with.Cooldown,
				ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
			}), with.Limit.L}, nil
		},
	}
}

// broken is a limiter behind a breaker.
type broken struct {
	asked
	breaker *gobreaker.CircuitBreaker[algorithms.Decision]
	limit   int64
}

func (b broken) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	by := algorithms.Unasked
	d, err := b.breaker.Execute(func() (d algorithms.Decision, err error) {
		d, by, err = b.allow(ctx, key, n)
		return d, err
	})
	if err == nil {
		return d, nil
	}
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		by = algorithms.Unasked
	}
	return blind(false, b.limit, by), nil
}
