package metrics

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// judge copies the verdict, its reasons and what the checkers counted.
func judge(c *result.Cell, j check.Report) {
	c.Verdict = string(j.Verdict)
	c.Reasons, c.Void = reasons(j), j.Void != ""
	c.Overshoot.Visible = j.Visible
	for _, f := range j.Findings {
		if f.Overshoot != nil {
			overshoot(&c.Overshoot, f.Overshoot, c.Limit)
		}
		if n := f.FalseRejections; n != nil {
			c.FalseRejections = worseRejections(c.FalseRejections, *n)
		}
	}
	c.AsExpected = result.AsExpected(c)
	switch o := &c.Overshoot; {
	case c.Verdict != string(check.Invalid):
	case o.Unbounded():
		c.Reasons = append(c.Reasons, fmt.Sprintf("%d were admitted beyond the contract, and the scenario expects %d at most", o.Certain, *o.Bound))
	case o.Unexplained():
		c.Reasons = append(c.Reasons, "the scenario accepts no other cause than "+o.Cause)
	}
}

// bound is the most overshoot that a scenario expects, given as a multiple of the limit;
// nil if it states none.
func bound(t *history.Trial) *int64 {
	if t.Most <= 0 {
		return nil
	}
	return new(int64(min(t.Most*float64(t.Contract.Limit.L), highestBound)))
}

// highestBound keeps a bound that a history states within what an int64 holds.
const highestBound = 1 << 62

// reasons lists why the verdict is not valid, why the trial is void first. A checker
// that abstained has not touched the verdict.
func reasons(j check.Report) []string {
	list := []string{}
	add := func(reason string) {
		if reason != "" && !slices.Contains(list, reason) {
			list = append(list, reason)
		}
	}
	add(j.Void)
	for _, f := range j.Findings {
		if !f.Abstained {
			add(f.Reason)
		}
	}
	return list
}

// overshoot keeps the largest excess of several checkers. They look at the same
// operations, so excesses are never added.
func overshoot(into *result.Overshoot, o *check.Overshoot, limit int64) {
	into.Possible = max(into.Possible, o.Possible)
	into.Attribution = cmp.Or(into.Attribution, o.Attribution)
	if o.Certain <= into.Certain {
		return
	}
	into.Certain = o.Certain
	if r := ratio(float64(o.Certain), float64(limit)); r != nil {
		into.Ratio = *r
	}
	into.Attribution = o.Attribution
	into.Witness = witness(o.Witness)
}

func witness(w *check.Witness) *result.Witness {
	if w == nil {
		return nil
	}
	return &result.Witness{
		Key: w.Key, FromNS: w.FromNS, ToNS: w.ToNS, Admitted: w.Admitted, Permitted: w.Permitted,
		Rule: w.Why, Ops: w.Ops,
	}
}

func worseRejections(have *result.FalseRejections, certain int64) *result.FalseRejections {
	if have != nil && have.Certain >= certain {
		return have
	}
	return &result.FalseRejections{Certain: certain}
}
