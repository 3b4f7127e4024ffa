package check

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// admitted makes a history of allowed operations: at[i] is the ms of inv, and ret
// is 1 ms later.
func admitted(kind algorithms.Kind, limit int64, at ...int64) *history.History {
	h := &history.History{Trial: trialOf(contractOf(kind, algorithms.NewLimit(limit, 100*time.Millisecond)), 1)}
	for _, ms := range at {
		inv := ms * int64(time.Millisecond)
		h.Ops = append(h.Ops, history.Op{Intended: inv, Inv: inv, Ret: inv + int64(time.Millisecond), Cost: 1, Outcome: algorithms.Allowed})
	}
	end := int64(10 * time.Second)
	h.Trial.Clock = []history.ClockPair{{}, {RealNS: end, MonoNS: end}}
	return h
}

// named sets the ends of the windows that the server named, in ms.
func named(h *history.History, ends ...int64) *history.History {
	for i, ms := range ends {
		h.Ops[i].ResetAt = algorithms.Instant(ms * 1000)
	}
	return h
}

// unread drops the readings of the clocks.
func unread(h *history.History) *history.History {
	h.Trial.Clock = nil
	return h
}

// TestOvershootByHand: histories that a reader can judge without a program.
func TestOvershootByHand(t *testing.T) {
	for _, c := range []struct {
		name    string
		h       *history.History
		certain int64
		why     string
	}{
		{"log: two, 97 ms apart", admitted(algorithms.Log, 1, 0, 97), 1, "shorter than 1 x 100ms"},
		{"log: two, perhaps 100 ms apart", admitted(algorithms.Log, 1, 0, 99), 0, ""},
		{"log: three in two windows", admitted(algorithms.Log, 1, 0, 99, 198), 1, "shorter than 2 x 100ms"},
		{"bucket: burst and refill", admitted(algorithms.Bucket, 2, 0, 0, 50, 100), 0, ""},
		{"bucket: one too many", admitted(algorithms.Bucket, 2, 0, 0, 40), 1, "burst of 2 and the refill of 41ms"},
		{"window: at both sides of an edge", admitted(algorithms.Window, 2, 0, 99, 103, 104), 0, ""},
		{"window: three in the first", admitted(algorithms.Window, 2, 0, 50, 90), 1, "at most 1 of 100ms fit in"},
		{"window: three after an idle time", admitted(algorithms.Window, 2, 0, 300, 350, 390), 1, "at most 1 of 100ms fit in"},
		{"window: too many for any two", admitted(algorithms.Window, 2, 0, 99, 150, 151, 152, 153), 2, "at most 2 of 100ms fit in"},
		{"window: three of one name", named(admitted(algorithms.Window, 2, 0, 99, 99), 100, 100, 100), 1, "in one window, which ends at 100000 us"},
		{"window: the same of two names", named(admitted(algorithms.Window, 2, 0, 99, 99), 100, 201, 201), 0, ""},
		{"aligned: at both sides of an edge", admitted(algorithms.AlignedWindow, 2, 98, 98, 101, 101), 0, ""},
		{"aligned: three in one", admitted(algorithms.AlignedWindow, 2, 101, 150, 198), 1, "one window of the wall clock"},
		{"aligned: perhaps in the next", admitted(algorithms.AlignedWindow, 2, 101, 150, 199), 0, ""},
		{"aligned: five within a window, clocks unknown", unread(admitted(algorithms.AlignedWindow, 2, 10, 20, 30, 40, 50)), 1, "touches at most one window more"},
		{"aligned: four within a window, clocks unknown", unread(admitted(algorithms.AlignedWindow, 2, 10, 20, 30, 40)), 0, ""},
		{"envelope: as a bucket", admitted(algorithms.EnvelopeOnly, 2, 0, 0, 40), 1, "burst of 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := new(desk).overshoot(c.h)
			if f.Overshoot.Certain != c.certain || !strings.Contains(f.Reason, c.why) {
				t.Errorf("certain %d (%s), want %d (%s)", f.Overshoot.Certain, f.Reason, c.certain, c.why)
			}
		})
	}
}

// TestAlignedByServerTime: the time of a decision on the server's clock names its
// window, whatever the latency.
func TestAlignedByServerTime(t *testing.T) {
	h := admitted(algorithms.AlignedWindow, 2, 0, 0, 0)
	for i := range h.Ops {
		h.Ops[i].Ret = int64(5 * time.Second)
		h.Ops[i].At = 1_000_000_000_099_999
	}
	if f := new(desk).overshoot(h); f.Overshoot.Certain != 1 || !strings.Contains(f.Reason, "ends at 1000000000100000 us") {
		t.Errorf("three decisions in one window: %+v", f)
	}
	h.Ops[2].At++
	if f := new(desk).overshoot(h); f.Overshoot.Certain != 0 {
		t.Errorf("the third decision fell in the next window: %+v", f)
	}
}

// TestIncomplete: an operation that was not recorded may have opened a window or
// used up the room, but cannot make two admissions into one.
func TestIncomplete(t *testing.T) {
	h := admitted(algorithms.Window, 2, 10, 11, 12)
	h.Trial.Whole = false
	if f := new(desk).overshoot(h); f.Overshoot.Certain != 0 {
		t.Errorf("a window may have ended in between: %+v", f)
	}
	h = admitted(algorithms.Window, 2, 10, 11, 12, 13)
	h.Trial.Whole = false
	if f := new(desk).overshoot(h); f.Overshoot.Certain != 1 {
		t.Errorf("the window before was opened by one of its requests: %+v", f)
	}
	h.Ops[0].Outcome = algorithms.Denied
	if f := new(desk).falseRejection(h); !f.Abstained || f.FalseRejections != nil {
		t.Errorf("false rejections were judged: %+v", f)
	}
}

// TestNominal: a bucket that keeps its contract admits its burst and a window's
// refill in one window.
func TestNominal(t *testing.T) {
	for _, c := range []struct {
		h    *history.History
		want float64
	}{
		{admitted(algorithms.Bucket, 2), 0},
		{admitted(algorithms.Bucket, 2, 0), 0},
		{admitted(algorithms.Bucket, 2, 0, 0, 50, 98), 1},
		{admitted(algorithms.Bucket, 2, 0, 0, 50, 99), 0.5},
	} {
		if got := Judge(c.h).Nominal; math.Abs(got-c.want) > 1e-9 {
			t.Errorf("nominal overshoot %g, want %g", got, c.want)
		}
	}
}
