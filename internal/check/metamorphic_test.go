package check

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// anyHistory draws a history, lawful or not, on up to three keys.
func anyHistory(t *rapid.T) *history.History {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	kind := rapid.SampledFrom(judgedKinds).Draw(t, "kind")
	c := tiny(rng, kind)
	c.ChargesDenied = rapid.Bool().Draw(t, "charges denied")
	events := tinyEvents(rng, c, rapid.IntRange(1, 40).Draw(t, "operations"), 3)
	s := newSpec(c)
	return record(c, 3, events, func(e *event) {
		allow, _ := s.step(e.effect, int64(e.Cost))
		if e.Outcome == algorithms.Denied {
			e.Outcome = answer(allow || rng.IntN(2) == 0)
		}
	})
}

// verdicts is what must not depend on names, places and the origin of time.
func verdicts(h *history.History) string {
	r := Judge(h)
	s := string(r.Verdict) + r.Void
	for _, f := range r.Findings {
		s += fmt.Sprintf(" %s %s %v", f.Checker, f.Verdict, f.Abstained)
		if o := f.Overshoot; o != nil {
			s += fmt.Sprintf(" %d %d", o.Certain, o.Possible)
		}
		if n := f.FalseRejections; n != nil {
			s += fmt.Sprintf(" %d", *n)
		}
	}
	return s
}

func same(t *rapid.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestShift: moving the origin of time changes nothing.
func TestShift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory(t)
		want := verdicts(h)
		by := rapid.Int64Range(0, latest/2).Draw(t, "by")
		for i := range h.Ops {
			op := &h.Ops[i]
			op.Intended, op.Inv, op.Ret = op.Intended+by, op.Inv+by, op.Ret+by
		}
		for i := range h.Trial.Clock {
			h.Trial.Clock[i].MonoNS += by
		}
		same(t, verdicts(h), want)
	})
}

// TestPermuteKeys: the names and the order of keys do not matter.
func TestPermuteKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory(t)
		want := verdicts(h)
		to := rapid.Permutation([]int32{0, 1, 2}).Draw(t, "to")
		for i := range h.Ops {
			h.Ops[i].Key = to[h.Ops[i].Key]
		}
		same(t, verdicts(h), want)
	})
}

// TestSplitKeys: a history is as bad as its worst key, and false rejections add up.
func TestSplitKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory(t)
		var certain, possible, rejections int64
		for key := range int32(3) {
			part := &history.History{Trial: h.Trial, Ops: slices.DeleteFunc(slices.Clone(h.Ops), func(op history.Op) bool { return op.Key != key })}
			o := new(desk).overshoot(part).Overshoot
			certain, possible = max(certain, o.Certain), max(possible, o.Possible)
			rejections += *new(desk).falseRejection(part).FalseRejections
		}
		o := new(desk).overshoot(h).Overshoot
		same(t, fmt.Sprint(o.Certain, o.Possible, *new(desk).falseRejection(h).FalseRejections), fmt.Sprint(certain, possible, rejections))
	})
}

// TestWidening: the less is known about when operations took effect, the less is
// certain. (For windows without names the search for the largest excess is sound,
// but not exhaustive: it may find more of it in the vaguer history.)
func TestWidening(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory(t)
		sharp, sharpFalse := new(desk).overshoot(h).Overshoot, *new(desk).falseRejection(h).FalseRejections
		for i := range h.Ops {
			h.Ops[i].Ret += rapid.Int64Range(0, 5e6).Draw(t, "later")
		}
		vague, vagueFalse := new(desk).overshoot(h).Overshoot, *new(desk).falseRejection(h).FalseRejections
		exhaustive := h.Trial.Contract.Kind != algorithms.Window
		if vagueFalse > sharpFalse || exhaustive && vague.Certain > sharp.Certain {
			t.Errorf("sharp %+v %d, vague %+v %d", sharp, sharpFalse, vague, vagueFalse)
		}
	})
}

// TestWitness: a person who adds up the operations of a witness gets what it
// claims, and what it claims is the excess.
func TestWitness(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHistory(t)
		o := new(desk).overshoot(h).Overshoot
		if (o.Certain > 0) != (o.Witness != nil) || o.Possible < o.Certain {
			t.Fatalf("%+v", o)
		}
		if o.Certain == 0 {
			return
		}
		w := o.Witness
		var cost int64
		for _, p := range w.Ops {
			op := h.Ops[p]
			if op.Outcome != algorithms.Allowed || op.Inv < w.FromNS || op.Ret >= w.ToNS || h.Trial.Keys[op.Key] != w.Key {
				t.Errorf("operation %d %+v is no part of %+v", p, op, w)
			}
			cost += int64(op.Cost)
		}
		if cost != w.Admitted || w.Admitted-w.Permitted != o.Certain || w.Why == "" {
			t.Errorf("witness %+v of excess %d adds up to %d", w, o.Certain, cost)
		}
	})
}
