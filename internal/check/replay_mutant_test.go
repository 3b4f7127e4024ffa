package check

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// replayMutants are limiters with one mistake that replay must see by itself. spoil
// gets the number of the decision and the lawful answer to it.
var replayMutants = []struct {
	name  string
	load  load
	spoil func(n int, op *history.Op)
}{
	{"leaks one denial in a thousand", overload, func(n int, op *history.Op) {
		if n%1000 == 500 {
			op.Outcome, op.Remaining = algorithms.Allowed, algorithms.NotKnown
		}
	}},
	{"refuses one request in a thousand", halfLoad, func(n int, op *history.Op) {
		if n%1000 == 500 {
			op.Outcome, op.Remaining, op.RetryAfter = algorithms.Denied, algorithms.NotKnown, algorithms.NotKnown
		}
	}},
	{"counts one too many as remaining, once", halfLoad, func(n int, op *history.Op) {
		if n == 7_777 {
			op.Remaining++
		}
	}},
	{"says too long a wait, once", overload, func(n int, op *history.Op) {
		if n == 7_777 {
			op.RetryAfter += 1001 // more than any contract's granularity
		}
	}},
}

// answersTo are the answers of a serial limiter to a load, each spoilt, and compared
// with a contract.
func answersTo(c algorithms.Contract, l load, by spec, spoil func(n int, op *history.Op)) *history.History {
	const ahead = int64(time.Second)
	n := 0
	h := record(c, 1, l.events(rand.New(rand.NewPCG(8, 0))), func(e *event) {
		e.Outcome = answer(decideFully(by, c, ahead+e.effect, e))
		spoil(n, &e.Op)
		n++
	})
	return readAt(h, ahead)
}

func lawfully(int, *history.Op) {}

func TestReplaySeesMutants(t *testing.T) {
	for _, kind := range replayedKinds {
		for _, m := range replayMutants {
			t.Run(string(kind)+"/"+m.name, func(t *testing.T) {
				c := contractOf(kind, m.load.limit)
				if f := new(desk).replay(answersTo(c, m.load, newSpec(c), m.spoil)); f.Verdict != Invalid {
					t.Errorf("%+v, want invalid", f)
				}
			})
		}
	}
}

// TestReplaySeesAWindowEndEarly: windows that last 5 ms less than they should, whether
// or not the server names them.
func TestReplaySeesAWindowEndEarly(t *testing.T) {
	c := contractOf(algorithms.Window, overload.limit)
	shorter := c
	shorter.Limit.W -= 5 * time.Millisecond
	h := answersTo(c, overload, newSpec(shorter), lawfully)
	for _, h := range []*history.History{h, unnamed(h)} {
		if f := new(desk).replay(h); f.Verdict != Invalid {
			t.Errorf("%+v, want invalid", f)
		}
	}
}

// TestReplayComparesAll: without a mistake, everything is compared and right.
func TestReplayComparesAll(t *testing.T) {
	for _, kind := range replayedKinds {
		for _, l := range []load{overload, halfLoad} {
			c := contractOf(kind, l.limit)
			h := answersTo(c, l, newSpec(c), lawfully)
			requireReplay(t, h, Valid, int64(len(h.Ops)), "")
		}
	}
}
