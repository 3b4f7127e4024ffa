package check

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// proofs is the number of random small histories per family.
const proofs = 100_000

// judgedKinds are the contracts that promise something.
var judgedKinds = []algorithms.Kind{
	algorithms.Window, algorithms.AlignedWindow, algorithms.Log, algorithms.Bucket,
}

// TestLawful: what a correct limiter did, by a clock that runs as wrong as it may,
// is never called a violation.
func TestLawful(t *testing.T) {
	for _, kind := range judgedKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, 0))
			for i := range proofs {
				h := lawful(rng, kind)
				if f := accusation(h); f.Verdict == Invalid {
					t.Fatalf("history %d: %+v\n%+v\n%+v", i, f, h.Trial.Contract, h.Ops)
				}
			}
		})
	}
}

// accusation is the first finding against the limiter's decisions. That it failed
// is not one of them.
func accusation(h *history.History) Finding {
	d := new(desk)
	for _, judge := range []func(*history.History) Finding{d.overshoot, d.falseRejection, d.lostWindow, d.underGranted} {
		if f := judge(h); f.Verdict == Invalid {
			return f
		}
	}
	return valid()
}

// lawful runs a spec at random instants, with a server's clock that is off by as
// much as rho allows.
func lawful(rng *rand.Rand, kind algorithms.Kind) *history.History {
	c := tiny(rng, kind)
	c.ChargesDenied = kind != algorithms.Bucket && rng.IntN(4) == 0
	keys := 1 + rng.IntN(2)
	on := clock{ppm: []int64{-rho, 0, rho}[rng.IntN(3)], offset: 1e9 + rng.Int64N(2e6)}
	if kind == algorithms.AlignedWindow {
		on.ppm = 0 // such a clock is read, not bounded
	}
	n := 3 + rng.IntN(8)
	if rng.IntN(50) == 0 {
		n = 100
	}
	h := run(c, keys, tinyEvents(rng, c, n, keys), on)
	for i := range h.Trial.Clock {
		r := &h.Trial.Clock[i]
		r.ErrNS = rng.Int64N(100_000)
		r.RealNS += on.offset + rng.Int64N(2*r.ErrNS+1) - r.ErrNS
	}
	if rng.IntN(2) == 0 {
		for i := range h.Ops {
			h.Ops[i].ResetAt = 0
		}
	}
	from := instant(rng, 20*int64(time.Millisecond))
	h.Trial.Load.Phases = []history.Phase{{FromNS: from, ToNS: from + instant(rng, 600e6), Excess: true}}
	h.Trial.Whole = rng.IntN(8) > 0
	if !h.Trial.Whole {
		h.Ops = h.Ops[rng.IntN(len(h.Ops)):]
	}
	return h
}
