package check

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// remote makes a history that of a service, whose clock nobody has read.
func remote(h *history.History) *history.History {
	h.Trial.Cell.Topology = history.RemoteTopology
	for i := range h.Ops {
		h.Ops[i].ResetAt = 0
	}
	return h
}

func TestPhasedByHand(t *testing.T) {
	for _, c := range []struct {
		name    string
		at      []int64
		certain int64
	}{
		{"a burst of twice the limit may lie on an edge", []int64{10, 10, 12, 12}, 0},
		{"two of them on the same edge", []int64{10, 10, 12, 12, 310, 310, 312, 312}, 0},
		{"two of them on different edges", []int64{10, 10, 12, 12, 350, 350, 352, 352}, 2},
		{"the second one by a little", []int64{10, 10, 12, 12, 350, 352, 352}, 1},
		{"an edge may fall into one call", []int64{10, 10, 10}, 0},
		{"one burst around the end of the circle", []int64{98, 98, 101, 101, 298, 298, 301, 301}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := new(desk).overshoot(remote(admitted(algorithms.AlignedWindow, 2, c.at...)))
			if f.Overshoot.Certain != c.certain || c.certain > 0 && !strings.Contains(f.Reason, "wherever the service's windows of 100ms begin") {
				t.Errorf("certain %d (%s), want %d", f.Overshoot.Certain, f.Reason, c.certain)
			}
			if w := f.Overshoot.Witness; w != nil && int64(len(w.Ops)) != w.Admitted {
				t.Errorf("the witness lists %d operations for %d admitted", len(w.Ops), w.Admitted)
			}
		})
	}
}

// TestLawfulAtAnyPhase: what a correct limiter did by a clock of any phase, as fast or
// slow as it may be, is never called a violation.
func TestLawfulAtAnyPhase(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 0))
	for i := range proofs {
		c := tiny(rng, algorithms.AlignedWindow)
		c.ChargesDenied = rng.IntN(4) == 0
		n := 3 + rng.IntN(8)
		if rng.IntN(20) == 0 {
			n = 100
		}
		on := clock{ppm: rng.Int64N(2*rho+1) - rho, offset: 1e9 + rng.Int64N(1e7)}
		h := remote(run(c, 1, tinyEvents(rng, c, n, 1), on))
		if f := accusation(h); f.Verdict == Invalid {
			t.Fatalf("history %d: %+v\n%+v\n%+v", i, f, h.Trial.Contract, h.Ops)
		}
	}
}

// TestPhasedAgainstEveryPhase: the excess is what trying the phases one by one finds.
func TestPhasedAgainstEveryPhase(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 0))
	certain := 0
	for i := range 20_000 {
		h := remote(arbitrary(rng, algorithms.AlignedWindow))
		c := h.Trial.Contract
		new(desk).eachKey(h, charged, func(k *keyOps) {
			got, want := phasedWindow(k, c).cost(), everyPhase(k, c)
			if got != want {
				t.Fatalf("history %d: %d, want %d\n%+v\n%+v", i, got, want, c, h.Ops)
			}
			if got > 0 {
				certain++
			}
		})
	}
	if certain < 30 {
		t.Errorf("%d histories show an excess: too few to compare", certain)
	}
}

// everyPhase tries each phase at which the count of some window may change.
func everyPhase(k *keyOps, c algorithms.Contract) int64 {
	w := int64(c.Limit.W)
	doubt := ceilDiv(k.length()+2*w, rho, million-rho) + int64(c.Granularity)
	least := k.cost(allowed)
	for _, r := range k.returns(allowed) {
		for _, at := range []int64{k.spans[r.span].inv, k.spans[r.span].inv + 1, k.spans[r.span].ret - w + 2*doubt, k.spans[r.span].ret - w + 2*doubt + 1} {
			most := int64(0)
			for from := at - 20*w; from < at+20*w; from += w {
				most = max(most, k.certain(from, from+w-2*doubt))
			}
			least = min(least, most)
		}
	}
	return max(0, least-c.Limit.L)
}

// TestRacyServiceIsSeenWithoutItsClock: a service that lets half a burst too many
// through is caught by a few bursts.
func TestRacyServiceIsSeenWithoutItsClock(t *testing.T) {
	var at []int64
	for burst := range int64(4) {
		for i := range int64(15) {
			at = append(at, burst*733+i/5)
		}
	}
	f := new(desk).overshoot(remote(admitted(algorithms.AlignedWindow, 10, at...)))
	if f.Overshoot.Certain != 5 {
		t.Errorf("certain %d (%s), want 5", f.Overshoot.Certain, f.Reason)
	}
	if o := new(desk).overshoot(remote(simulate(algorithms.AlignedWindow, overload, func(turn) algorithms.Outcome { return algorithms.Allowed }))).Overshoot; o.Certain < 100 {
		t.Errorf("certain %d of a limiter that admits ten times the limit", o.Certain)
	}
}

// promises makes a history of denials, each told to retry after some ms; at[i] is the
// ms of inv, and ret is 1 ms later.
func promises(kind algorithms.Kind, retryMS int64, at ...int64) *history.History {
	h := admitted(kind, 2, at...)
	for i := range h.Ops {
		h.Ops[i].Outcome, h.Ops[i].RetryAfter = algorithms.Denied, retryMS*1000
	}
	return remote(h)
}

func TestRetryAfterByHand(t *testing.T) {
	admits := func(h *history.History, i int) *history.History {
		h.Ops[i].Outcome = algorithms.Allowed
		return h
	}
	costs := func(h *history.History, i int, cost int32) *history.History {
		h.Ops[i].Cost = cost
		return h
	}
	charging := promises(algorithms.Log, 20, 0, 30)
	charging.Trial.Contract.ChargesDenied = true
	local := promises(algorithms.Log, 20, 0, 30)
	local.Trial.Cell.Topology = "standalone"
	for _, c := range []struct {
		name string
		h    *history.History
		want Verdict
	}{
		{"denied again in time", promises(algorithms.Bucket, 20, 0, 15), Valid},
		{"denied again after it", promises(algorithms.Bucket, 20, 0, 30), Invalid},
		{"perhaps in time", promises(algorithms.Bucket, 20, 0, 21), Valid},
		{"whole seconds, rounded down", promises(algorithms.Bucket, 1000, 0, 1900), Valid},
		{"whole seconds, however rounded", promises(algorithms.Bucket, 1000, 0, 2100), Invalid},
		{"told nothing", func() *history.History {
			h := promises(algorithms.Bucket, 20, 0, 30)
			h.Ops[0].RetryAfter = algorithms.NotKnown
			return h
		}(), Valid},
		{"told never", func() *history.History {
			h := promises(algorithms.Bucket, 20, 0, 30)
			h.Ops[0].RetryAfter = algorithms.Never.Microseconds()
			return h
		}(), Valid},
		{"somebody else asked in between", admits(promises(algorithms.Bucket, 20, 0, 10, 30), 1), Valid},
		{"somebody else asked at the same time", admits(promises(algorithms.Bucket, 20, 0, 0, 30), 0), Valid},
		{"somebody else asked before", admits(promises(algorithms.Bucket, 20, 0, 5, 40), 0), Invalid},
		{"asked for more", costs(promises(algorithms.Bucket, 20, 0, 30), 1, 2), Valid},
		{"asked for more than there ever is", costs(costs(promises(algorithms.Bucket, 20, 0, 30), 0, 3), 1, 3), Valid},
		{"denials are charged", charging, Unknown},
		{"not remote", local, Unknown},
	} {
		if f := new(desk).retryAfter(c.h); f.Verdict != c.want && (c.want != Unknown || !f.Abstained && f.Verdict != Valid) {
			t.Errorf("%s: %s (%s), want %s", c.name, f.Verdict, f.Reason, c.want)
		}
	}
}

// TestTrueRetryAfterIsNeverAccused: what the definition answers is true by any clock.
func TestTrueRetryAfterIsNeverAccused(t *testing.T) {
	for _, kind := range judgedKinds {
		rng := rand.New(rand.NewPCG(13, 0))
		for i := range proofs / 100 {
			c := tiny(rng, kind)
			c.ChargesDenied = kind != algorithms.Bucket && rng.IntN(4) == 0
			on := clock{ppm: rng.Int64N(2*rho+1) - rho, offset: 1e9 + rng.Int64N(1e7)}
			limiter := newSpec(c)
			h := remote(record(c, 1, tinyEvents(rng, c, 12, 1), func(e *event) {
				if e.Outcome == algorithms.Unknown {
					limiter.step(on.at(e.effect), int64(e.Cost))
					return
				}
				answerTruly(limiter, on.at(e.effect), e)
			}))
			if f := new(desk).retryAfter(h); f.Verdict == Invalid {
				t.Fatalf("%s, history %d: %s\n%+v\n%+v", kind, i, f.Reason, c, h.Ops)
			}
		}
	}
}

// answerTruly decides an event and finds, microsecond by microsecond of a coarse grid,
// when the same cost would be admitted.
func answerTruly(limiter spec, now int64, e *event) {
	before := limiter.clone()
	allow, _ := limiter.step(now, int64(e.Cost))
	if e.Outcome, e.RetryAfter = answer(allow), 0; allow {
		return
	}
	e.RetryAfter = algorithms.NotKnown
	for wait := time.Duration(0); wait < 100*time.Millisecond; wait += 100 * time.Microsecond {
		if later, _ := before.clone().step(now+int64(wait), int64(e.Cost)); later {
			e.RetryAfter = wait.Microseconds()
			return
		}
	}
}
