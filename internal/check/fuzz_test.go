package check

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// FuzzJudge: whatever the operations, judging ends, does not crash, and is
// repeatable.
func FuzzJudge(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(0), int64(1e9), int64(5))
	f.Add(uint64(2), uint8(40), uint8(3), int64(1e6), int64(1<<30))
	f.Fuzz(func(t *testing.T, seed uint64, n, kind uint8, window, limit int64) {
		rng := rand.New(rand.NewPCG(seed, 0))
		kinds := append([]algorithms.Kind{algorithms.EnvelopeOnly, algorithms.Unlimited, "none"}, judgedKinds...)
		h := wild(rng, kinds[int(kind)%len(kinds)], int(n), window, limit)
		first := Judge(h)
		for _, f := range first.Findings {
			if strings.Contains(f.Reason, "crashed") {
				t.Error(f.Reason)
			}
		}
		if !reflect.DeepEqual(first, Judge(h)) {
			t.Error("judged differently the second time")
		}
	})
}

// wild draws operations from all of time, few of them plausible.
func wild(rng *rand.Rand, kind algorithms.Kind, n int, window, limit int64) *history.History {
	c := algorithms.Contract{Kind: kind, Granularity: time.Duration(rng.Int64N(1e6)), ChargesDenied: rng.IntN(2) == 0}
	c.Limit = algorithms.Limit{L: limit, B: 1 + rng.Int64N(1e6), W: time.Duration(window)}
	h := &history.History{Trial: trialOf(c, 2)}
	span := int64(1) << rng.IntN(61)
	at := int64(0)
	for range n {
		if at += rng.Int64N(span); at > latest {
			at = latest
		}
		op := history.Op{Intended: at, Inv: at, Ret: min(latest, at+rng.Int64N(span)), Cost: 1 + rng.Int32N(1<<rng.IntN(31))}
		op.Key, op.Outcome = rng.Int32N(2), algorithms.Outcome(rng.IntN(4))
		if rng.IntN(2) == 0 {
			op.At = algorithms.Instant(at/1000 + rng.Int64N(3))
			op.Remaining, op.RetryAfter = rng.Int64()-rng.Int64(), rng.Int64()-rng.Int64()
		}
		if rng.IntN(4) == 0 {
			op.ResetAt = algorithms.Instant(rng.Int64N(span))
		}
		if rng.IntN(2) == 0 {
			op.Node, op.Seq = rng.Int64N(4), rng.Int64N(1<<rng.IntN(63))-1
		}
		h.Ops = append(h.Ops, op)
	}
	for range rng.IntN(3) {
		h.Trial.Faults = append(h.Trial.Faults, history.Fault{BeganNS: rng.Int64N(span), EffectNS: rng.Int64N(span), HealedNS: rng.Int64N(span)})
	}
	if rng.IntN(2) == 0 {
		h.Trial.Roles = &history.Roles{Changes: rng.IntN(3), Want: rng.IntN(2)}
	}
	h.Trial.Serial = rng.IntN(4) > 0
	h.Trial.Clock = []history.ClockPair{{}, {MonoNS: latest, RealNS: latest}}
	h.Trial.Load.Phases = []history.Phase{{ToNS: latest, Excess: true}}
	return h
}
