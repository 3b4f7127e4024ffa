package check

import (
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// sinceChange is the history of the limiter that took over: what was admitted before it
// counts against another contract.
func sinceChange(h *history.History) *history.History {
	if h.Trial.Former == nil {
		return h
	}
	return mapped(h, func(op *history.Op) algorithms.Outcome {
		if op.Intended < h.Trial.Load.StartNS {
			return algorithms.Failed
		}
		return op.Outcome
	})
}

// unchanged: nobody was admitted before the change, so that nothing was left behind.
func unchanged(h *history.History) string {
	before := func(op history.Op) bool {
		return op.Intended < h.Trial.Load.StartNS && op.Outcome == algorithms.Allowed
	}
	if h.Trial.Former == nil || slices.ContainsFunc(h.Ops, before) {
		return ""
	}
	return "nothing was changed: nobody was admitted before"
}
