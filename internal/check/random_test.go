package check

import (
	"math/rand/v2"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// TestOvershootAgainstEnumeration: on arbitrary histories, what is called certain
// is confirmed by exhaustion, and most of what exhaustion refutes is called so.
func TestOvershootAgainstEnumeration(t *testing.T) {
	for _, kind := range []algorithms.Kind{algorithms.Window, algorithms.Log, algorithms.Bucket} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(2, 0))
			refuted, certain := 0, 0
			for i := range proofs {
				h := arbitrary(rng, kind)
				f := new(desk).overshoot(h)
				if explained(h) {
					if f.Verdict == Invalid {
						t.Fatalf("history %d is lawful: %s\n%+v\n%+v", i, f.Reason, h.Trial.Contract, h.Ops)
					}
					continue
				}
				if refuted++; f.Verdict == Invalid {
					certain++
				}
			}
			t.Logf("%d histories, %d refuted by enumeration, %.1f %% of them called certain", proofs, refuted, 100*float64(certain)/float64(refuted))
			if refuted < proofs/20 || certain*10 < refuted*9 {
				t.Errorf("%d of %d refuted histories are called certain, want 90 %%", certain, refuted)
			}
		})
	}
}

// arbitrary is a history in which outcomes are drawn, not decided.
func arbitrary(rng *rand.Rand, kind algorithms.Kind) *history.History {
	c := tiny(rng, kind)
	events := tinyEvents(rng, c, 2+rng.IntN(5), 1)
	h := record(c, 1, events, func(e *event) {
		if e.Outcome == algorithms.Denied && rng.IntN(5) > 0 {
			e.Outcome = algorithms.Allowed
			e.Cost = min(e.Cost, int32(capacity(c)))
		}
	})
	h.Trial.Load.EndNS = 1e9
	return h
}

// TestFalseRejectionAgainstEnumeration: the denials called false are exactly those
// that no choice of instants explains, up to the nanosecond to which the wait of a
// bucket is rounded.
func TestFalseRejectionAgainstEnumeration(t *testing.T) {
	for _, kind := range []algorithms.Kind{algorithms.Window, algorithms.Log, algorithms.Bucket} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(6, 0))
			refuted, certain := int64(0), int64(0)
			for i := range proofs {
				h := arbitrary(rng, kind)
				h.Trial.Contract.ChargesDenied = kind != algorithms.Window && rng.IntN(4) == 0
				want, got := unexplainedDenials(h), *new(desk).falseRejection(h).FalseRejections
				if got > want {
					t.Fatalf("history %d: %d denials are called false, %d are\n%+v\n%+v", i, got, want, h.Trial.Contract, h.Ops)
				}
				refuted, certain = refuted+want, certain+got
			}
			t.Logf("%d denials refuted by enumeration, %.2f %% of them called false", refuted, 100*float64(certain)/float64(refuted))
			if refuted < proofs/20 || certain*1000 < refuted*999 {
				t.Errorf("%d of %d refuted denials are called false, want 99.9 %%", certain, refuted)
			}
		})
	}
}
