package check

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// replay decides every request again, key by key, in the order in which the
// server decided, and compares each answer with what the contract gives.
//
// That order, and the instant of each decision, are known where the technique is
// serial (see algorithms.Technique). Nothing is left to choose then, and a single
// wrong answer shows, however far the limiter stays within what the other
// checkers can be certain of. Where order, time or state are not known after all,
// the rest of the key is left out.
func (d *desk) replay(h *history.History) Finding {
	t := &h.Trial
	switch {
	case !t.Serial:
		return abstain("decisions are not replayed: their order on the server is not known")
	case !t.Whole:
		return abstain("decisions are not replayed: the history is incomplete")
	case t.Contract.Kind == algorithms.Bucket && t.Contract.ChargesDenied:
		return abstain("decisions are not replayed: the contract of a bucket does not say what a denial costs")
	}
	if traced := traceOf(h); traced != nil {
		return d.replayChains(traced)
	}
	if len(t.Faults) > 0 {
		return abstain("decisions are not replayed: which servers made them is not known")
	}
	return d.replayAll(h)
}

// replayChains replays what each server knew by itself. Decisions known to several are
// compared for each.
func (d *desk) replayChains(t *tracing) Finding {
	all := abstain("decisions are not replayed: none is known with all that was charged before it")
	for rank := range t.ranks {
		f := d.replayAll(t.unbroken(rank))
		if f.Compared += all.Compared; !f.Abstained {
			all = f
		}
		if f.Verdict == Invalid {
			break
		}
	}
	return all
}

// replayAll takes all decisions on a key for those of one server.
func (d *desk) replayAll(h *history.History) Finding {
	switch h.Trial.Contract.Kind {
	case algorithms.Window:
		return replayKeys(d, h, newWindowBook)
	case algorithms.Log:
		return replayKeys(d, h, newLogBook)
	}
	return replayKeys(d, h, newBucketBook)
}

func replayKeys[B book[B]](d *desk, h *history.History, unused func(algorithms.Contract) B) Finding {
	f := valid()
	d.eachKey(h, answered|unknown, func(k *keyOps) {
		if f.Verdict == Invalid {
			return
		}
		p := newPlayer[B](k)
		wrong := p.play(unused(h.Trial.Contract))
		f.Compared += p.compared
		if wrong.kind.certain() {
			f.Verdict, f.Reason = Invalid, k.describe(wrong)
		}
	})
	if f.Compared == 0 && f.Verdict == Valid {
		return abstain("decisions are not replayed: the server's clock does not tell when they were made")
	}
	return f
}

// served lists what was decided on the key for certain before anything unknown, in
// the order of the server's clock. It is empty if that clock cannot be believed.
func (k *keyOps) served() []stamp {
	order := vacate(&k.desk.stamps, len(k.spans))
	clocks := clocksOf(k.h)
	firstUnknown := int64(forever)
	for i := range k.spans {
		op := k.op(i)
		switch {
		case op.Outcome == algorithms.Unknown:
			firstUnknown = min(firstUnknown, op.Inv)
		case !clocks.show(op):
			return nil
		default:
			order = append(order, stamp{int64(op.At), int32(i)})
		}
	}
	sortStamps(order)
	k.desk.stamps = order
	return order[:k.settled(order, firstUnknown)]
}

// settled is how many of the first in order took effect before an instant. One
// that returned in time proves it of those with an earlier At.
func (k *keyOps) settled(order []stamp, before int64) int {
	n := len(order)
	if before == forever {
		return n
	}
	for n > 0 && k.spans[order[n-1].span].ret >= before {
		n--
	}
	if n == 0 {
		return 0
	}
	for last := order[n-1].at; n > 0 && order[n-1].at == last; {
		n--
	}
	return n
}

// clocks bounds the history's clock minus the server's.
type clocks struct{ low, high int64 }

// clocksOf takes the server's clock for the one that was read, and allows for what
// the two may have drifted between the readings.
func clocksOf(h *history.History) clocks {
	readings := h.Trial.Clock
	low, high, known := offset(&h.Trial)
	if !known {
		return clocks{1, 0}
	}
	drift := ceilDiv(max(0, readings[len(readings)-1].MonoNS-readings[0].MonoNS), rho, million)
	return clocks{low - drift, high + drift}
}

// show says that the decision's At can lie within [Inv, Ret]. If not, the clock was
// stepped, is another host's, or was not read.
func (c clocks) show(op *history.Op) bool {
	const last = 1 << 52 // no sum below overflows
	if op.At <= 0 || op.At > last || c.low > c.high {
		return false
	}
	at := int64(op.At) * 1000
	return at+999+c.high >= op.Inv && at+c.low <= op.Ret
}
