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

// load is a simulated hot key in virtual time.
type load struct {
	limit algorithms.Limit
	count int     // operations
	times float64 // offered cost as a multiple of the limit
}

// overload is ten times what the limit lets through, so that nine in ten requests
// are denied; halfLoad is half of it.
var (
	overload = load{algorithms.NewLimit(100, 250*time.Millisecond), 15_000, 10}
	halfLoad = load{algorithms.NewLimit(100, 250*time.Millisecond), 15_000, 0.5}
)

// events are arrivals at random, each answered within 2 ms.
func (l load) events(rng *rand.Rand) []event {
	events := make([]event, l.count)
	mean := float64(l.limit.W) / float64(l.limit.L) / l.times
	at := 0.0
	for i := range events {
		at += rng.ExpFloat64() * mean
		e := &events[i]
		e.Inv = int64(at)
		e.effect = e.Inv + 50_000 + rng.Int64N(900_000)
		e.Ret = e.effect + 50_000 + rng.Int64N(900_000)
		e.Intended, e.Cost = e.Inv, 1
	}
	return events
}

func contractOf(kind algorithms.Kind, l algorithms.Limit) algorithms.Contract {
	c := algorithms.Contract{Kind: kind, Limit: l, Granularity: time.Microsecond}
	if kind == algorithms.Window {
		c.Granularity = time.Millisecond
	}
	return c
}

// turn is one decision of a limiter that a mutant may spoil.
type turn struct {
	n      int // counts decisions
	allow  bool
	forget func() // makes the limiter's state that of one never used
}

func (t turn) honest() algorithms.Outcome { return answer(t.allow) }

func answer(allow bool) algorithms.Outcome {
	if allow {
		return algorithms.Allowed
	}
	return algorithms.Denied
}

// mutants are limiters with one mistake, and the checkers that must see it.
var mutants = []struct {
	name   string
	load   load
	spoil  func(turn) algorithms.Outcome
	seenBy []string
}{
	{"leaks one denial in a thousand", overload, func(t turn) algorithms.Outcome {
		return answer(t.allow || t.n%1000 == 500)
	}, []string{"overshoot"}},
	{"denies one request in a thousand", halfLoad, func(t turn) algorithms.Outcome {
		return answer(t.allow && t.n%1000 != 500)
	}, []string{"false-rejection"}},
	{"forgets its state once", overload, func(t turn) algorithms.Outcome {
		if t.n == 7_777 {
			t.forget()
		}
		return t.honest()
	}, []string{"overshoot"}},
	{"fails 85 % of its calls", overload, func(t turn) algorithms.Outcome {
		if t.n%20 < 17 {
			return algorithms.Failed
		}
		return t.honest()
	}, []string{"starved"}},
	{"does not know the end of 85 % of its calls", overload, func(t turn) algorithms.Outcome {
		if t.n%20 < 17 {
			return algorithms.Unknown
		}
		return t.honest()
	}, []string{"starved"}},
	{"denies everything", overload, func(turn) algorithms.Outcome { return algorithms.Denied }, []string{"false-rejection", "starved"}},
	{"admits everything", overload, func(turn) algorithms.Outcome { return algorithms.Allowed }, []string{"overshoot"}},
}

// simulate runs a limiter whose every decision passes through spoil.
func simulate(kind algorithms.Kind, l load, spoil func(turn) algorithms.Outcome) *history.History {
	const ahead = int64(time.Second) // of the server's clock
	c := contractOf(kind, l.limit)
	limiter, n := newSpec(c), 0
	events := l.events(rand.New(rand.NewPCG(3, 0)))
	h := record(c, 1, events, func(e *event) {
		allow, resetAt := limiter.step(ahead+e.effect, int64(e.Cost))
		n++
		e.Outcome = spoil(turn{n, allow, func() { limiter = newSpec(c) }})
		if e.Outcome == algorithms.Allowed {
			e.ResetAt = algorithms.Instant(resetAt / 1000)
		}
	})
	for i := range h.Trial.Clock {
		h.Trial.Clock[i].RealNS += ahead
	}
	h.Trial.Load.Phases = []history.Phase{{Name: "sustained", ToNS: h.Trial.Clock[1].MonoNS, Excess: l.times > 1}}
	return h
}

// unnamed drops what the server said about windows, as a technique that does not
// ask would.
func unnamed(h *history.History) *history.History {
	for i := range h.Ops {
		h.Ops[i].ResetAt = 0
	}
	return h
}

func TestMutants(t *testing.T) {
	for _, kind := range judgedKinds {
		for _, m := range mutants {
			t.Run(string(kind)+"/"+m.name, func(t *testing.T) {
				h := simulate(kind, m.load, m.spoil)
				requireSeen(t, Judge(h), m.seenBy)
				requireSeen(t, Judge(unnamed(h)), m.seenBy)
			})
		}
	}
}

func requireSeen(t *testing.T, r Report, by []string) {
	t.Helper()
	if r.Verdict != Invalid {
		t.Errorf("verdict %s (%s), want invalid: %+v", r.Verdict, r.Void, r.Findings)
	}
	for _, name := range by {
		if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Checker == name && f.Verdict == Invalid }) {
			t.Errorf("checker %s saw nothing: %+v", name, r.Findings)
		}
	}
}

// TestHonest: the same limiters without the mistake are valid; at half load some
// never have to deny, and then show nothing.
func TestHonest(t *testing.T) {
	for _, kind := range judgedKinds {
		for _, l := range []load{overload, halfLoad} {
			h := simulate(kind, l, turn.honest)
			want := Valid
			if powerless(h) {
				want = Unknown
			}
			for _, r := range []Report{Judge(h), Judge(unnamed(h))} {
				if r.Verdict != want || r.Void != "" {
					t.Errorf("%s at %.1f times the limit: %s %s %+v", kind, l.times, r.Verdict, r.Void, r.Findings)
				}
			}
		}
	}
}

// TestLostWindow: a window that the server forgot shows by its names alone, even
// if too little was asked for to exceed the limit.
func TestLostWindow(t *testing.T) {
	h := simulate(algorithms.Window, load{overload.limit, 1000, 0.2}, func(t turn) algorithms.Outcome {
		if t.n == 500 {
			t.forget()
		}
		return t.honest()
	})
	requireSeen(t, Judge(h), []string{"lost-window"})
}

// TestRace: GET, compare, INCRBY, and PEXPIRE if the counter is new, each in its
// own round trip.
func TestRace(t *testing.T) {
	requireSeen(t, Judge(race(overload, 0)), []string{"overshoot"})
}

// TestRaceReopens: one client dies between INCRBY and PEXPIRE, so that the counter
// never expires again and everything is denied.
func TestRaceReopens(t *testing.T) {
	requireSeen(t, Judge(race(overload, 9_000)), []string{"false-rejection", "starved"})
}

// race simulates the naive fixed window. The client that opens the first window
// after the given operation dies before PEXPIRE; 0 for none.
func race(l load, dies int) *history.History {
	type step struct {
		at     int64
		op, no int
	}
	rng := rand.New(rand.NewPCG(4, 0))
	events := l.events(rng)
	var steps []step
	for i := range events {
		e := &events[i]
		trip := (e.Ret - e.Inv) / 3
		for no := range 3 {
			steps = append(steps, step{e.Inv + int64(no)*trip + rng.Int64N(trip), i, no})
		}
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	const alive = int64(1) << 60
	count, deadline := int64(0), int64(0)
	opens := map[int]bool{}
	for _, s := range steps {
		e := &events[s.op]
		if s.at/1e6*1e6 > deadline {
			count, deadline = 0, alive
		}
		switch {
		case s.no == 0:
			e.Outcome = answer(count < l.limit.L)
		case e.Outcome != algorithms.Allowed:
		case s.no == 1:
			count++
			opens[s.op] = count == 1
		case opens[s.op] && dies > 0 && s.op > dies:
			e.Outcome, dies = algorithms.Unknown, 0
		case opens[s.op]:
			deadline = s.at/1e6*1e6 + int64(l.limit.W)
		}
	}
	h := record(contractOf(algorithms.Window, l.limit), 1, events, func(*event) {})
	h.Trial.Load.Phases = []history.Phase{{Name: "sustained", ToNS: h.Trial.Clock[1].MonoNS, Excess: true}}
	return h
}
