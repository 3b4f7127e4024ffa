package check

import (
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// starved looks for a limiter that withholds what it owes: one that fails, admits
// nothing, or under sustained excess admits less than its contract lets through.
// A limiter that only errors must not pass.
//
// Every failure is the limiter's own, but where the load is meant to be more than can be
// answered, from the first fault on, and under a failure policy, which does not wait for
// it: then availability is measured, not judged.
func (d *desk) starved(h *history.History) Finding {
	if h.Trial.Load.Overloads {
		return abstain("starving is not judged: the load may be more than can be answered")
	}
	calm := calmUntil(h)
	failures, total := measuredUntil(calm, h, failed|unknown), measuredUntil(calm, h, failed|charged|denied)
	switch {
	case total == 0 && calm < forever:
		return abstain("starving is not judged: no operation ended before the first fault")
	case failures*100 > total && h.Trial.Policy == nil:
		return invalid("starved: %d of %d operations were not answered, although no fault was injected%s", failures, total, yet(calm))
	case measuredUntil(calm, h, charged) == 0 && admissible(h) && !filled(h):
		return invalid("starved: none of %d operations was admitted", total)
	}
	return d.underGranted(h)
}

// yet ends a sentence about what was before a fault.
func yet(calm int64) string {
	if calm < forever {
		return " yet"
	}
	return ""
}

// filled says that a fault cut the trial short of what follows a warm-up that was
// admitted: until it expires, all may be denied.
func filled(h *history.History) bool {
	calm := calmUntil(h)
	return calm < forever && slices.ContainsFunc(h.Ops, func(op history.Op) bool { return charged.has(op.Outcome) && op.Inv < calm })
}

// admissible says that something was asked for that a fresh limiter must admit.
func admissible(h *history.History) bool {
	most := capacity(h.Trial.Contract)
	return slices.ContainsFunc(h.Ops, func(op history.Op) bool { return int64(op.Cost) <= most })
}

// underGranted compares, for each key and each phase of sustained excess, what may
// have been admitted with what a lawful limiter must have admitted to be entitled
// to its denials. The bound needs no assumption on the load: where nothing was
// denied, nothing is owed.
func (d *desk) underGranted(h *history.History) Finding {
	c := h.Trial.Contract
	f := valid()
	calm := calmUntil(h)
	phases := slices.DeleteFunc(slices.Clone(h.Trial.Load.Phases), func(p history.Phase) bool { return !p.Excess || p.ToNS > calm })
	if c.Kind == algorithms.Unlimited || c.Kind == algorithms.EnvelopeOnly || !h.Trial.Whole || len(phases) == 0 {
		return f
	}
	d.eachKey(h, charged|denied, func(k *keyOps) {
		if k.chargeable(c).has(algorithms.Denied) {
			return // denials use up what admissions would have
		}
		for _, p := range phases {
			if owed, granted := k.owed(c, p), k.granted(p); f.Verdict == Valid && granted < owed {
				f = invalid("starved: key %q was granted %d at most in phase %s, and its denials are lawful only from %d on",
					k.name(), granted, p.Name, owed)
			}
		}
	})
	return f
}

// granted is the most cost that can have been charged within the phase.
func (k *keyOps) granted(p history.Phase) (cost int64) {
	for i := range k.spans {
		if s := &k.spans[i]; charged.has(s.outcome) && s.inv <= p.ToNS && s.ret >= p.FromNS {
			cost += int64(s.cost)
		}
	}
	return cost
}

// owed is the least cost that must have been charged within the phase if every
// denial in it was lawful.
func (k *keyOps) owed(c algorithms.Contract, p history.Phase) int64 {
	var b bill = &windowBill{c: c, long: slackOf(c).long, next: p.FromNS + slackOf(c).long}
	if c.Kind == algorithms.Bucket {
		b = &bucketBill{c: c}
	}
	for i := range k.spans {
		s := &k.spans[i]
		if s.outcome == algorithms.Denied && int64(s.cost) <= capacity(c) && s.inv >= p.FromNS && s.ret <= p.ToNS {
			b.add(s)
		}
	}
	return b.total()
}

// bill adds up what consecutive lawful denials prove to have been charged.
type bill interface {
	add(denial *span)
	total() int64
}

// windowBill: a lawful denial of cost n sees at least L-n+1 charged during the
// lifetime before it. Denials a lifetime apart see different charges.
type windowBill struct {
	c          algorithms.Contract
	long, next int64
	owed       int64
}

func (b *windowBill) add(d *span) {
	if d.inv >= b.next {
		b.owed += b.c.Limit.L - int64(d.cost) + 1
		b.next = d.ret + b.long
	}
}

func (b *windowBill) total() int64 { return b.owed }

// bucketBill: a lawful denial of cost n finds fewer than n tokens. If the bucket
// cannot have filled up between one denial and the next, all that was refilled in
// between was granted, except what the last of such a run may leave.
type bucketBill struct {
	c           algorithms.Contract
	first, last *span
	owed        int64
}

func (b *bucketBill) add(d *span) {
	if b.last == nil || b.mayFillUntil(d) {
		b.owed, b.first = b.total(), d
	}
	b.last = d
}

func (b *bucketBill) mayFillUntil(d *span) bool {
	room := b.c.Limit.B - int64(b.last.cost)
	return refill(b.c, rho, d.ret-b.last.inv+int64(b.c.Granularity)) >= room
}

func (b *bucketBill) total() int64 {
	if b.last == nil {
		return 0
	}
	passed := b.last.inv - b.first.ret - int64(b.c.Granularity)
	if passed <= 0 {
		return b.owed
	}
	return b.owed + max(0, refill(b.c, -rho, passed)-int64(b.last.cost))
}
