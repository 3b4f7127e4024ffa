package check

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// crowded is one key with hundreds of operations in flight, some for very long.
func crowded(rng *rand.Rand, kind algorithms.Kind, n int) *history.History {
	c := tiny(rng, kind)
	c.Limit.L, c.Limit.B = 1+rng.Int64N(30), 1+rng.Int64N(30)
	events := make([]event, n)
	stall := 1 + rng.Int64N(100)
	for i := range events {
		e := &events[i]
		e.Inv = int64(i)*20_000 + rng.Int64N(20_000)
		e.Ret = e.Inv + rng.Int64N(400_000)
		if rng.Int64N(stall) == 0 {
			e.Ret = e.Inv + rng.Int64N(100_000_000)
		}
		e.Cost, e.Outcome = 1+rng.Int32N(3), algorithms.Outcome(rng.IntN(4))
	}
	return record(c, 1, events, func(*event) {})
}

// TestSearchesAgainstBruteForce compares the fast searches with the plain double
// loops that they stand for, on histories long enough for every part of them.
func TestSearchesAgainstBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 0))
	for range 60 {
		h := crowded(rng, judgedKinds[rng.IntN(len(judgedKinds))], 100+rng.IntN(900))
		c := h.Trial.Contract
		new(desk).eachKey(h, charged|denied, func(k *keyOps) {
			if got, want := k.returns(allowed), sortedReturns(k); !slices.Equal(instants(got), rets(k, want)) {
				t.Fatalf("returns are out of order")
			}
			length := 1 + rng.Int64N(3*int64(c.Limit.W))
			if got, _ := k.dense(k.returns(allowed), length); got != bruteDense(k, length) {
				t.Errorf("dense in %d ns: %d, want %d", length, got, bruteDense(k, length))
			}
			if got, want := denseBucket(k, c).cost(), bruteBucket(k); got != want {
				t.Errorf("bucket: excess %d, want %d", got, want)
			}
			checkHeld(t, k, length)
		})
	}
}

func sortedReturns(k *keyOps) (order []int32) {
	for i, s := range k.spans {
		if s.outcome == algorithms.Allowed {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return int(k.spans[a].ret - k.spans[b].ret) })
	return order
}

func rets(k *keyOps, order []int32) (at []int64) {
	for _, i := range order {
		at = append(at, k.spans[i].ret)
	}
	return at
}

func instants(order []stamp) (at []int64) {
	for _, s := range order {
		at = append(at, s.at)
	}
	return at
}

func bruteDense(k *keyOps, length int64) (most int64) {
	for _, s := range k.spans {
		most = max(most, k.certain(s.inv, s.inv+length))
	}
	return most
}

func bruteBucket(k *keyOps) (most int64) {
	c := k.h.Trial.Contract
	for i := range k.spans {
		from, cost := k.spans[i].inv, int64(0)
		for _, j := range sortedReturns(k) {
			s := &k.spans[j]
			if s.inv >= from {
				cost += int64(s.cost)
				most = max(most, cost-permitted(c, s.ret-from))
			}
		}
	}
	return most
}

func checkHeld(t *testing.T, k *keyOps, window int64) {
	t.Helper()
	var held []int64
	heldByLog(k, charged, window, func(h int64) { held = append(held, h) })
	for i := range k.spans {
		now, want := k.spans[i].inv, int64(0)
		for _, s := range k.spans {
			if charged.has(s.outcome) && s.inv <= now && s.ret > now-window {
				want += int64(s.cost)
			}
		}
		if held[i] != want {
			t.Fatalf("held at %d in %d ns: %d, want %d", now, window, held[i], want)
		}
	}
}

// TestPossible: whatever instants the operations of an arbitrary history took, an
// excess without slack was called possible.
func TestPossible(t *testing.T) {
	for _, kind := range []algorithms.Kind{algorithms.Log, algorithms.Bucket} {
		rng := rand.New(rand.NewPCG(8, 0))
		exceeded := 0
		for i := range proofs / 4 {
			h := arbitrary(rng, kind)
			excess := excessAt(h, func(op *history.Op) int64 { return op.Inv + rng.Int64N(op.Ret-op.Inv+1) })
			if excess > 0 {
				exceeded++
			}
			if got := new(desk).overshoot(h).Overshoot.Possible; got < excess {
				t.Fatalf("%s %d: excess of %d is possible, found %d\n%+v\n%+v", kind, i, excess, got, h.Trial.Contract, h.Ops)
			}
		}
		if exceeded < proofs/40 {
			t.Errorf("%s: only %d histories exceeded their contract", kind, exceeded)
		}
	}
}

// excessAt is the largest excess if allowed operations took effect at the given
// instants.
func excessAt(h *history.History, effect func(*history.Op) int64) (most int64) {
	type charge struct{ at, cost int64 }
	var charges []charge
	for i := range h.Ops {
		if op := &h.Ops[i]; op.Outcome == algorithms.Allowed {
			charges = append(charges, charge{effect(op), int64(op.Cost)})
		}
	}
	slices.SortFunc(charges, func(a, b charge) int { return int(a.at - b.at) })
	c := h.Trial.Contract
	for i := range charges {
		cost := int64(0)
		for _, last := range charges[i:] {
			cost += last.cost
			passed := last.at - charges[i].at
			switch {
			case c.Kind == algorithms.Bucket:
				most = max(most, cost-c.Limit.B-refill(c, 0, passed))
			case passed < int64(c.Limit.W):
				most = max(most, cost-c.Limit.L)
			}
		}
	}
	return most
}
