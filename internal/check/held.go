package check

import "math"

// What is held at an instant is the most that the limiter may count against a
// request that takes effect just then, over all choices of effect instants of the
// others, each within its own [inv, ret]. It rises only where an operation is
// invoked, so its maximum over any interval is at the interval's start or at an
// inv within. The functions below call yield with what is held at the inv of each
// span, in order.
//
// It is the upper side of judging: a denial is certainly false only if even this
// left room, and an overshoot is possible where this exceeds the contract.

// heldByLog is the cost of the given outcomes that may have taken effect in
// (inv - window, inv], for a log and as a bound for any window of that length.
func heldByLog(k *keyOps, of outcomes, window int64, yield func(held int64)) {
	returns := k.returns(of)
	var in, gone int64
	next, left := 0, 0
	for i := range k.spans {
		now := k.spans[i].inv
		in += invoked(k, of, now, &next)
		for ; left < len(returns) && returns[left].at <= now-window; left++ {
			gone += int64(k.spans[returns[left].span].cost)
		}
		yield(in - gone)
	}
}

// heldByBucket is the largest, over all s <= inv - wait, of
//
//	unit * cost{may have taken effect in [s, inv]} - time(inv - wait - s)
//
// in units of the scale, instants counted from origin: how much the bucket may
// lack at most if it refills only after wait.
func heldByBucket(k *keyOps, of outcomes, sc scale, wait, origin int64, yield func(held int64)) {
	returns := k.returns(of)
	var in, gone int64
	next, left := 0, 0
	reach := int64(math.MinInt64) // largest time(s) - unit*cost{ret < s}
	for i := range k.spans {
		now := k.spans[i].inv
		in += invoked(k, of, now, &next)
		for ; left < len(returns) && returns[left].at <= now-wait; left++ {
			r := returns[left]
			reach = max(reach, sc.time(r.at-origin)-sc.unit*gone)
			gone += int64(k.spans[r.span].cost)
		}
		at := sc.time(now - wait - origin)
		yield(sc.unit*in - at + max(reach, at-sc.unit*gone))
	}
}

// invoked sums the cost of the spans invoked up to now, from *next on.
func invoked(k *keyOps, of outcomes, now int64, next *int) (cost int64) {
	for ; *next < len(k.spans) && k.spans[*next].inv <= now; *next++ {
		if s := &k.spans[*next]; of.has(s.outcome) {
			cost += int64(s.cost)
		}
	}
	return cost
}

func (k *keyOps) cost(of outcomes) (total int64) {
	for i := range k.spans {
		if of.has(k.spans[i].outcome) {
			total += int64(k.spans[i].cost)
		}
	}
	return total
}

func (k *keyOps) origin() int64 { return k.spans[0].inv }

// length is from the first inv to the last finite instant.
func (k *keyOps) length() int64 {
	last := k.spans[len(k.spans)-1].inv
	for i := range k.spans {
		if k.spans[i].ret < forever {
			last = max(last, k.spans[i].ret)
		}
	}
	return last - k.origin()
}
