package check

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"github.com/rlbench/rlbench/algorithms"
)

// phasedWindow judges windows that are aligned to a clock which nobody has compared
// with the history's. Where they begin is not known, but it is one phase for the
// whole trial: window k is [phase + kW, phase + (k+1)W), but for the drift of that
// clock. What is certain is the excess that every phase shows in some window, so the
// least over all phases of the largest over the windows.
//
// One burst of up to 2L may lie on an edge. A second one whose edge would have to be
// elsewhere proves that at least one of them did not.
func phasedWindow(k *keyOps, c algorithms.Contract) excess {
	if _, _, known := offset(&k.h.Trial); known {
		return excess{}
	}
	w := int64(c.Limit.W)
	doubt := ceilDiv(k.length()+2*w, rho, million-rho) + int64(c.Granularity)
	length := w - 2*doubt
	if length <= 0 {
		return excess{}
	}
	arcs := aroundCircle(k.fillings(length, c.Limit.L), w)
	held := leastHeld(arcs, c.Limit.L, w)
	if held == c.Limit.L {
		return excess{}
	}
	at := arcs[slices.IndexFunc(arcs, func(a arc) bool { return a.held == held })].at
	return excess{
		admitted: held, permitted: c.Limit.L, from: at, to: at + length,
		why: fmt.Sprintf("wherever the service's windows of %s begin, one of them held as many, and the interval is shorter than a window by any clock", c.Limit.W),
	}
}

// arc says that a window beginning at any of [from, to) held that much for certain;
// at is one such instant of the history. In the circle instants count modulo W.
type arc struct{ from, to, held, at int64 }

// fillings lists the instants t for which more than enough was admitted for certain
// in [t, t+length), in order and without overlap: an operation counts from just
// after ret - length until its inv.
func (k *keyOps) fillings(length, enough int64) (list []arc) {
	type change struct{ at, cost int64 }
	var changes []change
	for i := range k.spans {
		if s := &k.spans[i]; allowed.has(s.outcome) && s.ret-s.inv < length {
			changes = append(changes, change{s.ret - length + 1, int64(s.cost)}, change{s.inv + 1, -int64(s.cost)})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	held := int64(0)
	for i, c := range changes {
		held += c.cost
		if next := i + 1; held > enough && changes[next].at > c.at {
			list = append(list, arc{from: c.at, to: changes[next].at, held: held, at: c.at})
		}
	}
	return list
}

// aroundCircle maps arcs shorter than the circle to instants modulo w, in order of
// their beginnings.
func aroundCircle(list []arc, w int64) []arc {
	var around []arc
	for _, a := range list {
		turn := floorDiv(a.from, w) * w
		a.from, a.to = a.from-turn, a.to-turn
		if a.to > w {
			around = append(around, arc{0, a.to - w, a.held, a.at})
			a.to = w
		}
		around = append(around, a)
	}
	slices.SortFunc(around, func(a, b arc) int { return cmp.Compare(a.from, b.from) })
	return around
}

// leastHeld is the largest cost that arcs holding it, or more, leave no instant of
// the circle out for; enough if there is none.
func leastHeld(arcs []arc, enough, w int64) int64 {
	most := enough
	for _, a := range arcs {
		most = max(most, a.held)
	}
	return enough + int64(sort.Search(int(most-enough), func(more int) bool {
		return !closed(arcs, enough+1+int64(more), w)
	}))
}

// closed says that the arcs which hold at least that much cover the circle.
func closed(arcs []arc, held, w int64) bool {
	reached := int64(0)
	for _, a := range arcs {
		if a.held >= held && a.from <= reached {
			reached = max(reached, a.to)
		}
	}
	return reached >= w
}
