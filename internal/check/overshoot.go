package check

import (
	"fmt"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// excess is cost admitted for certain beyond what a rule permits, on one key.
type excess struct {
	admitted, permitted int64
	// from and to bound the witness interval, [from, to).
	from, to int64
	// named restricts the witness to operations of one window that the server
	// named by the instant of its end; 0 for none.
	named algorithms.Instant
	// why is the rule: a clause that goes on after "permitted:".
	why string
}

func (e excess) cost() int64 { return e.admitted - e.permitted }

// worse returns the larger of two excesses.
func (e excess) worse(than excess) excess {
	if e.cost() > than.cost() {
		return e
	}
	return than
}

// overshootRule finds the largest certain excess on one key; the zero excess if
// there is none.
type overshootRule func(*keyOps, algorithms.Contract) excess

// overshootRules returns the rules for a kind of contract, nil if it permits
// everything.
func overshootRules(k algorithms.Kind) []overshootRule {
	switch k {
	case algorithms.Log:
		return []overshootRule{denseLog}
	case algorithms.Bucket, algorithms.EnvelopeOnly:
		return []overshootRule{denseBucket}
	case algorithms.Window:
		return []overshootRule{namedWindow, openedWindow, denseWindow}
	case algorithms.AlignedWindow:
		return []overshootRule{namedWindow, alignedWindow, denseAligned, phasedWindow}
	}
	return nil
}

// overshoot looks for cost admitted beyond the contract, per key, and reports the
// largest excess in one interval.
func (d *desk) overshoot(h *history.History) Finding {
	c := h.Trial.Contract
	o := &Overshoot{}
	var worst excess
	d.eachKey(h, charged, func(k *keyOps) {
		o.Possible = max(o.Possible, k.possible(c))
		for _, rule := range overshootRules(c.Kind) {
			if e := rule(k, c); e.cost() > worst.cost() {
				worst = e
				o.Witness = k.witness(e)
			}
		}
	})
	o.Certain = max(0, worst.cost())
	o.Possible = max(o.Possible, o.Certain)
	f := valid()
	if o.Certain > 0 {
		f = invalid("key %q: %d admitted, %d permitted: %s", o.Witness.Key, worst.admitted, worst.permitted, worst.why)
	}
	f.Overshoot = o
	return f
}

// witness lists the operations that prove e.
func (k *keyOps) witness(e excess) *Witness {
	w := &Witness{Key: k.name(), FromNS: e.from, ToNS: e.to, Admitted: e.admitted, Permitted: e.permitted, Why: e.why}
	for i := range k.spans {
		if s := &k.spans[i]; allowed.has(s.outcome) && s.inv >= e.from && s.ret < e.to && k.named(i, e.named) {
			w.Ops = append(w.Ops, int(k.pos[i]))
		}
	}
	return w
}

func (k *keyOps) named(i int, window algorithms.Instant) bool {
	return window == 0 || k.windowOf(i) == window
}

// possible bounds from above the excess that some choice of instants may show in
// one interval of length W (buckets: of any length), without slack.
func (k *keyOps) possible(c algorithms.Contract) int64 {
	most := int64(0)
	highest := func(held int64) { most = max(most, held) }
	if c.Kind != algorithms.Bucket && c.Kind != algorithms.EnvelopeOnly {
		heldByLog(k, charged, slackOf(c).exact, highest)
		return max(0, most-c.Limit.L)
	}
	sc := newScale(c.Limit, 0, k.length(), k.cost(charged)+c.Limit.B, false)
	if sc.unit == 0 {
		return 0 // refilled faster than any clock can tell
	}
	heldByBucket(k, charged, sc, 0, k.origin(), highest)
	return max(0, (most-c.Limit.B*sc.unit+sc.unit-1)/sc.unit)
}

// certain is the cost of the allowed operations within [from, to).
func (k *keyOps) certain(from, to int64) (cost int64) {
	for i := range k.spans {
		if s := &k.spans[i]; allowed.has(s.outcome) && s.inv >= from && s.ret < to {
			cost += int64(s.cost)
		}
	}
	return cost
}

// dense finds the interval [t, t+length) that holds the most cost for certain:
// allowed operations invoked and returned inside. Only intervals that start with
// an inv need be tried.
//
// An operation that lasts length or longer fits into none and is left out; of the
// others those invoked before t have all returned before t+length, so the cost is
// a difference of two running sums.
func (k *keyOps) dense(returns []stamp, length int64) (cost, from int64) {
	fits := func(s *span) bool { return allowed.has(s.outcome) && s.ret-s.inv < length }
	var before, ended int64
	next := 0
	for i := range k.spans {
		t := &k.spans[i]
		if !fits(t) {
			continue
		}
		for ; next < len(returns) && returns[next].at < t.inv+length; next++ {
			if s := &k.spans[returns[next].span]; fits(s) {
				ended += int64(s.cost)
			}
		}
		if in := ended - before; in > cost {
			cost, from = in, t.inv
		}
		before += int64(t.cost)
	}
	return cost, from
}

// denseIntervals applies dense to 1, 2 and 3 windows at once: cost that straddles
// the edges of one window may be certain within several. permits is what so many
// windows let through, why the rule that says so.
func (k *keyOps) denseIntervals(c algorithms.Contract, why string, permits func(windows int64) int64) (worst excess) {
	short := slackOf(c).short
	if short <= 0 {
		return worst
	}
	returns := k.returns(allowed)
	for m := int64(1); m <= 3; m++ {
		cost, from := k.dense(returns, m*short)
		worst = excess{
			admitted: cost, permitted: permits(m), from: from, to: from + m*short,
			why: fmt.Sprintf("the interval is shorter than %d x %s by any clock, and %s", m, c.Limit.W, why),
		}.worse(worst)
	}
	return worst
}
