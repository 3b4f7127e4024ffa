package check

import (
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// denseBucket finds the closed interval [s, t] that holds the most cost for
// certain beyond B + r(1+rho)(t-s+g). s is the inv and t the ret of an allowed
// operation.
//
// The search is exact but for the rounding of its unit, and what it finds is
// then counted and compared exactly.
func denseBucket(k *keyOps, c algorithms.Contract) excess {
	returns := k.returns(allowed)
	if len(returns) == 0 {
		return excess{}
	}
	sc := newScale(c.Limit, rho, k.length()+int64(c.Granularity), k.cost(allowed)+c.Limit.B, false)
	floor := sc.unit*c.Limit.B + sc.time(int64(c.Granularity))
	if !k.mayOverflow(returns, sc, floor) {
		return excess{}
	}
	s, t, found := k.fullest(returns, sc, floor)
	if !found {
		return excess{}
	}
	e := excess{
		permitted: permitted(c, t-s), from: s, to: t + 1,
		why: fmt.Sprintf("a bucket lets through its burst of %d and the refill of %s", c.Limit.B, time.Duration(t-s)),
	}
	e.admitted = k.certain(e.from, e.to)
	return e.worse(excess{})
}

// mayOverflow is a leaky bucket over the instants of return: the cost returned in
// [s, t] bounds the cost invoked and returned in it. It acquits a key that is
// clearly within its contract in one pass.
func (k *keyOps) mayOverflow(returns []stamp, sc scale, floor int64) bool {
	var level, last int64
	for _, r := range returns {
		now := sc.time(r.at - k.origin())
		level = max(0, level-(now-last)) + sc.unit*int64(k.spans[r.span].cost)
		if last = now; level > floor {
			return true
		}
	}
	return false
}

// fullest returns the s and t for which unit*cost{inv >= s, ret <= t} - time(t-s)
// is largest, if that is above floor.
func (k *keyOps) fullest(returns []stamp, sc scale, floor int64) (s, t int64, found bool) {
	tree := newFlight(k, sc)
	for _, r := range returns {
		tree.add(int(r.span))
		if level := tree.level() - sc.time(r.at-k.origin()); level > floor {
			floor, found = level, true
			s, t = k.spans[tree.start()].inv, r.at
		}
	}
	return s, t, found
}
