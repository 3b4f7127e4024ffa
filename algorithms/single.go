package algorithms

import (
	"context"
	"errors"

	"github.com/rlbench/rlbench/drivers"
)

// Single is the Limiter of a technique with UnitCost: a program that counts requests,
// as most that are found in the world do.
type Single struct {
	// State is the second half of the key's name, see Key.
	State string
	// Decide decides one request on a key.
	Decide func(ctx context.Context, key string) (Decision, error)
}

// errUnitCost is the error of a request of a cost that Single has no program for.
// Nothing was sent.
var errUnitCost = drivers.WithClass(drivers.Failed, errors.New("this limiter only decides requests of cost 1"))

// Allow implements Limiter.
func (s Single) Allow(ctx context.Context, user string, n int64) (Decision, error) {
	switch {
	case n < 1:
		return Decision{}, ErrCost
	case n > 1:
		return Decision{}, errUnitCost
	}
	return s.Decide(ctx, Key(user, s.State))
}

// Untimed is the decision of a technique that learns neither the time of it nor when
// there will be room again.
func Untimed(allowed bool, limit, remaining int64) Decision {
	d := Decision{Allowed: allowed, Limit: limit, Remaining: max(0, remaining), ResetAfter: NotKnown}
	if !allowed {
		d.RetryAfter = NotKnown
	}
	return d
}
