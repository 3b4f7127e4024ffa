package check

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// guards is how a policy decides in a made-up history: in places, each a spec of its own,
// or alike for all.
type guards struct {
	name   string
	places []spec // one for each process; empty for a policy that counts nothing
	open   bool
	bound  algorithms.Bound
}

// newGuards draws a policy of several processes. A database is a log of the smaller of
// limit and burst, which all of them share.
func newGuards(rng *rand.Rand, c algorithms.Contract, processes int) guards {
	if c.Kind == algorithms.AlignedWindow {
		c.Kind = algorithms.Window // as models are
	}
	switch rng.IntN(4) {
	case 0:
		return guards{name: "open", open: true, bound: algorithms.Bound{None: true}}
	case 1:
		return guards{name: "closed"}
	case 2:
		g := guards{name: "local", bound: algorithms.Bound{Own: 1}}
		for range processes {
			g.places = append(g.places, newSpec(c))
		}
		return g
	}
	c.Kind, c.Granularity, c.ChargesDenied = algorithms.Log, time.Microsecond, false
	c.Limit.L = min(c.Limit.L, c.Limit.B)
	shared := newSpec(c)
	return guards{name: "sql", places: slices.Repeat([]spec{shared}, processes), bound: algorithms.Bound{Shared: 1}}
}

func (g guards) decide(process int, at, cost int64) bool {
	if len(g.places) == 0 {
		return g.open
	}
	allow, _ := g.places[process].step(at, cost)
	return allow
}

// moment is something that happens to an operation at an instant.
type moment struct {
	at int64
	do func()
}

// underPolicy is what a correct limiter and a correct policy of several processes did to
// random requests on one key. The server forgets everything so many times. extra has one
// place more than the policy says decide now and then.
func underPolicy(rng *rand.Rand, kind algorithms.Kind, losses int, extra bool) *history.History {
	c := tiny(rng, kind)
	processes := 1 + rng.IntN(3)
	g := newGuards(rng, c, processes)
	server, here := newSpec(c), clock{ppm: []int64{-rho, 0, rho}[rng.IntN(3)], offset: 1e9}
	if kind == algorithms.AlignedWindow {
		here.ppm = 0
	}
	more := newSpec(c)
	events := tinyEvents(rng, c, 4+rng.IntN(16), 1)
	var moments []moment
	for range losses {
		moments = append(moments, moment{instant(rng, 60e6), func() { server = newSpec(c) }})
	}
	for i := range events {
		e := &events[i]
		e.Worker = int32(rng.IntN(processes))
		late := e.Outcome == algorithms.Unknown
		switch {
		case late && e.effect != never: // charged, and nobody hears of it
			moments = append(moments, moment{e.effect, func() { server.step(here.at(e.effect), int64(e.Cost)) }})
		case late || e.Outcome == algorithms.Failed || rng.IntN(2) == 0:
		default:
			moments = append(moments, moment{e.effect, func() { e.Outcome = outcome(server.step(here.at(e.effect), int64(e.Cost))) }})
			continue
		}
		switch {
		case late:
			e.By = algorithms.AfterUnknown
		case e.Outcome == algorithms.Failed:
			e.By = algorithms.AfterFailed
		default:
			e.By = algorithms.Unasked
		}
		at := e.Inv + rng.Int64N(e.Ret-e.Inv+1)
		moments = append(moments, moment{at, func() {
			allow := g.decide(int(e.Worker), here.at(at), int64(e.Cost))
			if extra && !allow {
				allow, _ = more.step(here.at(at), int64(e.Cost))
			}
			e.Outcome = outcome(allow, 0)
		}})
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	for _, m := range moments {
		m.do()
	}
	h := record(c, 1, events, func(*event) {})
	h.Trial.Policy = &history.Policy{Bound: g.bound, Losses: losses, Times: g.bound.Times(processes, losses), Counts: len(g.places) > 0}
	h.Trial.Instances = processes
	return h
}

// outcome is that of a spec's step.
func outcome(allow bool, _ int64) algorithms.Outcome {
	if allow {
		return algorithms.Allowed
	}
	return algorithms.Denied
}

// Neither a correct limiter nor a correct policy is ever accused: whoever counts where,
// however often the server forgets, and whatever it was asked without an answer.
func TestLawfulUnderPolicies(t *testing.T) {
	for _, kind := range judgedKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(21, 0))
			excesses := 0
			for i := range proofs / 2 {
				h := underPolicy(rng, kind, rng.IntN(3)*rng.IntN(2), false)
				g := new(desk).guarded(h)
				if g.Beyond > 0 || g.finding.Verdict == Invalid {
					t.Fatalf("history %d, %+v: %+v\n%+v\n%+v", i, h.Trial.Policy, g, h.Trial.Contract, h.Ops)
				}
				if g.Excess > 0 {
					excesses++
				}
				if h.Trial.Policy.Losses > 0 {
					continue // a server that forgets breaks the limiter's own contract
				}
				if f := accusation(own(h)); f.Verdict == Invalid {
					t.Fatalf("history %d, %+v: %+v\n%+v\n%+v", i, h.Trial.Policy, f, h.Trial.Contract, h.Ops)
				}
			}
			if excesses < proofs/200 {
				t.Errorf("%d histories show more than the contract, too few to have tried a bound", excesses)
			}
		})
	}
}

// One place more than the policy says is noticed, and an open policy that states a bound.
func TestPoliciesThatBreakTheirBound(t *testing.T) {
	for _, kind := range judgedKinds {
		rng := rand.New(rand.NewPCG(22, 0))
		extra, open, opens := 0, 0, 0
		for range proofs / 10 {
			if new(desk).guarded(underPolicy(rng, kind, 0, true)).Beyond > 0 {
				extra++
			}
			h := underPolicy(rng, kind, 0, false)
			if h.Trial.Policy.Bound.None {
				opens++
				h.Trial.Policy.Times = 1
				if r := Judge(h); r.Guarded.Beyond > 0 && r.Verdict != Unknown && r.Verdict != Invalid {
					t.Fatalf("%d beyond the bound, and %s", r.Guarded.Beyond, r.Verdict)
				} else if r.Guarded.Beyond > 0 {
					open++
				}
			}
		}
		t.Logf("%s: %d of %d with one place more, %d of %d open ones", kind, extra, proofs/10, open, opens)
		if extra == 0 || open*20 < opens {
			t.Errorf("%s: %d of %d with one place more are noticed, and %d of %d open ones", kind, extra, proofs/10, open, opens)
		}
	}
}

// A broken bound is a verdict, and stands beside what is found of the limiter.
func TestJudgeHoldsPoliciesToTheirBound(t *testing.T) {
	c := algorithms.Contract{Kind: algorithms.Log, Limit: algorithms.NewLimit(2, time.Second), Granularity: time.Microsecond}
	h := &history.History{Trial: trialOf(c, 1)}
	h.Trial.Clock = []history.ClockPair{{}, {RealNS: 1e9, MonoNS: 1e9}}
	for i := range int64(12) {
		op := history.Op{Inv: 1 + i*1e6, Ret: 2 + i*1e6, Intended: 1 + i*1e6, Cost: 1, Outcome: algorithms.Allowed, By: algorithms.Unasked}
		if i < 4 {
			op.By = algorithms.ByLimiter
		}
		if i >= 2 && i < 4 {
			op.Outcome = algorithms.Denied
		}
		h.Ops = append(h.Ops, op)
	}
	for times, want := range map[int]Verdict{0: Valid, 1: Invalid, 4: Invalid, 5: Valid} {
		h.Trial.Policy = &history.Policy{Times: times}
		r := Judge(h)
		if r.Verdict != want || r.Guarded.Excess != 8 || r.Guarded.Beyond != max(0, int64(10-2*times))*int64(min(1, times)) {
			t.Errorf("%d times: %s, %+v, %+v", times, r.Verdict, r.Guarded, r.Findings)
		}
	}
	if f := new(desk).overshoot(own(h)); f.Verdict != Valid {
		t.Errorf("the limiter alone: %+v", f)
	}
}
