package check

import (
	"cmp"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// outcomes is a set of algorithms.Outcome.
type outcomes uint8

// The sets that checkers ask for.
const (
	allowed  outcomes = 1 << algorithms.Allowed
	denied   outcomes = 1 << algorithms.Denied
	unknown  outcomes = 1 << algorithms.Unknown
	failed   outcomes = 1 << algorithms.Failed
	charged           = allowed | unknown // may have been
	answered          = allowed | denied
)

func (s outcomes) has(o algorithms.Outcome) bool { return s>>o&1 != 0 }

// span is what judging needs of an operation: it took effect at one instant of
// [inv, ret]. The ret of an unknown one is forever.
type span struct {
	inv, ret int64
	cost     int32
	outcome  algorithms.Outcome
}

// keyOps holds operations on one key in order of inv. Its slices are reused for
// the next key.
type keyOps struct {
	h     *history.History
	key   int32
	spans []span
	// pos[i] is the position of spans[i] in History.Ops.
	pos  []int32
	desk *desk
}

// desk is the memory that checkers work in, one after the other: for ten million
// operations it is hundreds of megabytes, which each would else leave as garbage.
type desk struct {
	// pos and ends are those of byKey; spans and stamps serve one key after the other.
	pos, ends []int32
	spans     []span
	stamps    []stamp
}

// vacate makes list one without elements and with room for n. Unlike slices.Grow it
// makes room for no more, and lets go of the old list before.
func vacate[E any](list *[]E, n int) []E {
	if cap(*list) < n {
		*list = nil
		*list = make([]E, 0, n)
	}
	*list = (*list)[:0]
	return *list
}

func (k *keyOps) op(i int) *history.Op { return &k.h.Ops[k.pos[i]] }

func (k *keyOps) name() string { return k.h.Trial.Keys[k.key] }

// eachKey calls fn for every key that has operations with the kept outcomes.
func (d *desk) eachKey(h *history.History, keep outcomes, fn func(*keyOps)) {
	d.byKey(h, keep)
	from := int32(0)
	for key, to := range d.ends {
		if to == from {
			continue
		}
		k := keyOps{h: h, key: int32(key), pos: d.pos[from:to], desk: d}
		vacate(&d.spans, len(k.pos))
		for _, p := range k.pos {
			d.spans = append(d.spans, newSpan(&h.Ops[p]))
		}
		k.spans = d.spans
		fn(&k)
		from = to
	}
}

// byKey sorts the positions of the kept operations by key, stably: ends[k] is
// where those of key k end.
func (d *desk) byKey(h *history.History, keep outcomes) {
	ends := vacate(&d.ends, len(h.Trial.Keys))[:len(h.Trial.Keys)]
	clear(ends)
	for i := range h.Ops {
		if keep.has(h.Ops[i].Outcome) {
			ends[h.Ops[i].Key]++
		}
	}
	total := int32(0)
	for k, n := range ends {
		ends[k], total = total, total+n
	}
	pos := vacate(&d.pos, int(total))[:total]
	for i := range h.Ops {
		if op := &h.Ops[i]; keep.has(op.Outcome) {
			pos[ends[op.Key]] = int32(i)
			ends[op.Key]++
		}
	}
	d.pos, d.ends = pos, ends
}

func newSpan(op *history.Op) span {
	s := span{inv: op.Inv, ret: op.Ret, cost: op.Cost, outcome: op.Outcome}
	if op.Outcome == algorithms.Unknown {
		s.ret = forever
	}
	return s
}

// returns lists the spans with these outcomes that have returned, in order of ret,
// those of one instant in order of inv. The list is good until the desk's stamps are
// used again.
func (k *keyOps) returns(of outcomes) []stamp {
	stamps := vacate(&k.desk.stamps, len(k.spans))
	for i := range k.spans {
		if s := &k.spans[i]; of.has(s.outcome) && s.ret < forever {
			stamps = append(stamps, stamp{s.ret, int32(i)})
		}
	}
	sortStamps(stamps)
	k.desk.stamps = stamps
	return stamps
}

// stamp is an instant of a span by which spans are put in order.
type stamp struct {
	at   int64
	span int32
}

// sortStamps sorts by at, those of one instant in the order given.
//
// Spans come in order of inv, so each is out of place only by the operations in
// flight: insertion is the fastest sort there is. A stall that leaves very many
// in flight would make it quadratic; then it stops and sorts in general.
func sortStamps(stamps []stamp) {
	for i, moves := 1, 0; i < len(stamps); i++ {
		this, j := stamps[i], i
		for ; j > 0 && stamps[j-1].at > this.at; j-- {
			stamps[j] = stamps[j-1]
		}
		stamps[j] = this
		if moves += i - j; moves > 32*len(stamps) {
			slices.SortStableFunc(stamps, func(a, b stamp) int { return cmp.Compare(a.at, b.at) })
			return
		}
	}
}
