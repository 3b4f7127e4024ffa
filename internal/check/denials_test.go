package check

import (
	"math/bits"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// unexplainedDenials counts the denials of a one-key history for which no choice
// of effect instants leaves too little room, by trying every instant at which
// anything changes, and its neighbours.
func unexplainedDenials(h *history.History) (n int64) {
	moments := changes(h)
	for i := range h.Ops {
		d := &h.Ops[i]
		if d.Outcome == algorithms.Denied && int64(d.Cost) <= capacity(h.Trial.Contract) && !explainedDenial(h, i, moments) {
			n++
		}
	}
	return n
}

// changes lists each inv and ret, also a lifetime and a granule later.
func changes(h *history.History) (moments []int64) {
	c := h.Trial.Contract
	for _, op := range h.Ops {
		for _, at := range []int64{op.Inv, op.Ret, op.Ret + slackOf(c).long, op.Ret + int64(c.Granularity)} {
			moments = append(moments, at-1, at, at+1)
		}
	}
	return moments
}

func explainedDenial(h *history.History, denial int, moments []int64) bool {
	d := &h.Ops[denial]
	for _, now := range moments {
		if now >= d.Inv && now <= d.Ret && mayLackRoom(h, denial, now, moments) {
			return true
		}
	}
	return false
}

// mayLackRoom says whether the denial may have been lawful at an instant.
func mayLackRoom(h *history.History, denial int, now int64, moments []int64) bool {
	c, n := h.Trial.Contract, int64(h.Ops[denial].Cost)
	if c.Kind != algorithms.Bucket {
		return costWithin(h, denial, now-slackOf(c).long+1, now) > c.Limit.L-n
	}
	for _, since := range append(moments, now-int64(c.Granularity), now-int64(c.Granularity)-1) {
		if since <= now && exceedsRefill(c, costWithin(h, denial, since, now)-(c.Limit.B-n), now-since) {
			return true
		}
	}
	return false
}

// costWithin is the cost of other operations that may have been charged in a
// closed interval.
func costWithin(h *history.History, denial int, from, to int64) (cost int64) {
	for i, op := range h.Ops {
		charges := op.Outcome == algorithms.Allowed || op.Outcome == algorithms.Denied && h.Trial.Contract.ChargesDenied
		counts := op.Outcome == algorithms.Unknown || charges && op.Ret >= from
		if i != denial && counts && op.Inv <= to {
			cost += int64(op.Cost)
		}
	}
	return cost
}

// exceedsRefill says whether cost > r max(0, (1-rho)d - g), exactly.
func exceedsRefill(c algorithms.Contract, cost, d int64) bool {
	passed := max(0, (million-rho)*d-million*int64(c.Granularity))
	if cost <= 0 {
		return false
	}
	hi, lo := bits.Mul64(uint64(cost), uint64(c.Limit.W)*million)
	needHi, needLo := bits.Mul64(uint64(c.Limit.L), uint64(passed))
	return hi > needHi || hi == needHi && lo > needLo
}
