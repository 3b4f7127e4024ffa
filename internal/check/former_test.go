package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// changed is sound, but for an admission before the load: two in one window of a limit
// of 1.
func changed() *history.History {
	ms := int64(time.Millisecond)
	h := sound()
	first := history.Op{Intended: 2 * ms, Inv: 2 * ms, Ret: 3 * ms, Cost: 1, Outcome: algorithms.Allowed}
	h.Ops = slices.Insert(h.Ops, 0, first)
	return h
}

// What another limiter admitted is none of the contract's, but the user got it.
func TestLimiterIsJudgedFromTheChangeOn(t *testing.T) {
	h := changed()
	if r := Judge(h); r.Verdict != Invalid {
		t.Fatalf("one limiter: %s %v", r.Verdict, r.Findings)
	}
	h.Trial.Former, h.Trial.Whole = &history.Former{Algorithm: "gcra", Technique: "lua"}, false
	r := Judge(h)
	if r.Verdict != Valid || r.Nominal != 1 {
		t.Errorf("one limiter after the other: %s %v, %g over nominal, want valid and 1", r.Verdict, r.Findings, r.Nominal)
	}
	h.Ops[2].Outcome = algorithms.Allowed
	if r := Judge(h); r.Verdict != Invalid {
		t.Errorf("two admitted after the change: %s %v", r.Verdict, r.Findings)
	}
}

// A key that nobody was admitted on is as good as new.
func TestNothingIsChangedWhereNobodyWasAdmitted(t *testing.T) {
	h := changed()
	h.Trial.Former, h.Trial.Whole = &history.Former{Algorithm: "gcra", Technique: "lua"}, false
	h.Ops[0].Outcome = algorithms.Failed
	if r := Judge(h); r.Verdict != Unknown || !strings.HasPrefix(r.Void, "nothing was changed") {
		t.Errorf("%s, void %q", r.Verdict, r.Void)
	}
}
