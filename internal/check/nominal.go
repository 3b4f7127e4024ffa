package check

import "github.com/rlbench/rlbench/internal/history"

// nominal measures Report.Nominal.
func (d *desk) nominal(h *history.History) float64 {
	limit := h.Trial.Contract.Limit
	var most int64
	d.eachKey(h, allowed, func(k *keyOps) {
		cost, _ := k.dense(k.returns(allowed), int64(limit.W))
		most = max(most, cost)
	})
	return max(0, float64(most)/float64(limit.L)-1)
}
