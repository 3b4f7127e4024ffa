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
// No fault can be injected yet, so every failure is the limiter's own.
func starved(h *history.History) Finding {
	failures, total := measured(h, failed), measured(h, failed|charged|denied)
	switch {
	case failures*100 > total:
		return invalid("starved: %d of %d operations failed, although no fault was injected", failures, total)
	case measured(h, charged) == 0 && admissible(h):
		return invalid("starved: none of %d operations was admitted", total)
	}
	return underGranted(h)
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
func underGranted(h *history.History) Finding {
	c := h.Trial.Contract
	f := valid()
	if c.Kind == algorithms.Unlimited || c.Kind == algorithms.EnvelopeOnly || !h.Trial.Whole {
		return f
	}
	eachKey(h, charged|denied, func(k *keyOps) {
		if k.chargeable(c).has(algorithms.Denied) {
			return // denials use up what admissions would have
		}
		for _, p := range h.Trial.Load.Phases {
			if !p.Excess || f.Verdict == Invalid {
				continue
			}
			if owed, granted := k.owed(c, p), k.granted(p); granted < owed {
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
	var denials []span
	for _, s := range k.spans {
		if s.outcome == algorithms.Denied && int64(s.cost) <= capacity(c) && s.inv >= p.FromNS && s.ret <= p.ToNS {
			denials = append(denials, s)
		}
	}
	if c.Kind == algorithms.Bucket {
		return owedByBucket(c, denials)
	}
	return owedByWindows(c, denials, p.FromNS)
}

// owedByWindows: a lawful denial of cost n sees at least L-n+1 charged during the
// lifetime before it. Denials a lifetime apart see different charges.
func owedByWindows(c algorithms.Contract, denials []span, from int64) (owed int64) {
	long := slackOf(c).long
	next := from + long
	for _, d := range denials {
		if d.inv >= next {
			owed += c.Limit.L - int64(d.cost) + 1
			next = d.ret + long
		}
	}
	return owed
}

// owedByBucket: a lawful denial of cost n finds fewer than n tokens. If the bucket
// cannot have filled up between one denial and the next, all that was refilled in
// between was granted, except what the last of such a run may leave.
func owedByBucket(c algorithms.Contract, denials []span) (owed int64) {
	for i := 0; i < len(denials); {
		first := denials[i]
		for i++; i < len(denials) && !mayFill(c, denials[i-1], denials[i]); i++ {
		}
		last := denials[i-1]
		if d := last.inv - first.ret - int64(c.Granularity); d > 0 {
			owed += max(0, refill(c, -rho, d)-int64(last.cost))
		}
	}
	return owed
}

// mayFill says that a bucket which lacked tokens at the first denial may have
// been full at some time before the second.
func mayFill(c algorithms.Contract, first, second span) bool {
	return refill(c, rho, second.ret-first.inv+int64(c.Granularity)) >= c.Limit.B-int64(first.cost)
}
