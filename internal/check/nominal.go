package check

import "github.com/rlbench/rlbench/internal/history"

// Nominal is the overshoot against the nominal rate L per W: the largest cost
// admitted for certain in any interval of length W on one key, over L, minus 1;
// 0 if it never exceeds L. It is a property of the algorithm under this load and
// no failure: a lawful window or bucket may reach nearly 1.
func Nominal(h *history.History) float64 {
	limit := h.Trial.Contract.Limit
	var most int64
	eachKey(h, allowed, func(k *keyOps) {
		cost, _ := k.dense(k.returns(allowed), int64(limit.W))
		most = max(most, cost)
	})
	return max(0, float64(most)/float64(limit.L)-1)
}
