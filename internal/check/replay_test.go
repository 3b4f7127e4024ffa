package check

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// replayedKinds are the contracts that replay knows.
var replayedKinds = []algorithms.Kind{algorithms.Window, algorithms.Log, algorithms.Bucket}

// decideFully decides e by s at the server's now and fills in all of the answer:
// Remaining is what would still be admitted, RetryAfter the least time after which
// asking again would be, both found by asking.
func decideFully(s spec, c algorithms.Contract, now int64, e *event) (allow bool) {
	allow, resetAt := s.step(now, int64(e.Cost))
	e.ResetAt, e.RetryAfter = algorithms.Instant(resetAt/1000), 0
	e.At = algorithms.Instant(now / 1000)
	if c.Kind != algorithms.Window {
		e.At = algorithms.Instant(now / int64(c.Granularity) * int64(c.Granularity) / 1000)
	}
	passes := func(after, n int64) bool {
		allow, _ := s.clone().step(now+after, n)
		return allow
	}
	most := int(capacity(c))
	e.Remaining = int64(sort.Search(most, func(n int) bool { return !passes(0, int64(n)+1) }))
	if !allow && !c.ChargesDenied {
		most := 4 * int(c.Limit.B) * int(c.Limit.W.Microseconds())
		e.RetryAfter = int64(sort.Search(most, func(us int) bool { return passes(int64(us)*1000, int64(e.Cost)) }))
	}
	return allow
}

// served is a lawful history of a serial technique.
func served(rng *rand.Rand, kind algorithms.Kind) *history.History {
	c := tiny(rng, kind)
	c.ChargesDenied = kind != algorithms.Bucket && rng.IntN(4) == 0
	keys := 1 + rng.IntN(2)
	on := clock{ppm: []int64{-rho, 0, rho}[rng.IntN(3)], offset: 1e9 + rng.Int64N(2e6)}
	specs := []spec{newSpec(c), newSpec(c)}
	h := record(c, keys, tinyEvents(rng, c, 3+rng.IntN(8), keys), func(e *event) {
		was := e.Outcome
		e.Outcome = answer(decideFully(specs[e.Key], c, on.at(e.effect), e))
		if was == algorithms.Unknown {
			e.Op = history.Op{Intended: e.Inv, Inv: e.Inv, Ret: e.Ret, Key: e.Key, Cost: e.Cost}
		}
	})
	return readAt(h, on.offset)
}

// readAt marks h as one that can be replayed, its server's clock ahead by so much.
func readAt(h *history.History, ahead int64) *history.History {
	h.Trial.Serial = true
	for i := range h.Trial.Clock {
		h.Trial.Clock[i].RealNS += ahead
	}
	return h
}

// TestReplayLawful: the answers of a sequential limiter are never called wrong, and
// most of them can be compared.
func TestReplayLawful(t *testing.T) {
	for _, kind := range replayedKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			requireLawful(t, func(rng *rand.Rand) *history.History { return served(rng, kind) })
		})
	}
}

// TestReplayOptimistic: nor are those of a transaction, the denials of which may miss
// a charge that is under way although its clock was read before.
func TestReplayOptimistic(t *testing.T) {
	for _, kind := range replayedKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			requireLawful(t, func(rng *rand.Rand) *history.History { return optimistic(rng, kind) })
		})
	}
}

func requireLawful(t *testing.T, next func(*rand.Rand) *history.History) {
	rng := rand.New(rand.NewPCG(7, 0))
	answers, compared := 0, int64(0)
	for i := range proofs {
		h := next(rng)
		f := new(desk).replay(h)
		if f.Verdict == Invalid {
			t.Fatalf("history %d: %s\n%+v\n%+v", i, f.Reason, h.Trial.Contract, h.Ops)
		}
		compared += f.Compared
		for _, op := range h.Ops {
			if answered.has(op.Outcome) {
				answers++
			}
		}
	}
	t.Logf("%d answers in %d histories, %.1f %% compared", answers, proofs, 100*float64(compared)/float64(answers))
	if compared*2 < int64(answers) {
		t.Errorf("%d of %d answers are compared, want half: the rest follows unknown outcomes", compared, answers)
	}
}

// transaction is a WATCH, the TIME it decides by, and an EXEC.
type transaction struct {
	*event
	watch, time, exec int64
	saw               spec
	version           int
}

// optimistic is a history of transactions on one key. One that finds the key changed
// gives up.
func optimistic(rng *rand.Rand, kind algorithms.Kind) *history.History {
	c := tiny(rng, kind)
	c.Granularity = contractOf(kind, c.Limit).Granularity
	events := tinyEvents(rng, c, 3+rng.IntN(8), 1)
	type moment struct {
		at  int64
		act func()
	}
	var moments []moment
	state, version := newSpec(c), 0
	const ahead = int64(time.Second)
	for i := range events {
		x := transaction{event: &events[i]}
		x.Outcome, x.effect = algorithms.Failed, never
		cuts := []int64{x.Inv + rng.Int64N(x.Ret-x.Inv+1), x.Inv + rng.Int64N(x.Ret-x.Inv+1), x.Inv + rng.Int64N(x.Ret-x.Inv+1)}
		slices.Sort(cuts)
		x.watch, x.time, x.exec = cuts[0], cuts[1], cuts[2]
		moments = append(moments, moment{x.watch, func() { x.saw, x.version = state.clone(), version }})
		moments = append(moments, moment{x.exec, func() {
			switch {
			case x.saw == nil || x.version != version:
			case decideFully(x.saw, c, ahead+x.time, x.event):
				x.Outcome, state = algorithms.Allowed, x.saw
				version++
			default:
				x.Outcome = algorithms.Denied
			}
		}})
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	for _, m := range moments {
		m.act()
	}
	return readAt(record(c, 1, events, func(*event) {}), ahead)
}
