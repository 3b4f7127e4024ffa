package metrics

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// answered says that the limiter itself decided.
func answered(o *history.Op) bool { return decided(o.Own()) }

func decided(o algorithms.Outcome) bool { return o == algorithms.Allowed || o == algorithms.Denied }

// served says that somebody did: the limiter, or its policy. A denial by a policy that
// counts nothing is no answer to whether there is room, and leaves its user as much out as
// an error does. This is the one definition of what availability counts.
func served(o *history.Op, p *history.Policy) bool {
	refused := o.By != algorithms.ByLimiter && o.Outcome == algorithms.Denied && p != nil && !p.Counts
	return decided(o.Outcome) && !refused
}

// byPolicy counts what the policy decided.
func byPolicy(c *result.Cell, h *history.History, j check.Report) {
	p := h.Trial.Policy
	if p == nil {
		return
	}
	b := &result.ByPolicy{}
	for i := range h.Ops {
		o := &h.Ops[i]
		if o.Intended < h.Trial.Load.StartNS || o.By == algorithms.ByLimiter || !decided(o.Outcome) {
			continue
		}
		if o.Outcome == algorithms.Allowed {
			b.Allowed++
		} else {
			b.Denied++
		}
		if o.By == algorithms.Unasked {
			b.Unasked++
		}
	}
	if p.Times > 0 {
		b.Times = &p.Times
	}
	if g := j.Guarded; g != nil {
		b.Overshoot, b.Beyond = g.Excess, g.Beyond
		if r := ratio(float64(g.Excess), float64(h.Trial.Contract.Limit.L)); r != nil {
			b.Ratio = *r
		}
	}
	c.ByPolicy = b
}
