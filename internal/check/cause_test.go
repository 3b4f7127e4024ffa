package check

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// failover is a simulated hot key of which the first server dies in the middle. The
// second one lacks the last few steps.
func failover(kind algorithms.Kind, times float64, spoil func(*group, *process, *event)) *history.History {
	l := load{limit: algorithms.NewLimit(20, 50*time.Millisecond), count: 2_000, times: times}
	c := contractOf(kind, l.limit)
	rng := rand.New(rand.NewPCG(5, 0))
	events := l.events(rng)
	for i := range events {
		events[i].Outcome = algorithms.Denied // unless it is served
	}
	half := events[l.count/2].Inv
	g := newGroup(rng, c, []outage{{began: half, took: half + 5e6, healed: half + 6e6}})
	honest := g.step
	g.step = func(p *process, e *event) {
		if spoil != nil {
			spoil(g, p, e)
		}
		honest(p, e)
	}
	return g.history(events)
}

// A limiter that races on one server is told from servers that forget, whichever of them
// it races on.
func TestRaceUnderFault(t *testing.T) {
	for _, kind := range replayedKinds {
		for _, server := range []int64{1, 2} {
			h := failover(kind, 5, nil)
			for i := range h.Ops {
				if op := &h.Ops[i]; op.Node == server && op.Outcome == algorithms.Denied && i%3 == 0 {
					op.Outcome = algorithms.Allowed
				}
			}
			for _, serial := range []bool{true, false} {
				h.Trial.Serial = serial
				requireCause(t, Judge(h), "race: ", causeRace)
			}
		}
	}
}

func requireCause(t *testing.T, r Report, reason, attribution string) {
	t.Helper()
	if r.Verdict != Invalid || r.Findings[0].Checker != "cause" || !strings.Contains(r.Findings[0].Reason, reason) {
		t.Errorf("%s %s %+v, want the cause %q", r.Verdict, r.Void, r.Findings[0], reason)
	}
	for _, f := range r.Findings {
		if f.Overshoot != nil && f.Overshoot.Certain > 0 && f.Overshoot.Attribution != attribution {
			t.Errorf("overshoot is attributed to %q, want %q", f.Overshoot.Attribution, attribution)
		}
	}
}

// A client that sends everything twice by itself has its steps counted twice, and its
// requests denied for it.
func TestRepeatsUnderFault(t *testing.T) {
	for _, kind := range replayedKinds {
		h := failover(kind, 0.7, func(g *group, p *process, e *event) {
			twin := *e
			p.decide(g.contract, g.ahead+e.effect, &twin)
		})
		r := Judge(h)
		if r.Repeated == nil || *r.Repeated < 1_500 {
			t.Errorf("%s: repeated %v, want nearly all of 2000", kind, r.Repeated)
		}
		if !found(r, falseRejection) {
			t.Errorf("%s: no denial is false: %+v", kind, r.Findings)
		}
		for _, f := range r.Findings {
			if f.Checker == falseRejection && !strings.Contains(f.Reason, "; counted twice: the servers ran ") {
				t.Errorf("%s: %s", kind, f.Reason)
			}
			if f.Checker == replay && f.Verdict == Invalid {
				t.Errorf("%s: the limiter is accused of what its client did: %s", kind, f.Reason)
			}
		}
	}
}

// on is an answer of byHand that a server gave, with the number of its step.
func on(node, seq int64, op history.Op) history.Op {
	op.Node, op.Seq = node, seq
	return op
}

// handedOn is a log of 5 per second whose second server knew two of four admissions.
func handedOn() *history.History {
	h := byHand(
		on(7, 1, answerAt(1, 1, 1, 1, algorithms.Allowed, 4)),
		on(7, 2, answerAt(2, 2, 2, 1, algorithms.Allowed, 3)),
		on(7, 3, answerAt(3, 3, 3, 1, algorithms.Allowed, 2)),
		on(7, 4, answerAt(4, 4, 4, 1, algorithms.Allowed, 1)),
		on(3, 3, answerAt(20, 20, 20, 2, algorithms.Allowed, 1)),
		on(3, 4, answerAt(21, 21, 21, 1, algorithms.Allowed, 0)),
		on(3, 5, answerAt(22, 22, 22, 1, algorithms.Denied, 0)),
	)
	h.Ops[6].RetryAfter = 1_000_000 - 21_000
	h.Trial.Faults = []history.Fault{{Name: "kill", BeganNS: 5e6, EffectNS: 6e6, HealedNS: 19e6}}
	return h
}

func TestCauses(t *testing.T) {
	unanswered := history.Op{Inv: 19e6, Ret: 20e6, Cost: 1}
	for _, c := range []struct {
		name   string
		change func(*history.History)
		reason string
		cause  string
	}{
		{"as it is", func(*history.History) {}, "lost writes: the servers forgot 2 admissions that they had acknowledged", causeLostWrites},
		{"one answer was lost", func(h *history.History) {
			h.Ops = append(h.Ops[:4:4], append([]history.Op{unanswered}, h.Ops[4:]...)...)
		}, "lost writes: the servers forgot 2 to 3 admissions", causeLostWrites},
		{"not traced", func(h *history.History) {
			for i := range h.Ops {
				h.Ops[i].Node, h.Ops[i].Seq = 0, 0
			}
		}, "unattributed: the decisions were not traced", causeUnknown},
		{"the first server admits too much", func(h *history.History) { h.Ops[3].Cost = 4 }, "race: one server alone", causeRace},
		{"the second server admits too much", func(h *history.History) { h.Ops[5].Cost = 4 }, "race: one server alone", causeRace},
		{"the second answers wrongly", func(h *history.History) { h.Ops[5].Remaining = 1 }, "race: one server alone answered against", causeRace},
		{"too much without a number", func(h *history.History) {
			h.Trial.Serial = false
			for i := range h.Ops[:4] {
				h.Ops[i].Node, h.Ops[i].Seq = 0, 0
			}
		}, "unattributed: no server alone", causeUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handedOn()
			c.change(h)
			requireCause(t, Judge(h), c.reason, c.cause)
		})
	}
}

// Without a fault, the cause of an overshoot is the limiter, and needs no sentence; with
// a clock that stepped, it is the clock, and the trial is void.
func TestCauseWithoutFault(t *testing.T) {
	h := handedOn()
	h.Trial.Faults = nil
	r := Judge(h)
	if o := r.Findings[0].Overshoot; r.Verdict != Invalid || o == nil || o.Attribution != causeRace {
		t.Errorf("%s %+v", r.Verdict, r.Findings)
	}
	h.Trial.Clock[1].RealNS += 50e6
	r = Judge(h)
	if o := r.Findings[0].Overshoot; r.Verdict != Unknown || o == nil || o.Attribution != causeClockStep {
		t.Errorf("%s %+v", r.Verdict, r.Findings)
	}
}

// A limiter whose clients are told different things overshoots without a race: what met no
// other request shows it, and what is one script cannot race. Else it may be either.
func TestCauseOfWhatIsNoRace(t *testing.T) {
	skewed := func(tr *history.Trial) { tr.ClientClock, tr.Load.Skew = true, -time.Second }
	stale := func(tr *history.Trial) { tr.Load.ReadReplica = true }
	for _, c := range []struct {
		name   string
		took   int64 // ms, of operations that begin every 10 ms
		change func(*history.Trial)
		want   string
	}{
		{"clocks agree", 1, func(tr *history.Trial) { tr.ClientClock = true }, causeRace},
		{"clocks differ", 1, skewed, causeClockSkew},
		{"clocks that it does not read differ", 1, func(tr *history.Trial) { tr.Load.Skew = time.Second }, causeRace},
		{"clocks differ and requests meet", 30, skewed, causeUnknown},
		{"clocks differ and requests touch", 10, skewed, causeUnknown},
		{"clocks differ and scripts meet", 30, func(tr *history.Trial) { skewed(tr); tr.OneScript = true }, causeClockSkew},
		{"a replica answers", 1, stale, causeStaleRead},
		{"a replica answers while requests meet", 30, stale, causeUnknown},
		{"a replica is not asked by a script", 30, func(tr *history.Trial) { stale(tr); tr.OneScript = true }, causeRace},
		{"a replica is not asked in a transaction", 1, func(tr *history.Trial) { stale(tr); tr.Serial = true }, causeRace},
	} {
		h := byHand()
		h.Trial.Serial = false
		for i := range int64(7) {
			h.Ops = append(h.Ops, answerAt(10*i, 10*i, 10*i+c.took, 1, algorithms.Allowed, algorithms.NotKnown))
		}
		c.change(&h.Trial)
		r := Judge(h)
		if o := r.Findings[0].Overshoot; r.Verdict != Invalid || o == nil || o.Attribution != c.want {
			t.Errorf("%s: %s, %+v, want %s", c.name, r.Verdict, o, c.want)
		}
	}
}

// Of operations that overlap, also by a third one that outlasts them, none is certain.
func TestApart(t *testing.T) {
	span := func(inv, ret int64, o algorithms.Outcome) history.Op { return answerAt(inv, inv, ret, 1, o, 0) }
	h := byHand(
		span(1, 2, algorithms.Allowed),
		span(3, 9, algorithms.Denied), span(4, 5, algorithms.Allowed), span(6, 7, algorithms.Allowed),
		span(10, 11, algorithms.Allowed),
		span(12, 13, algorithms.Unknown), span(20, 21, algorithms.Allowed), // which may take effect yet
	)
	h.Trial.Keys = append(h.Trial.Keys, "other")
	other := span(22, 23, algorithms.Allowed)
	other.Key = 1
	h.Ops = append(h.Ops, other)
	var certain []int64
	for _, op := range apart(h).Ops {
		if op.Outcome == algorithms.Allowed {
			certain = append(certain, op.Inv/1e6)
		}
	}
	if want := []int64{1, 10, 22}; !slices.Equal(certain, want) {
		t.Errorf("apart are those begun at %v ms, want %v", certain, want)
	}
}

func TestLostAndRepeated(t *testing.T) {
	unanswered := history.Op{Inv: 19e6, Ret: 20e6, Cost: 1}
	for _, c := range []struct {
		name                                  string
		ops                                   func([]history.Op) []history.Op
		certain, possible, repeated, executed int64
	}{
		{"two lost", func(ops []history.Op) []history.Op { return ops }, 2, 2, 0, 7},
		{"empty restart", func(ops []history.Op) []history.Op { ops[4].Seq, ops[5].Seq, ops[6].Seq = 1, 2, 3; return ops }, 4, 4, 0, 7},
		{"nothing lost", func(ops []history.Op) []history.Op { ops[4].Seq, ops[5].Seq, ops[6].Seq = 5, 6, 7; return ops }, 0, 0, 0, 7},
		{"a denial is no loss", func(ops []history.Op) []history.Op { ops[3].Outcome = algorithms.Denied; return ops }, 1, 1, 0, 7},
		{"a step too many", func(ops []history.Op) []history.Op { ops[6].Seq = 6; return ops }, 2, 4, 1, 8},
		{"two, one of them explained", func(ops []history.Op) []history.Op {
			ops[3].Seq, ops[4].Seq, ops[5].Seq, ops[6].Seq = 5, 6, 7, 9
			return append(ops, unanswered)
		}, 0, 4, 1, 9},
		{"the first serves again", func(ops []history.Op) []history.Op {
			ops[4].Seq, ops[5].Seq, ops[6].Seq = 5, 6, 7
			again := on(7, 8, answerAt(30, 30, 30, 1, algorithms.Denied, 0))
			return append(ops, again)
		}, 0, 0, 0, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handedOn()
			h.Ops = c.ops(h.Ops)
			traced := traceOf(h)
			if got := traced.lost(); got.Certain != c.certain || got.Possible != c.possible {
				t.Errorf("lost %+v, want %d, or %d at most", got, c.certain, c.possible)
			}
			if got := traced.repeated(); got != c.repeated {
				t.Errorf("%d steps repeated, want %d", got, c.repeated)
			}
			if got := traced.executed(); got != c.executed {
				t.Errorf("%d steps executed, want %d", got, c.executed)
			}
		})
	}
	h := handedOn()
	h.Trial.Faults = nil
	if r := Judge(h); r.Lost != nil || r.Repeated == nil || *r.Executed != 7 {
		t.Errorf("without a fault: lost %v, repeated %v, executed %v", r.Lost, r.Repeated, r.Executed)
	}
	if r := Judge(byHand(answerAt(1, 2, 3, 1, algorithms.Allowed, 4))); r.Lost != nil || r.Repeated != nil || r.Executed != nil {
		t.Errorf("without a trace: lost %v, repeated %v", r.Lost, r.Repeated)
	}
}

// Each server's decisions are replayed by themselves, as far as no number is missing.
func TestReplayByServer(t *testing.T) {
	h := handedOn()
	requireReplay(t, h, Valid, 4+5, "")
	h.Ops[4].Seq, h.Ops[5].Seq, h.Ops[6].Seq = 4, 5, 6 // number 3 would be known to both
	requireReplay(t, h, Invalid, 4+3, "row 4: cost 2 allowed at 00:00:00.020000 with 1 remaining, the contract leaves 0")
	h = handedOn()
	h.Trial.Cell.Client = "default" // which may have taken number 3 for a repeat
	requireReplay(t, h, Valid, 4, "")
	h = handedOn()
	h.Ops[1].Seq = 9
	requireReplay(t, h, Valid, 1, "")
	h.Trial.Faults, h.Ops[0].Seq = nil, 2
	requireReplay(t, h, Unknown, 0, "none is known with all that was charged before it")
	h = handedOn()
	for i := range h.Ops {
		h.Ops[i].Node = 0
	}
	requireReplay(t, h, Unknown, 0, "which servers made them is not known")
}

// A window that moves with its key ends a little later; one that was lost does not look
// otherwise, but for the admissions that were lost with it.
func TestMovedWindow(t *testing.T) {
	h := handedOn()
	h.Trial.Contract = contractOf(algorithms.Window, algorithms.NewLimit(50, 50*time.Millisecond))
	for i := range h.Ops {
		op := &h.Ops[i]
		op.ResetAt, op.Remaining, op.RetryAfter = 51_000, algorithms.NotKnown, algorithms.NotKnown
		if op.Node == 3 {
			op.ResetAt, op.Seq = 53_000, op.Seq+2
		}
	}
	h.Ops = h.Ops[:6]
	if f := new(desk).lostWindow(h); f.Verdict != Valid {
		t.Errorf("a window that moved: %+v", f)
	}
	requireReplay(t, h, Valid, 4, "")
	h.Ops[4].Seq, h.Ops[5].Seq = 4, 5
	requireCause(t, Judge(h), "lost writes: the servers forgot 1 admission that", "")
	h.Ops[4].Seq, h.Ops[5].Seq = 5, 6
	h.Ops[4].Node, h.Ops[5].Node = 7, 7
	h.Trial.Serial = false
	requireCause(t, Judge(h), "race: one server alone lost a window", "")
}

// What a server gave up explains what its keys admitted, and nothing that others did.
func TestEvictionUnderFault(t *testing.T) {
	for _, kind := range replayedKinds {
		h := failover(kind, 5, nil)
		for i := range h.Ops {
			if op := &h.Ops[i]; op.Node == 1 && op.Outcome == algorithms.Denied && i%3 == 0 {
				op.Outcome = algorithms.Allowed
			}
		}
		h.Trial.Keys = append(h.Trial.Keys, "another")
		another := int32(len(h.Trial.Keys) - 1)
		for key, cause := range map[int32]string{0: causeEviction, another: causeRace} {
			h.Trial.Evictions = []history.Eviction{{Key: key, Times: 3}}
			requireCause(t, Judge(h), cause+": ", cause)
		}
		h.Trial.Evictions = []history.Eviction{{Key: another + 1, Times: 1}}
		if r := Judge(h); !strings.Contains(r.Void, "evicted") {
			t.Errorf("evictions of a key that is not there are judged: %+v", r)
		}
	}
}
