package check

import (
	"fmt"
	"sort"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// falseRejection counts the denials that no choice of effect instants explains:
// whenever within its [inv, ret] the denial took effect, and whichever instants
// the other operations took, the contract had room for its cost.
//
// For both kinds of windows the bound of the log serves: whatever the window
// counts was charged less than one lifetime ago.
func (d *desk) falseRejection(h *history.History) Finding {
	switch {
	case h.Trial.Contract.Kind == algorithms.EnvelopeOnly:
		return abstain("false rejections are not judged: the contract bounds what is admitted, not what is denied")
	case !h.Trial.Whole:
		return abstain("false rejections are not judged: the history is incomplete")
	}
	var total int64
	first := ""
	d.eachKey(h, charged|denied, func(k *keyOps) {
		count, example := k.falseRejections(h.Trial.Contract)
		if total += count; first == "" {
			first = example
		}
	})
	f := valid()
	if total > 0 {
		f = invalid("%d denials are certainly false: %s", total, first)
	}
	f.FalseRejections = &total
	return f
}

// falseRejections also describes the first one, if any.
func (k *keyOps) falseRejections(c algorithms.Contract) (count int64, example string) {
	if !k.any(denied) {
		return 0, ""
	}
	room := k.room(c)
	first := -1
	later := laterMaxima{k: k, held: room.held}
	for i := len(k.spans) - 1; i >= 0; i-- {
		later.push(i)
		s := &k.spans[i]
		// Nothing held is less than zero, and so a request that costs more than all
		// there ever is may be denied.
		if s.outcome == algorithms.Denied && later.until(s.ret) <= room.enough(s) {
			first = i
			count++
		}
	}
	if first < 0 {
		return 0, ""
	}
	s := &k.spans[first]
	return count, fmt.Sprintf("operation %d on key %q asked for %d, and at every instant of its %d us there was room",
		k.pos[first], k.name(), s.cost, (s.ret-s.inv)/1000)
}

// capacity is the largest cost that the contract ever admits at once.
func capacity(c algorithms.Contract) int64 {
	if c.Kind == algorithms.Bucket || c.Kind == algorithms.EnvelopeOnly {
		return c.Limit.B
	}
	return c.Limit.L
}

// room is what may be held at each inv, and how much of it leaves room for a
// denied request.
type room struct {
	held   []int64
	enough func(*span) int64
}

func (k *keyOps) room(c algorithms.Contract) room {
	of := k.chargeable(c)
	// A denial that is charged itself is part of what is held; its own cost must
	// not count against it.
	own := int64(1)
	if of.has(algorithms.Denied) {
		own = 0
	}
	r := room{held: make([]int64, 0, len(k.spans))}
	keep := func(held int64) { r.held = append(r.held, held) }
	if c.Kind != algorithms.Bucket {
		heldByLog(k, of, slackOf(c).long, keep)
		r.enough = func(s *span) int64 { return c.Limit.L - own*int64(s.cost) }
		return r
	}
	// The tokens at tau are lawfully too few iff, for some s <= tau,
	// cost[s, tau] - (B - n) > r * max(0, (1-rho)(tau-s) - g), where r*x is the
	// cost whose time is x. For s within the wait the right side is 0 and the
	// smallest such s counts most, so s <= tau - wait is all there is to look at.
	wait := ceilDiv(int64(c.Granularity), million, million-rho)
	sc := newScale(c.Limit, -rho, k.length()+wait, k.cost(charged|denied)+c.Limit.B, true)
	heldByBucket(k, of, sc, wait, k.origin()-wait, keep)
	r.enough = func(s *span) int64 { return (c.Limit.B-own*int64(s.cost))*sc.unit - sc.doubt() }
	return r
}

// chargeable lists the outcomes whose cost may count against a request. A window
// counts a denied request of cost 1 only when it is full already, which the
// allowed ones explain by themselves.
func (k *keyOps) chargeable(c algorithms.Contract) outcomes {
	if !c.ChargesDenied {
		return charged
	}
	windowed := c.Kind == algorithms.Window || c.Kind == algorithms.AlignedWindow
	if windowed && k.maxCost() == 1 {
		return charged
	}
	return charged | denied
}

func (k *keyOps) maxCost() (most int32) {
	for i := range k.spans {
		most = max(most, k.spans[i].cost)
	}
	return most
}

func (k *keyOps) any(of outcomes) bool {
	for i := range k.spans {
		if of.has(k.spans[i].outcome) {
			return true
		}
	}
	return false
}

// laterMaxima answers, while spans are pushed from the last to the first, how
// much is held at most from the last pushed span's inv until a given instant. Its
// stack holds the spans at which held exceeds all between them and the top.
type laterMaxima struct {
	k     *keyOps
	held  []int64
	stack []int32
}

func (m *laterMaxima) push(i int) {
	for len(m.stack) > 0 && m.held[m.stack[len(m.stack)-1]] <= m.held[i] {
		m.stack = m.stack[:len(m.stack)-1]
	}
	m.stack = append(m.stack, int32(i))
}

// until is at least the top's value: the top is the span that asks.
func (m *laterMaxima) until(ret int64) int64 {
	farthest := sort.Search(len(m.stack), func(j int) bool { return m.k.spans[m.stack[j]].inv <= ret })
	return m.held[m.stack[farthest]]
}
