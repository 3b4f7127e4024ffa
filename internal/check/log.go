package check

import "github.com/rlbench/rlbench/algorithms"

// denseLog: any interval shorter than m windows is covered by m half-open
// intervals of length W, and so holds at most m*L.
func denseLog(k *keyOps, c algorithms.Contract) excess {
	return k.denseIntervals(c, "any such holds at most the limit once for each", func(m int64) int64 { return m * c.Limit.L })
}
