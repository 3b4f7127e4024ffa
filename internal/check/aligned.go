package check

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// alignedWindow counts the operations that lie within one window [kW, (k+1)W) of
// the wall clock for certain, given that the history's clock was ahead of it by
// some offset within the readings of both, the same host's or a synchronised one.
func alignedWindow(k *keyOps, c algorithms.Contract) (worst excess) {
	low, high, known := offset(&k.h.Trial)
	if !known {
		return worst
	}
	w := int64(c.Limit.W)
	var window, cost int64
	for i := range k.spans {
		s := &k.spans[i]
		in := floorDiv(s.inv-high, w)
		if !allowed.has(s.outcome) || s.ret >= (in+1)*w+low {
			continue
		}
		if in != window {
			window, cost = in, 0
		}
		cost += int64(s.cost)
		worst = excess{
			admitted: cost, permitted: c.Limit.L, from: in*w + high, to: (in+1)*w + low,
			why: "the interval lies in one window of the wall clock",
		}.worse(worst)
	}
	return worst
}

// offset bounds monotonic minus real time over the trial, for the clock that was
// read. A service decides by another, and a server that may be on another host aligns
// its windows to another.
func offset(t *history.Trial) (low, high int64, known bool) {
	readings, g := t.Clock, int64(t.Contract.Granularity)
	if t.Cell.Remote() || t.Elsewhere && t.Contract.Kind == algorithms.AlignedWindow {
		readings = nil
	}
	for i, r := range readings {
		ahead := r.MonoNS - r.RealNS
		if i == 0 {
			low, high = ahead, ahead
		}
		low, high = min(low, ahead-r.ErrNS), max(high, ahead+r.ErrNS)
	}
	return low - g, high + g, len(readings) > 0
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// denseAligned: an interval shorter than m windows touches at most m+1 of them.
func denseAligned(k *keyOps, c algorithms.Contract) excess {
	return k.denseIntervals(c, touched, func(m int64) int64 { return (m + 1) * c.Limit.L })
}
