package check

import (
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// TestReplayNeedsTheMissedCharge: without the exception for denials that overlap a
// charge, lawful transactions would be accused.
func TestReplayNeedsTheMissedCharge(t *testing.T) {
	h := byHand(
		answerAt(1, 2, 3, 1, algorithms.Allowed, 4),
		answerAt(10, 11, 50, 3, algorithms.Allowed, 1),
		answerAt(12, 13, 20, 5, algorithms.Denied, 4),
	)
	requireReplay(t, h, Valid, 3, "")
	h.Ops[1].Ret = 11e6 // before the denial was invoked
	requireReplay(t, h, Invalid, 2, `key "a": row 2: cost 5 denied at 00:00:00.013000 with 4 remaining, the contract leaves 1`)
}

// answerAt is an answer of a log, times in ms, of which the wall clock agrees.
func answerAt(inv, at, ret int64, cost int32, o algorithms.Outcome, remaining int64) history.Op {
	return history.Op{
		Intended: inv * 1e6, Inv: inv * 1e6, Ret: ret * 1e6, At: algorithms.Instant(at * 1000),
		Cost: cost, Outcome: o, Remaining: remaining, RetryAfter: algorithms.NotKnown,
	}
}

// byHand is a history of a log of 5 per second.
func byHand(ops ...history.Op) *history.History {
	h := &history.History{Trial: trialOf(contractOf(algorithms.Log, algorithms.NewLimit(5, time.Second)), 1), Ops: ops}
	h.Trial.Serial = true
	h.Trial.Clock = []history.ClockPair{{}, {RealNS: 100e6, MonoNS: 100e6}}
	return h
}

func requireReplay(t *testing.T, h *history.History, want Verdict, compared int64, reason string) {
	t.Helper()
	f := new(desk).replay(h)
	if f.Verdict != want || f.Compared != compared || !strings.Contains(f.Reason, reason) {
		t.Errorf("%s %q after %d, want %s %q after %d", f.Verdict, f.Reason, f.Compared, want, reason, compared)
	}
}

func TestReplayStopsAtTheUnknown(t *testing.T) {
	lost := history.Op{Inv: 20e6, Ret: 21e6, Cost: 1}
	h := byHand(
		answerAt(1, 2, 3, 1, algorithms.Allowed, 4),
		answerAt(4, 5, 25, 1, algorithms.Allowed, 3), // known by what follows it
		answerAt(6, 7, 8, 1, algorithms.Allowed, 2),
		lost,
		answerAt(22, 23, 24, 1, algorithms.Allowed, 0),
	)
	requireReplay(t, h, Valid, 2, "")
	h.Ops[1].Remaining = 2
	requireReplay(t, h, Invalid, 1, `key "a": row 1: cost 1 allowed at 00:00:00.005000 with 2 remaining, the contract leaves 3`)
	h.Ops[0].Ret, h.Ops[1].Ret, h.Ops[2].Ret = 30e6, 30e6, 30e6
	requireReplay(t, h, Unknown, 0, "not replayed")
}

func TestReplayIgnoresTheFailed(t *testing.T) {
	requireReplay(t, byHand(
		history.Op{Inv: 0, Ret: 9e6, Cost: 5, Outcome: algorithms.Failed},
		answerAt(1, 2, 3, 5, algorithms.Allowed, 0),
	), Valid, 1, "")
}

// Of decisions in one microsecond, any order may explain the answers; of many, none
// is looked for.
func TestReplayTriesTheOrdersOfOneMicrosecond(t *testing.T) {
	h := byHand(
		answerAt(1, 2, 3, 3, algorithms.Denied, 1),
		answerAt(1, 2, 3, 2, algorithms.Allowed, 1),
		answerAt(1, 2, 3, 2, algorithms.Allowed, 3),
		answerAt(4, 5, 6, 1, algorithms.Allowed, 0),
	)
	requireReplay(t, h, Valid, 4, "")
	h.Ops[1].Remaining = 2
	requireReplay(t, h, Invalid, 0, `row 0: cost 3 denied at 00:00:00.002000, the contract allows 5`)
	h = byHand(h.Ops[0], h.Ops[0], h.Ops[0], h.Ops[0], h.Ops[0])
	requireReplay(t, h, Unknown, 0, "not replayed")
}

// A denial may have missed the last charge; which was the last of one microsecond is
// not known.
func TestReplayLeavesOutADenialAfterTiedCharges(t *testing.T) {
	h := byHand(
		answerAt(1, 2, 30, 1, algorithms.Allowed, 2),
		answerAt(1, 2, 30, 2, algorithms.Allowed, 3),
		answerAt(4, 5, 6, 4, algorithms.Denied, 3),
	)
	requireReplay(t, h, Valid, 2, "")
	h.Ops[2].Remaining = 2
	requireReplay(t, h, Valid, 3, "")
}

func TestReplayDoesNotBelieveEveryClock(t *testing.T) {
	for _, at := range []algorithms.Instant{0, -1, 900, 3100, 1 << 62} {
		h := byHand(answerAt(1, 2, 3, 6, algorithms.Allowed, 0))
		h.Ops[0].At = at
		requireReplay(t, h, Unknown, 0, "not replayed")
	}
	h := byHand(answerAt(1, 2, 3, 1, algorithms.Allowed, 4))
	h.Trial.Clock = nil
	requireReplay(t, h, Unknown, 0, "not replayed")
}

func TestReplayAbstains(t *testing.T) {
	for want, change := range map[string]func(*history.Trial){
		"order on the server": func(t *history.Trial) { t.Serial = false },
		"incomplete":          func(t *history.Trial) { t.Whole = false },
		"what a denial costs": func(t *history.Trial) { t.Contract.Kind, t.Contract.ChargesDenied = algorithms.Bucket, true },
		"clock does not tell": func(t *history.Trial) { t.Clock[0].RealNS, t.Clock[1].RealNS = 1e9, 1e9 },
	} {
		h := byHand(answerAt(1, 2, 3, 6, algorithms.Allowed, 0))
		change(&h.Trial)
		requireReplay(t, h, Unknown, 0, want)
		if f := new(desk).replay(h); !f.Abstained {
			t.Errorf("%q counts in the verdict", f.Reason)
		}
	}
}

// What a window counts in is what the server names, within the millisecond to which
// keys expire.
func TestReplayFollowsTheNamesOfWindows(t *testing.T) {
	for _, c := range []struct {
		name     string
		second   int64 // at ms after the first, in a window of 50 ms
		sameName bool
		verdict  Verdict
		compared int64
		reason   string
	}{
		{"counted on", 30, true, Invalid, 1, "row 1: cost 1 allowed at 00:00:00.032000, the contract allows 0"},
		{"a new one too early", 48, false, Invalid, 1, "in a window that ends at 00:00:01.000000, the contract's ends at 00:00:00.052000"},
		{"a new one a millisecond early", 49, false, Valid, 2, ""},
		{"the old one in its last millisecond", 51, true, Invalid, 1, "the contract allows 0"},
		{"a new one", 60, false, Valid, 2, ""},
		{"the old one too late", 60, true, Invalid, 1, "in a window that ends at 00:00:00.052000, the contract's ends at 00:00:00.052000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := byHand(answerAt(1, 2, 3, 5, algorithms.Allowed, 0), answerAt(1+c.second, 2+c.second, 3+c.second, 1, algorithms.Allowed, 4))
			h.Trial.Contract = contractOf(algorithms.Window, algorithms.NewLimit(5, 50*time.Millisecond))
			h.Ops[0].ResetAt, h.Ops[1].ResetAt = 52_000, 1_000_000
			if c.sameName {
				h.Ops[1].ResetAt = 52_000
			}
			requireReplay(t, h, c.verdict, c.compared, c.reason)
			unnamed(h)
			if c.second > 48 && c.second < 52 {
				requireReplay(t, h, Valid, 1, "")
			}
		})
	}
}

// The worst verdict counts, whatever the others say, and an abstention does not.
func TestReplayInTheVerdict(t *testing.T) {
	h := byHand(answerAt(1, 2, 3, 4, algorithms.Allowed, 1), answerAt(4, 5, 6, 2, algorithms.Denied, 2))
	if r := Judge(h); r.Verdict != Invalid {
		t.Errorf("%+v, want invalid", r)
	}
	h.Trial.Serial = false
	if r := Judge(h); r.Verdict != Valid {
		t.Errorf("%+v, want valid", r)
	}
}
