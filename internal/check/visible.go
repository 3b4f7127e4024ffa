package check

import (
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// visible is the largest overshoot on a key that the loss of its state could have shown.
//
// What was admitted before the gap in service matters after it only as far as it has not
// expired: of a window or log up to the limit within one window, of a bucket the burst
// less what the gap refilled, and no more than was lost, if anything is known to be.
type visible struct {
	most int64
	// gap is the shortest time without service on any key; forever if none was served
	// again.
	gap int64
}

// visibleLoss is nil without a fault that may lose state.
func visibleLoss(h *history.History, t *tracing) *visible {
	c := h.Trial.Contract
	if !mayLose(h, t) || c.Kind == algorithms.Unlimited {
		return nil
	}
	v := &visible{gap: serviceGap(h, t)}
	if v.gap < forever {
		v.most = remains(c, v.gap)
	}
	if t == nil || !isBucket(c) {
		return v
	}
	if lost := t.lost(); lost.Possible > 0 {
		v.most = min(v.most, lost.cost)
	}
	return v
}

// finding withholds a valid verdict where nothing could have shown.
func (v *visible) finding() Finding {
	f := Finding{Checker: "power", Verdict: Unknown}
	f.Reason = fmt.Sprintf("no power: keys were served again after %s, when all that was charged before had expired and nothing forgotten could show", time.Duration(v.gap))
	if v.gap == forever {
		f.Reason = "no power: no key was served by the server that took over"
	}
	return f
}

// mayLose says that during a fault the keys were handed on to another server process.
func mayLose(h *history.History, t *tracing) bool {
	if len(h.Trial.Faults) == 0 {
		return false
	}
	return h.Trial.Roles != nil && h.Trial.Roles.Changes > 0 || t != nil && t.ranks > 1
}

// remains is how much of what was charged before a gap may count after it.
func remains(c algorithms.Contract, gap int64) int64 {
	if isBucket(c) {
		return max(0, c.Limit.B-refill(c, 0, gap))
	}
	if gap >= int64(c.Limit.W) {
		return 0
	}
	return c.Limit.L
}

func isBucket(c algorithms.Contract) bool {
	return c.Kind == algorithms.Bucket || c.Kind == algorithms.EnvelopeOnly
}

// serviceGap is the shortest time, on any key, from the last answer of one server to the
// first of the next; where no server is known, around the instant at which the first
// fault took effect.
func serviceGap(h *history.History, t *tracing) int64 {
	if t == nil {
		return gapBetween(h, func(op *history.Op) side { return sideOf(op.Inv >= h.Trial.Faults[0].EffectNS) })
	}
	least := int64(forever)
	for rank := 1; rank < t.ranks; rank++ {
		least = min(least, gapBetween(h, func(op *history.Op) side {
			if !numbered(op) {
				return neither
			}
			return sideOf(t.keys[op.Key].rank(op.Node) >= rank)
		}))
	}
	return least
}

// side of a gap on which an answer lies.
type side uint8

const (
	neither side = iota
	before
	after
)

func sideOf(late bool) side {
	if late {
		return after
	}
	return before
}

// gapBetween is the shortest time on any key between the first answer after the gap and
// the last one before it.
func gapBetween(h *history.History, sideOf func(*history.Op) side) int64 {
	first, last := make([]int64, len(h.Trial.Keys)), make([]int64, len(h.Trial.Keys))
	for key := range first {
		first[key], last[key] = forever, -1
	}
	for i := range h.Ops {
		if op := &h.Ops[i]; answered.has(op.Outcome) && sideOf(op) == after {
			first[op.Key] = min(first[op.Key], op.Ret)
		}
	}
	for i := range h.Ops {
		if op := &h.Ops[i]; answered.has(op.Outcome) && sideOf(op) == before && op.Ret <= first[op.Key] {
			last[op.Key] = max(last[op.Key], op.Ret)
		}
	}
	least := int64(forever)
	for key := range first {
		if first[key] < forever && last[key] >= 0 {
			least = min(least, first[key]-last[key])
		}
	}
	return least
}
