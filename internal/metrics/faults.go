package metrics

import (
	"cmp"
	"slices"
	"time"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// inARow is how many answers in a row count as recovery.
const inARow = 10

// faults measures how the trial went through its faults, and what they made the servers
// forget.
func faults(c *result.Cell, h *history.History, j check.Report) {
	c.DoubleCounted = j.Repeated
	if len(h.Trial.Faults) == 0 {
		return
	}
	for _, f := range h.Trial.Faults {
		c.Faults = append(c.Faults, faultOf(f, &h.Trial.Load))
	}
	if j.Lost != nil {
		c.LostAcknowledged = &j.Lost.Certain
	}
	if r := h.Trial.Roles; r != nil && r.LostBytes >= 0 {
		c.LostBytes = new(r.LostBytes)
	}
	c.FirstSuccessMS, c.RecoveryMS = recovery(h)
	c.Timeline = timeline(h)
}

// faultOf takes a fault that never took effect to have done so when it began.
func faultOf(f history.Fault, load *history.Load) result.Fault {
	effect := f.EffectNS
	if effect == 0 {
		effect = f.BeganNS
	}
	r := result.Fault{Name: f.Name, Node: f.Node, AtMS: millis(effect - load.StartNS)}
	if f.HealedNS != 0 && f.HealedNS <= load.EndNS {
		r.UntilMS = new(millis(f.HealedNS - load.StartNS))
	}
	return r
}

// recovery returns FirstSuccessMS and RecoveryMS.
func recovery(h *history.History) (first, lasting *float64) {
	f := h.Trial.Faults[0]
	ops := troubled(intendedFrom(h, f.BeganNS))
	since := func(o *history.Op) *float64 { return new(millis(o.Ret - f.EffectNS)) }
	run := 0
	for i, o := range ops {
		if run++; !answered(o) {
			run = 0
			continue
		}
		if first == nil {
			first = since(o)
		}
		if run == inARow {
			return first, since(ops[i-inARow+1])
		}
	}
	return first, nil
}

// intendedFrom lists operations in the order in which they were intended to start.
func intendedFrom(h *history.History, from int64) (list []*history.Op) {
	for i := range h.Ops {
		if o := &h.Ops[i]; o.Intended >= from {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, func(a, b *history.Op) int { return cmp.Compare(a.Intended, b.Intended) })
	return list
}

// troubled leaves out what was answered before a fault showed.
func troubled(ops []*history.Op) []*history.Op {
	if i := slices.IndexFunc(ops, func(o *history.Op) bool { return !answered(o) }); i >= 0 {
		return ops[i:]
	}
	return ops
}

// millis is 0 for a time that lies before the one it counts from.
func millis(ns int64) float64 { return float64(max(0, ns)) / float64(time.Millisecond) }
