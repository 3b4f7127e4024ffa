package check

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// The functions of this file decide by exhaustion what the checkers decide by
// formula: whether any order and any choice of real-valued effect instants keeps
// the contract, for histories of one key. Once an order is chosen, the instants
// obey difference constraints with whole numbers, so that a finite computation on
// integers is exact.

// explained says whether the operations of a history can have taken effect
// lawfully, denials aside.
func explained(h *history.History) bool {
	c := h.Trial.Contract
	if c.Kind == algorithms.Window {
		return explainedByWindows(h)
	}
	o := order{unit: 1, gap: func(cost int64) int64 {
		if cost <= c.Limit.L {
			return 0
		}
		return slackOf(c).short
	}}
	if c.Kind == algorithms.Bucket {
		// In units of 1/(L(million+rho)) ns every gap is a whole number.
		o.unit = c.Limit.L * (million + rho)
		o.gap = func(cost int64) int64 {
			return max(0, (cost-c.Limit.B)*int64(c.Limit.W)*million-int64(c.Granularity)*o.unit)
		}
	}
	for _, op := range h.Ops {
		if op.Outcome == algorithms.Allowed {
			o.ops = append(o.ops, op)
		}
	}
	return o.extend(0)
}

// order searches the orders of admitted operations: ops before the depth of the
// recursion are placed, at the earliest instants that their order allows. gap is
// the least time between the first and the last of consecutive operations of a
// total cost.
type order struct {
	ops  []history.Op
	unit int64
	gap  func(cost int64) int64
	at   [16]int64
}

func (o *order) extend(depth int) bool {
	if depth == len(o.ops) {
		return true
	}
	for i := depth; i < len(o.ops); i++ {
		o.ops[depth], o.ops[i] = o.ops[i], o.ops[depth]
		if o.place(depth) && o.extend(depth+1) {
			return true
		}
		o.ops[depth], o.ops[i] = o.ops[i], o.ops[depth]
	}
	return false
}

func (o *order) place(depth int) bool {
	op := o.ops[depth]
	at, cost := op.Inv*o.unit, int64(0)
	for before := depth; before >= 0; before-- {
		cost += int64(o.ops[before].Cost)
		switch gap := o.gap(cost); {
		case before < depth:
			at = max(at, o.at[before]+gap)
		case gap > 0:
			return false
		}
	}
	o.at[depth] = at
	return at <= op.Ret*o.unit
}

// explainedByWindows tries every order of the allowed operations and every subset
// of the unknown ones, and every way to cut it into windows.
func explainedByWindows(h *history.History) bool {
	var must, may []history.Op
	for _, op := range h.Ops {
		switch op.Outcome {
		case algorithms.Allowed:
			must = append(must, op)
		case algorithms.Unknown:
			op.Ret = h.Trial.Load.EndNS // late enough to be as good as never
			may = append(may, op)
		}
	}
	for subset := range 1 << len(may) {
		w := windows{slack: slackOf(h.Trial.Contract), limit: h.Trial.Contract.Limit.L, ops: append([]history.Op(nil), must...)}
		for i, op := range may {
			if subset>>i&1 == 1 {
				w.ops = append(w.ops, op)
			}
		}
		if w.extend(0, 0, 0) {
			return true
		}
	}
	return false
}

// windows searches orders and cuts: opener[i] is the operation that opened the
// window in which the i-th was counted.
type windows struct {
	slack
	limit  int64
	ops    []history.Op
	opener [16]int
}

// extend places the operation at depth into the window opened by current, which
// holds count, or into a new one.
func (w *windows) extend(depth, current int, count int64) bool {
	if depth == len(w.ops) {
		return w.feasible()
	}
	for i := depth; i < len(w.ops); i++ {
		w.ops[depth], w.ops[i] = w.ops[i], w.ops[depth]
		if w.precedesRest(depth) && w.choose(depth, current, count) {
			return true
		}
		w.ops[depth], w.ops[i] = w.ops[i], w.ops[depth]
	}
	return false
}

func (w *windows) choose(depth, current int, count int64) bool {
	cost := int64(w.ops[depth].Cost)
	if depth > 0 && count+cost <= w.limit {
		w.opener[depth] = current
		if w.extend(depth+1, current, count+cost) {
			return true
		}
	}
	w.opener[depth] = depth
	return cost <= w.limit && w.extend(depth+1, depth, cost)
}

func (w *windows) precedesRest(depth int) bool {
	for _, later := range w.ops[depth+1:] {
		if later.Ret < w.ops[depth].Inv {
			return false
		}
	}
	return true
}

// feasible solves the difference constraints of an order and its cuts by
// relaxation to the earliest instants. fine turns a strict inequality into one of
// integers: a cycle of fewer than fine strict constraints cannot tell.
func (w *windows) feasible() bool {
	const fine = 32
	var at [16]int64
	for i, op := range w.ops {
		at[i] = op.Inv * fine
	}
	for range len(w.ops) + 1 {
		changed := false
		raise := func(i int, to int64) {
			if to > at[i] {
				at[i], changed = to, true
			}
		}
		last := 0
		for i := range w.ops {
			if i > 0 {
				raise(i, at[i-1])
			}
			switch o := w.opener[i]; {
			case o != i: // counted in o's window: it took effect less than long after o
				raise(o, at[i]-w.long*fine+1)
			case i > 0: // opened the next window, at least short after the last
				raise(i, at[last]+w.short*fine)
				last = i
			}
			if at[i] > w.ops[i].Ret*fine {
				return false
			}
		}
		if !changed {
			return true
		}
	}
	return false
}
