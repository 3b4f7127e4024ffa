package metrics_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/result"
)

// failedOver is a trial of 2 s from second 1 on, one operation each 50 ms that takes 1 ms.
// The fault begins after 500 ms and is in effect 20 ms later; it is healed after 1.5 s.
// From 600 ms to 1000 ms nothing is answered, and once more at 1200 ms.
func failedOver() *history.History {
	const start = 1_000 * ms
	h := small()
	h.Ops = nil
	for at := start; at < start+2_000*ms; at += 50 * ms {
		o := history.Op{Intended: at, Inv: at, Ret: at + ms, Cost: 2, Outcome: algorithms.Allowed}
		switch since := (at - start) / ms; {
		case since >= 600 && since < 1_000:
			o.Outcome, o.Ret = algorithms.Unknown, at+500*ms
		case since == 1_200:
			o.Outcome = algorithms.Failed
		case since >= 1_500:
			o.Outcome = algorithms.Denied
		}
		h.Ops = append(h.Ops, o)
	}
	h.Trial.Load.Scheduled = int64(len(h.Ops))
	h.Trial.Faults = []history.Fault{{Name: "kill", Node: "redis-1", BeganNS: start + 500*ms, EffectNS: start + 520*ms, HealedNS: start + 1_500*ms}}
	h.Trial.Roles = &history.Roles{Changes: 1, Want: 1, LostBytes: 77}
	return h
}

func TestCellUnderFault(t *testing.T) {
	c := metrics.Cell(failedOver(), check.Report{
		Verdict: check.Invalid, Lost: &check.Lost{Certain: 3, Possible: 5}, Repeated: new(int64(2)), Visible: new(int64(40)),
	})
	want := []result.Fault{{Name: "kill", Node: "redis-1", AtMS: 500, UntilMS: new(1500.0)}}
	if !reflect.DeepEqual(c.Faults, want) {
		t.Errorf("faults are %+v, want %+v", c.Faults, want)
	}
	for name, pair := range map[string][2]any{
		"lost":          {*c.LostAcknowledged, int64(3)},
		"lost bytes":    {*c.LostBytes, int64(77)},
		"repeated":      {*c.DoubleCounted, int64(2)},
		"visible":       {*c.Overshoot.Visible, int64(40)},
		"first success": {*c.FirstSuccessMS, 1_001.0 - 500}, // at 1000 ms, although answers came until 600 ms
		"recovery":      {*c.RecoveryMS, 1_251.0 - 500},     // after the one at 1200 ms
		"availability":  {*c.Availability, 31.0 / 40},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
		}
	}
	encodes(t, c)
}

func TestTimeline(t *testing.T) {
	h := failedOver()
	h.Ops[0].Ret += 2_100 * ms // in the ninth bin, behind the end of the load
	got := metrics.Cell(h, check.Report{Verdict: check.Valid}).Timeline
	want := &result.Timeline{
		BinMS:   250,
		Allowed: []int64{5, 5, 2, 0, 4, 5, 0, 0, 0},
		Denied:  []int64{0, 0, 0, 0, 0, 0, 5, 5, 0},
		Failed:  []int64{0, 0, 0, 0, 1, 0, 0, 0, 0},
		Unknown: []int64{0, 0, 3, 5, 0, 0, 0, 0, 0},
		// The first one is admitted when it is answered.
		Admitted: []int64{8, 10, 4, 0, 8, 10, 0, 0, 2},
		P50MS:    []float64{1, 1, 500, 500, 1, 1, 1, 1, 0},
		MaxMS:    []float64{2_101, 1, 500, 500, 1, 1, 1, 1, 0},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("timeline is %+v, want %+v", got, want)
	}
	h.Ops[0].Ret = 1 << 60
	if got := metrics.Cell(h, check.Report{Verdict: check.Unknown}).Timeline; got != nil {
		t.Errorf("a damaged history has a timeline of %d bins", len(got.Allowed))
	}
}

// What a fault did not do, or nobody could know, is no number.
func TestCellUnderFaultWithoutKnowledge(t *testing.T) {
	h := failedOver()
	h.Trial.Roles.LostBytes = -1
	h.Trial.Faults[0].HealedNS = h.Trial.Load.EndNS + 1
	for i := range h.Ops {
		if h.Ops[i].Intended > h.Trial.Faults[0].BeganNS {
			h.Ops[i].Outcome = algorithms.Failed
		}
	}
	c := metrics.Cell(h, check.Report{Verdict: check.Valid})
	if c.LostAcknowledged != nil || c.LostBytes != nil || c.DoubleCounted != nil || c.FirstSuccessMS != nil || c.RecoveryMS != nil || c.Faults[0].UntilMS != nil {
		t.Errorf("lost %v, %v bytes, repeated %v, first success %v, recovery %v, until %v, want null",
			c.LostAcknowledged, c.LostBytes, c.DoubleCounted, c.FirstSuccessMS, c.RecoveryMS, c.Faults[0].UntilMS)
	}
	encodes(t, c)
	h.Trial.Faults = nil
	if c := metrics.Cell(h, check.Report{Verdict: check.Valid}); c.Timeline != nil || c.LostBytes != nil || len(c.Faults) > 0 {
		t.Errorf("without a fault: timeline %v, lost bytes %v, faults %v", c.Timeline, c.LostBytes, c.Faults)
	}
}

// A client of which every request was answered in time had nothing to recover from.
func TestRecoveryWithoutFailures(t *testing.T) {
	h := failedOver()
	for i := range h.Ops {
		h.Ops[i].Outcome, h.Ops[i].Ret = algorithms.Allowed, h.Ops[i].Inv+ms
	}
	c := metrics.Cell(h, check.Report{Verdict: check.Valid})
	if *c.FirstSuccessMS != 0 || *c.RecoveryMS != 0 {
		t.Errorf("first success after %v ms, recovery after %v ms, want 0", *c.FirstSuccessMS, *c.RecoveryMS)
	}
}

// An answer that comes when nobody waits for it any more is none, as with availability: a
// client that keeps its users waiting was not there for them, although it failed nobody.
func TestRecoveryFromLateAnswers(t *testing.T) {
	for _, c := range []struct {
		late                time.Duration
		first, lasting, out float64
	}{
		{100 * time.Millisecond, 0, 0, 0},
		{101 * time.Millisecond, 1_001 - 500, 1_251 - 500, 9}, // until 1000 ms, and at 1200 ms
	} {
		h := failedOver()
		for i := range h.Ops {
			if o := &h.Ops[i]; o.Outcome == algorithms.Unknown || o.Outcome == algorithms.Failed {
				o.Outcome, o.Ret = algorithms.Allowed, o.Intended+int64(c.late)
			}
		}
		cell := metrics.Cell(h, check.Report{Verdict: check.Valid})
		if *cell.FirstSuccessMS != c.first || *cell.RecoveryMS != c.lasting || *cell.Availability != (40-c.out)/40 || cell.Noticed != nil {
			t.Errorf("answers after %s: first success after %v ms, recovery after %v ms, availability %v, noticed %+v",
				c.late, *cell.FirstSuccessMS, *cell.RecoveryMS, *cell.Availability, cell.Noticed)
		}
		encodes(t, cell)
	}
}

// A late answer after the fault was undone is no way back from it that failed.
func TestRecoveryIsFromTheFault(t *testing.T) {
	for _, c := range []struct {
		at   int64 // ms
		want float64
	}{{1_450, 1_501 - 500}, {1_500, 0}} {
		h := failedOver()
		for i := range h.Ops {
			o := &h.Ops[i]
			o.Outcome, o.Ret = algorithms.Allowed, o.Inv+ms
			if o.Intended == h.Trial.Load.StartNS+c.at*ms {
				o.Ret = o.Inv + 150*ms
			}
		}
		if got := metrics.Cell(h, check.Report{Verdict: check.Valid}).RecoveryMS; *got != c.want {
			t.Errorf("late at %d ms: recovery after %v ms, want %v", c.at, *got, c.want)
		}
	}
}

// Detection is the client's work: neither the pause between two requests counts, nor what
// a request waited before the fault.
func TestDetection(t *testing.T) {
	const start = 1_000 * ms
	type op struct{ at, until int64 } // ms
	for _, c := range []struct {
		name string
		lost []op
		want float64
	}{
		{"the first after the fault", []op{{600, 1_100}, {650, 1_150}}, 500},
		{"a later one that fails sooner", []op{{600, 1_100}, {650, 660}}, 60},
		{"one in flight", []op{{450, 700}}, 200},
		{"one that ended before", []op{{440, 490}, {600, 625}}, 25},
		{"the slower of two faults", []op{{600, 610}, {1_600, 1_630}}, 30},
		{"one in flight under the fault before", []op{{600, 1_550}, {1_600, 1_630}}, 950},
		{"one in flight after the fault before", []op{{1_450, 1_550}}, 50},
	} {
		h := failedOver()
		h.Trial.Faults = []history.Fault{{Name: "keys", BeganNS: start + 500*ms, EffectNS: start + 800*ms, HealedNS: start + 800*ms},
			{Name: "keys", BeganNS: start + 1_500*ms, EffectNS: start + 1_800*ms, HealedNS: start + 1_800*ms}}
		h.Ops = nil
		for _, o := range c.lost {
			h.Ops = append(h.Ops, history.Op{Intended: start + o.at*ms, Inv: start + o.at*ms, Ret: start + o.until*ms, Cost: 1, Outcome: algorithms.Unknown, Symptom: drivers.Timeout})
		}
		if n := metrics.Cell(h, check.Report{Verdict: check.Valid}).Noticed; n == nil || n.DetectMS == nil || *n.DetectMS != c.want {
			t.Errorf("%s: noticed %+v, want %v ms", c.name, n, c.want)
		}
	}
}

// An expected overshoot is as expected up to the bound that the scenario states.
func TestOvershootBeyondItsBound(t *testing.T) {
	for _, c := range []struct {
		most       float64
		expected   string
		bound      *int64
		asExpected bool
	}{
		{0, "invalid", nil, true},
		{1.5, "invalid", new(int64(75)), true},
		{0.999, "invalid", new(int64(49)), false},
		{0.999, "any", new(int64(49)), false},
		{1, "valid", new(int64(50)), false},
	} {
		h := failedOver()
		h.Trial.Most, h.Trial.Expected = c.most, c.expected
		cell := metrics.Cell(h, check.Report{Verdict: check.Invalid, Findings: []check.Finding{
			{Verdict: check.Invalid, Reason: "much", Overshoot: &check.Overshoot{Certain: 50, Possible: 50, Attribution: "lost writes"}},
		}})
		if !reflect.DeepEqual(cell.Overshoot.Bound, c.bound) || cell.AsExpected != c.asExpected || cell.Overshoot.Attribution != "lost writes" {
			t.Errorf("%+v: overshoot %+v, as expected %t", c, cell.Overshoot, cell.AsExpected)
		}
		beyond := strings.HasPrefix(cell.Reasons[len(cell.Reasons)-1], "50 were admitted beyond the contract, and the scenario expects 49")
		if beyond != (c.most == 0.999) {
			t.Errorf("%+v: reasons %q", c, cell.Reasons)
		}
		encodes(t, cell)
	}
}

// Who decided makes the difference: a denial that rests on nothing is no answer, and a
// limiter whose policy answers has not come back.
func TestCellUnderAPolicy(t *testing.T) {
	for _, c := range []struct {
		outcome      algorithms.Outcome
		counts       bool
		availability float64
	}{
		{algorithms.Denied, false, 31.0 / 40},
		{algorithms.Denied, true, 1},
		{algorithms.Allowed, false, 1},
	} {
		h := failedOver()
		h.Trial.Cell.Policy, h.Trial.Policy = "fail-safe", &history.Policy{Times: 2, Counts: c.counts}
		for i := range h.Ops {
			if o := &h.Ops[i]; o.Outcome == algorithms.Unknown || o.Outcome == algorithms.Failed {
				o.By, o.Outcome, o.Ret = algorithms.Unasked, c.outcome, o.Inv+ms
			}
		}
		cell := metrics.Cell(h, check.Report{Verdict: check.Valid, Guarded: &check.Guarded{Excess: 25}})
		if *cell.Availability != c.availability || *cell.RecoveryMS != 1_251.0-500 || *cell.Noticed.DetectMS != 601-600 {
			t.Errorf("%+v: availability %v, recovery %v ms, noticed after %v ms", c, *cell.Availability, *cell.RecoveryMS, *cell.Noticed.DetectMS)
		}
		b := cell.ByPolicy
		if b.Allowed+b.Denied != 9 || b.Unasked != 9 || *b.Times != 2 || b.Overshoot != 25 || b.Ratio != 0.5 || cell.Policy != "fail-safe" || !cell.AsExpected {
			t.Errorf("%+v: by the policy %+v, as expected %t", c, b, cell.AsExpected)
		}
		encodes(t, cell)
	}
	h := failedOver()
	h.Trial.Policy = &history.Policy{Times: 2}
	if c := metrics.Cell(h, check.Report{Verdict: check.Valid, Guarded: &check.Guarded{Excess: 25, Beyond: 1}}); c.AsExpected {
		t.Error("a policy that breaks its bound is as expected")
	}
}

// Errors say what they were, where they were recorded.
func TestErrorsAreCounted(t *testing.T) {
	h := failedOver()
	if c := metrics.Cell(h, check.Report{Verdict: check.Valid}); c.Noticed != nil {
		t.Errorf("a record without errors has %+v", c.Noticed)
	}
	for i := range h.Ops {
		switch h.Ops[i].Outcome {
		case algorithms.Unknown:
			h.Ops[i].Symptom = drivers.Timeout
		case algorithms.Failed:
			h.Ops[i].Symptom = drivers.Refused
		}
	}
	c := metrics.Cell(h, check.Report{Verdict: check.Valid})
	if want := map[string]int64{"timeout": 8, "refused": 1}; !reflect.DeepEqual(c.Noticed.Errors, want) {
		t.Errorf("errors are %v, want %v", c.Noticed.Errors, want)
	}
	encodes(t, c)
}
