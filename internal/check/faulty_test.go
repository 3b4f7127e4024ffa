package check

import (
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// Failing is the limiter's own fault only before the first fault of the trial.
func TestStarvedUnderFault(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*history.History)
		verdict Verdict
		reason  string
	}{
		{"fails from the fault on", func(*history.History) {}, Valid, ""},
		{"failed before", func(h *history.History) { h.Ops[0].Outcome = algorithms.Failed }, Invalid, "1 of 4 operations were not answered"},
		{"returned when it began", func(h *history.History) { h.Ops[3].Outcome, h.Ops[3].Ret = algorithms.Unknown, 5e6 }, Valid, ""},
		{"no fault", func(h *history.History) { h.Trial.Faults = nil }, Invalid, "3 of 7 operations were not answered"},
		{"at once", func(h *history.History) { h.Trial.Faults[0].BeganNS = 1e6 }, Unknown, "no operation ended before the first fault"},
		{"only denies", func(h *history.History) { deny(h.Ops[:4]) }, Invalid, "none of 4 operations was admitted"},
		{"filled before", func(h *history.History) {
			deny(h.Ops[1:4])
			h.Trial.Load.StartNS = 2e6
		}, Valid, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handedOn()
			for i := range h.Ops[4:] {
				h.Ops[4+i].Outcome = algorithms.Failed
			}
			c.change(h)
			if f := new(desk).starved(h); f.Verdict != c.verdict || !strings.Contains(f.Reason, c.reason) {
				t.Errorf("%+v, want %s %q", f, c.verdict, c.reason)
			}
		})
	}
}

func deny(ops []history.Op) {
	for i := range ops {
		ops[i].Outcome = algorithms.Denied
	}
}

// A phase of excess that a fault broke into owes nothing.
func TestUnderGrantedUnderFault(t *testing.T) {
	half := load{algorithms.NewLimit(overload.limit.L/2, overload.limit.W), overload.count, 20}
	h := simulate(algorithms.Log, half, turn.honest)
	h.Trial.Contract = contractOf(algorithms.Log, overload.limit)
	end := h.Trial.Load.Phases[0].ToNS
	for began, want := range map[int64]Verdict{end - 1: Valid, end: Invalid} {
		h.Trial.Faults = []history.Fault{{Name: "kill", BeganNS: began, EffectNS: began + 1}}
		if f := new(desk).underGranted(h); f.Verdict != want {
			t.Errorf("a fault %d ns before the phase's end: %+v, want %s", end-began, f, want)
		}
	}
}

func TestVoidUnderFault(t *testing.T) {
	late := func(h *history.History) {
		h.Trial.Load = history.Load{Loop: "open", Scheduled: 7}
		for i := range h.Ops {
			h.Ops[i].Intended = h.Ops[i].Inv
		}
		h.Ops[4].Intended -= int64(Punctual) + 1
	}
	for _, c := range []struct {
		name   string
		change func(*history.History)
		void   string
	}{
		{"as planned", func(*history.History) {}, ""},
		{"no effect", func(h *history.History) { h.Trial.Faults[0].EffectNS = 0 }, "the fault kill did not take effect"},
		{"no fault", func(h *history.History) {
			h.Trial.Faults[0] = history.Fault{Name: "kill", BeganNS: 5e6, Problem: "no vote was given"}
		}, "the fault kill did not happen: no vote was given"},
		{"too late", func(h *history.History) {
			last := h.Ops[len(h.Ops)-1].Inv
			h.Trial.Faults[0].EffectNS, h.Trial.Faults[0].HealedNS = last+1, last+2
		}, "when the load was over"},
		{"no successor", func(h *history.History) { h.Trial.Roles = &history.Roles{Want: 1} }, "the nodes did not agree"},
		{"one failover", func(h *history.History) { h.Trial.Roles = &history.Roles{After: "redis-2", Changes: 1, Want: 1} }, ""},
		{"none", func(h *history.History) { h.Trial.Roles = &history.Roles{After: "redis-1", Want: 1} }, "the primary was replaced never, and the scenario wants it replaced once"},
		{"two", func(h *history.History) { h.Trial.Roles = &history.Roles{After: "redis-2", Changes: 2, Want: 1} }, "the primary was replaced more than once"},
		{"one too many", func(h *history.History) { h.Trial.Roles = &history.Roles{After: "redis-2", Changes: 1} }, "the primary was replaced once"},
		{"late while the fault lasted", late, ""},
		{"late for ever after", func(h *history.History) {
			late(h)
			h.Trial.Faults[0].HealedNS = 0
		}, ""},
		{"late although it was healed", func(h *history.History) {
			late(h)
			h.Trial.Faults[0].HealedNS = 9e6
		}, "6 of 7 operations started within"},
		{"late before", func(h *history.History) {
			late(h)
			h.Trial.Faults[0].BeganNS = 11e6
		}, "started within"},
		{"never started outside of the fault", func(h *history.History) {
			late(h)
			h.Trial.Load.Scheduled = 8
		}, "6 of 7 operations started within"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := handedOn()
			c.change(h)
			r := Judge(h)
			if (r.Void == "") != (c.void == "") || !strings.Contains(r.Void, c.void) || r.Void != "" && r.Verdict != Unknown {
				t.Errorf("%s %q, want %q", r.Verdict, r.Void, c.void)
			}
		})
	}
}

// harmless is a history like handedOn of which nothing was lost, and a limit of so many
// per second.
func harmless(kind algorithms.Kind, limit int64) *history.History {
	h := handedOn()
	h.Trial.Contract = contractOf(kind, algorithms.NewLimit(limit, time.Second))
	h.Trial.Serial = false
	h.Trial.Roles = &history.Roles{After: "redis-2", Changes: 1, Want: 1}
	for i := range h.Ops[4:] {
		h.Ops[4+i].Seq = 5 + int64(i)
	}
	return h
}

// A trial in which all had expired before a key was served again shows nothing.
func TestVisible(t *testing.T) {
	lossy := func(h *history.History) { h.Ops[4].Seq, h.Ops[5].Seq, h.Ops[6].Seq = 3, 4, 5 }
	later := func(by time.Duration) func(*history.History) {
		return func(h *history.History) {
			for i := range h.Ops[4:] {
				op := &h.Ops[4+i]
				op.Inv, op.Ret, op.At = op.Inv+int64(by), op.Ret+int64(by), op.At+algorithms.Instant(by.Microseconds())
			}
			h.Trial.Clock[1] = history.ClockPair{RealNS: 5e9, MonoNS: 5e9}
		}
	}
	untraced := func(h *history.History) {
		for i := range h.Ops {
			h.Ops[i].Node = 0
		}
	}
	for _, c := range []struct {
		name    string
		kind    algorithms.Kind
		changes []func(*history.History)
		want    int64 // -1: none is told
	}{
		{"log", algorithms.Log, nil, 5},
		{"log, gap just shorter than the window", algorithms.Log, []func(*history.History){later(984*time.Millisecond - 1)}, 5},
		{"log, gap as long as the window", algorithms.Log, []func(*history.History){later(984 * time.Millisecond)}, 0},
		{"bucket, refilled a little", algorithms.Bucket, []func(*history.History){later(400 * time.Millisecond)}, 3},
		{"bucket, refilled", algorithms.Bucket, []func(*history.History){later(time.Second)}, 0},
		{"bucket, two lost", algorithms.Bucket, []func(*history.History){lossy}, 2},
		{"not traced", algorithms.Log, []func(*history.History){untraced}, 5},
		{"not traced, late", algorithms.Log, []func(*history.History){untraced, later(time.Second)}, 0},
		{"nobody took over", algorithms.Log, []func(*history.History){func(h *history.History) { h.Ops = h.Ops[:4] }}, 0},
		{"nothing to lose", algorithms.Log, []func(*history.History){untraced, func(h *history.History) { h.Trial.Roles.Changes = 0 }}, -1},
		{"no fault", algorithms.Log, []func(*history.History){func(h *history.History) { h.Trial.Faults = nil }}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := harmless(c.kind, 5)
			for _, change := range c.changes {
				change(h)
			}
			v := visibleLoss(h, traceOf(h))
			switch {
			case c.want < 0 && v != nil:
				t.Errorf("%+v, want none", v)
			case c.want >= 0 && (v == nil || v.most != c.want):
				t.Errorf("%+v, want %d", v, c.want)
			}
		})
	}
}

// The same answers that are valid by themselves say nothing of a fault after which no
// admission from before it could count.
func TestNoPowerAfterTheGap(t *testing.T) {
	h := harmless(algorithms.Log, 5)
	for i := range h.Ops[4:] {
		op := &h.Ops[4+i]
		op.Inv, op.Ret, op.At = op.Inv+2e9, op.Ret+2e9, 0
	}
	h.Ops[4].Cost = 5
	deny(h.Ops[5:])
	h.Trial.Clock[1] = history.ClockPair{RealNS: 5e9, MonoNS: 5e9}
	r := Judge(h)
	last := r.Findings[len(r.Findings)-1]
	if r.Verdict != Unknown || !strings.HasPrefix(last.Reason, "no power: keys were served again after 2.016s") || *r.Visible != 0 {
		t.Errorf("%s %s %+v", r.Verdict, r.Void, last)
	}
	h.Trial.Faults, h.Trial.Roles = nil, nil
	if r := Judge(h); r.Verdict != Valid || r.Visible != nil {
		t.Errorf("without a fault: %s %s %+v", r.Verdict, r.Void, r.Findings)
	}
}
