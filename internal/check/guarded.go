package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// Guarded is what a limiter and its failure policy admitted together.
type Guarded struct {
	// Excess is the largest cost admitted for certain in one interval beyond the
	// contract's envelope, Beyond that beyond the multiple of it which the policy
	// promises to keep within; 0 where it promises nothing.
	Excess, Beyond int64
	// finding is about the bound.
	finding Finding
}

// bound is the name of the checker of what policies promise.
const bound = "bound"

// own is the history of the limiter alone: what a policy decided is what became of the
// limiter's own call.
func own(h *history.History) *history.History {
	if h.Trial.Policy == nil {
		return h
	}
	return mapped(h, (*history.Op).Own)
}

// together is the history of all that was admitted, by whomever. A request that a policy
// denied may have been charged all the same.
func together(h *history.History) *history.History {
	return mapped(h, func(op *history.Op) algorithms.Outcome {
		if op.By == algorithms.AfterUnknown && op.Outcome == algorithms.Denied {
			return algorithms.Unknown
		}
		return op.Outcome
	})
}

// mapped is h with other outcomes, so that positions and keys stay what they are.
func mapped(h *history.History, outcome func(*history.Op) algorithms.Outcome) *history.History {
	v := &history.History{Trial: h.Trial, Ops: slices.Clone(h.Ops)}
	for i := range v.Ops {
		v.Ops[i].Outcome = outcome(&h.Ops[i])
	}
	return v
}

// guarded is nil without a policy, and for a contract that permits everything.
//
// Each place in which requests are counted keeps the contract by itself, so the cost
// admitted in an interval is at most the envelope of its length for each of them. The
// windows of one place are not those of another: only intervals are looked at.
func (d *desk) guarded(h *history.History) *Guarded {
	p, c := h.Trial.Policy, h.Trial.Contract
	if p == nil || overshootRules(c.Kind) == nil {
		return nil
	}
	g := &Guarded{finding: valid()}
	d.eachKey(together(h), charged, func(k *keyOps) {
		g.Excess = max(g.Excess, k.beyond(c, 1).cost())
		if p.Times == 0 {
			return
		}
		if e := k.beyond(c, int64(p.Times)); e.cost() > g.Beyond {
			g.Beyond = e.cost()
			g.finding = invalid("key %q: %d admitted by the limiter and its policy within %s, %d permitted: the policy promises to stay within %d times the contract: %s",
				k.name(), e.admitted, time.Duration(e.to-e.from), e.permitted, p.Times, e.why)
		}
	})
	if p.Times == 0 {
		g.finding = abstain("what was admitted under the policy is not judged: there is no bound")
	}
	g.finding.Checker = bound
	return g
}

// mostTogether bounds the product of a limit and a multiple of it, so that no sum overflows.
const mostTogether = 1 << 42

// beyond is the largest cost admitted for certain beyond so many times the contract's
// envelope.
func (k *keyOps) beyond(c algorithms.Contract, times int64) excess {
	l := c.Limit.L
	if times > mostTogether/max(l, c.Limit.B) {
		return excess{} // more than anybody ever asks for
	}
	switch c.Kind {
	case algorithms.Log:
		return k.denseIntervals(c, fmt.Sprintf("any such holds at most the limit once for each, %d times", times), func(m int64) int64 { return times * m * l })
	case algorithms.Window:
		opener := k.cheapestOpener(c)
		return k.denseIntervals(c, touched, func(m int64) int64 { return times * ((m+1)*l - opener) })
	case algorithms.AlignedWindow:
		return k.denseIntervals(c, touched, func(m int64) int64 { return times * (m + 1) * l })
	}
	c.Limit.L, c.Limit.B = times*l, times*c.Limit.B
	return denseBucket(k, c)
}

// guard adds what was found of the policy, and what the limiter did alone: that counts
// windows too.
func (r *Report) guard(g *Guarded) {
	if r.Guarded = g; g == nil {
		return
	}
	for _, f := range r.Findings {
		if f.Overshoot != nil {
			g.Excess = max(g.Excess, f.Overshoot.Certain)
		}
	}
	r.Findings = append(r.Findings, g.finding)
}
