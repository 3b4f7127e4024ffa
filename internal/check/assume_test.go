package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// sound is a history that is judged valid: the first request takes the whole
// limit, the second is denied.
func sound() *history.History {
	ms := int64(time.Millisecond)
	c := contractOf(algorithms.Log, algorithms.NewLimit(1, time.Second))
	h := &history.History{Trial: trialOf(c, 1), Ops: []history.Op{
		{Intended: 10 * ms, Inv: 10 * ms, Ret: 11 * ms, Cost: 1, Outcome: algorithms.Allowed},
		{Intended: 20 * ms, Inv: 20 * ms, Ret: 21 * ms, Cost: 1, Outcome: algorithms.Denied},
	}}
	h.Trial.Load = history.Load{Loop: "open", StartNS: 5 * ms, Scheduled: 2}
	h.Trial.NoServer = false
	h.Trial.Server = &history.Server{Calls: map[string]int64{"evalsha": 2}}
	h.Trial.Clock = []history.ClockPair{{RealNS: 1e18, MonoNS: 1 * ms, ErrNS: 100}, {RealNS: 1e18 + 99*ms, MonoNS: 100 * ms, ErrNS: 100}}
	h.Trial.Audit = &history.Audit{Keys: 1, Entries: []history.AuditEntry{{TTLus: 900_000, ForgetUS: 899_500}}}
	return h
}

// TestAssumptions breaks one thing at a time.
func TestAssumptions(t *testing.T) {
	ms := int64(time.Millisecond)
	for _, c := range []struct {
		name  string
		spoil func(*history.History)
		want  string // Verdict, and a part of its reason
	}{
		{"nothing", func(*history.History) {}, "valid"},
		{"no operations", func(h *history.History) { h.Ops = nil }, "unknown nothing was observed"},
		{"an instance is lost", func(h *history.History) { h.Trial.Broken = "instance 2 of 3 ended early: signal: killed" }, "unknown instance 2 of 3 ended early"},
		{"only warm-up", func(h *history.History) { h.Trial.Load.StartNS = 50 * ms }, "unknown nothing was observed"},
		{"only timeouts", func(h *history.History) {
			h.Ops[0].Outcome, h.Ops[1].Outcome = algorithms.Unknown, algorithms.Unknown
		}, "unknown nothing was observed"},
		{"clock stepped", func(h *history.History) { h.Trial.Clock[1].RealNS += 2 * ms }, "unknown clock stepped: by at least 1.9998ms"},
		{"clock within g", func(h *history.History) { h.Trial.Clock[1].RealNS += 1100 }, "valid"},
		{"one clock reading", func(h *history.History) { h.Trial.Clock = h.Trial.Clock[:1] }, "unknown not read at both ends"},
		{"operation after the last reading", func(h *history.History) { h.Ops[1].Ret = 101 * ms }, "unknown outside the readings"},
		{"operation before the first reading", func(h *history.History) { h.Trial.Clock[0] = history.ClockPair{RealNS: 1e18 + 10*ms, MonoNS: 11 * ms} }, "unknown outside the readings"},
		{"late start", func(h *history.History) { h.Ops[0].Intended = 0; h.Trial.Load.StartNS = 0; h.Ops[0].Inv = 10*ms + 1 }, "unknown 1 of 2 operations started within 10ms"},
		{"cut short", func(h *history.History) { h.Trial.Load.Scheduled = 3 }, "unknown 2 of 3 operations started"},
		{"late start of a closed loop", func(h *history.History) { h.Trial.Load.Loop = "closed"; h.Ops[1].Intended = 6 * ms }, "valid"},
		{"commands missing", func(h *history.History) { h.Trial.Server.Calls["evalsha"] = 0 }, "unknown it ran 0 for 1 admitted"},
		{"only waited for replicas", func(h *history.History) { h.Trial.Server.Calls = map[string]int64{"wait": 9} }, "unknown it ran 0 for 1 admitted"},
		{"denied from memory", func(h *history.History) { h.Trial.Server.Calls["evalsha"] = 1 }, "valid"},
		{"commands not counted", func(h *history.History) { h.Trial.Server = nil }, "valid"},
		{"server without a count of commands", func(h *history.History) { h.Trial.Server.Calls = nil }, "valid"},
		{"server that counted none", func(h *history.History) { h.Trial.Server.Calls = map[string]int64{} }, "unknown it ran 0 for 1 admitted"},
		{"no server", func(h *history.History) { h.Trial.Server.Calls = nil; h.Trial.NoServer = true }, "valid"},
		{"nothing denied", func(h *history.History) { h.Ops = h.Ops[:1]; h.Trial.Load.Scheduled = 1 }, "unknown no power"},
		{"only hopeless denied", func(h *history.History) { h.Ops[1].Cost = 2 }, "unknown no power"},
		{"failures", func(h *history.History) { h.Ops[1].Outcome = algorithms.Failed }, "invalid 1 of 2 operations were not answered"},
		{"key kept by an imitation", func(h *history.History) {
			h.Trial.Audit.WithoutTTL, h.Trial.Imitation, h.Trial.Expected = 1, true, "valid"
		}, "unknown not a real Redis, which may be at fault itself: 1 of 1 keys"},
		{"key kept", func(h *history.History) { h.Trial.Audit.WithoutTTL = 1 }, "invalid 1 of 1 keys have no time to live"},
		{"entry kept", func(h *history.History) { h.Trial.Audit.Entries[0].TTLus = -1 }, "invalid has no time to live"},
		{"key forgets early", func(h *history.History) { h.Trial.Audit.Entries[0].ForgetUS = 901_001 }, "invalid expires in 900000 us"},
		{"key within rounding", func(h *history.History) { h.Trial.Audit.Entries[0].ForgetUS = 901_000 }, "valid"},
		{"key forgets late", func(h *history.History) { h.Trial.Audit.Entries[0].TTLus = 1_900_501 }, "invalid matters for 899500 us only"},
		{"key a second longer", func(h *history.History) { h.Trial.Audit.Entries[0].TTLus = 1_900_500 }, "valid"},
		{"no audit", func(h *history.History) { h.Trial.Audit = nil }, "valid"},
		{"incomplete", func(h *history.History) {
			h.Trial.Whole = false
			h.Ops[0].Inv, h.Ops[0].Ret = 20*ms, 21*ms
			h.Ops[0].Intended = 20 * ms
			h.Ops[0].Cost = 1
		}, "valid"},
		{"envelope", func(h *history.History) { h.Trial.Contract.Kind = algorithms.EnvelopeOnly }, "valid"},
		{"unlimited denies", func(h *history.History) { h.Trial.Contract.Kind = algorithms.Unlimited }, "valid"},
		{"unordered", func(h *history.History) { slices.Reverse(h.Ops) }, "unknown malformed history: operation 1 was invoked before"},
		{"backwards", func(h *history.History) { h.Ops[0].Ret = 9 * ms }, "unknown malformed history: operation 0 returned before"},
		{"beyond time", func(h *history.History) { h.Ops[1].Ret = latest + 1 }, "unknown malformed history: operation 1 lies beyond"},
		{"no such key", func(h *history.History) { h.Ops[1].Key = 1 }, "unknown malformed history: operation 1 is on key 1 of 1"},
		{"no such outcome", func(h *history.History) { h.Ops[1].Outcome = 4 }, "unknown malformed history: operation 1 ended with outcome 4"},
		{"free request", func(h *history.History) { h.Ops[1].Cost = 0 }, "unknown malformed history: operation 1 costs 0"},
		{"no limit", func(h *history.History) { h.Trial.Contract.Limit.L = 0 }, "unknown malformed history: limit must be"},
		{"no kind", func(h *history.History) { h.Trial.Contract.Kind = "leaky" }, `unknown malformed history: contract of unknown kind "leaky"`},
		{"coarse", func(h *history.History) { h.Trial.Contract.Granularity = 2 * time.Second }, "unknown malformed history: granularity of 2s"},
		{"audit of no key", func(h *history.History) { h.Trial.Audit.Entries[0].Key = 1 }, "unknown malformed history: audit of key 1 of 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := sound()
			c.spoil(h)
			verdict, part, _ := strings.Cut(c.want, " ")
			r := Judge(h)
			if r.Verdict != Verdict(verdict) || !strings.Contains(told(r), part) {
				t.Errorf("%s %s, want %s", r.Verdict, told(r), c.want)
			}
			if strings.HasPrefix(part, "malformed") && r.Void == "" {
				t.Error("a malformed history is not void")
			}
		})
	}
}

// told is all that a report says.
func told(r Report) string {
	s := r.Void
	for _, f := range r.Findings {
		s += fmt.Sprintf("; %s: %s", f.Checker, f.Reason)
	}
	return s
}

// TestCrash: a checker that crashes neither acquits nor stops the others.
func TestCrash(t *testing.T) {
	f := examine(checker{"brittle", func(h *history.History) Finding { return Finding{Reason: h.Trial.Keys[7]} }}, sound())
	if f.Verdict != Unknown || f.Abstained || !strings.Contains(f.Reason, "checker brittle crashed: runtime error: index out of range") {
		t.Errorf("%+v", f)
	}
}

func TestWorst(t *testing.T) {
	none := abstain("out of scope")
	for _, c := range []struct {
		findings []Finding
		want     Verdict
	}{
		{nil, Unknown},
		{[]Finding{none}, Unknown},
		{[]Finding{valid(), none}, Valid},
		{[]Finding{valid(), noPower}, Unknown},
		{[]Finding{noPower, invalid("x"), valid()}, Invalid},
	} {
		if got := Worst(c.findings); got != c.want {
			t.Errorf("worst of %+v is %s, want %s", c.findings, got, c.want)
		}
	}
}
