package check

import (
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// TestUnderGranted: a limiter that lets through half of what it owes, all the time.
func TestUnderGranted(t *testing.T) {
	for _, kind := range judgedKinds {
		full := contractOf(kind, overload.limit)
		half := load{algorithms.NewLimit(overload.limit.L/2, overload.limit.W), overload.count, 20}
		h := simulate(kind, half, turn.honest)
		if f := new(desk).underGranted(h); f.Verdict != Valid {
			t.Errorf("%s: half the limit is starved by half the limit: %+v", kind, f)
		}
		h.Trial.Contract = full
		if f := new(desk).underGranted(h); f.Verdict != Invalid || !strings.Contains(f.Reason, "in phase sustained") {
			t.Errorf("%s: half the limit is enough: %+v", kind, f)
		}
	}
}

// denial is one of a cost in ms.
type denial struct{ inv, ret, cost int64 }

// TestOwed: what denials prove to have been granted, by hand. The limit is 100 in
// 100 ms, the burst 100, and the phase lasts from 0 to 20 s.
func TestOwed(t *testing.T) {
	for _, c := range []struct {
		name    string
		kind    algorithms.Kind
		denials []denial
		want    int64
	}{
		{"no denials", algorithms.Log, nil, 0},
		{"too early in the phase", algorithms.Log, []denial{{100, 100, 1}}, 0},
		{"one", algorithms.Log, []denial{{101, 101, 1}}, 100},
		{"one of cost 10", algorithms.Log, []denial{{101, 101, 10}}, 91},
		{"two of the same window", algorithms.Log, []denial{{101, 101, 1}, {201, 201, 1}}, 100},
		{"two of different windows", algorithms.Log, []denial{{101, 101, 1}, {202, 202, 1}}, 200},
		{"two, perhaps of the same window", algorithms.Log, []denial{{101, 102, 1}, {202, 202, 1}}, 100},
		{"after the phase", algorithms.Log, []denial{{19_999, 20_001, 1}}, 0},
		{"more than there ever is", algorithms.Log, []denial{{200, 200, 101}}, 0},
		{"an empty bucket", algorithms.Bucket, []denial{{10, 10, 1}}, 0},
		{"empty twice", algorithms.Bucket, []denial{{10, 10, 1}, {61, 61, 1}}, 49}, // 51 less 300 ppm, less 1
		{"empty for sure from ret to inv only", algorithms.Bucket, []denial{{10, 15, 1}, {61, 66, 1}}, 44},
		{"room for 29 may be left", algorithms.Bucket, []denial{{10, 10, 1}, {61, 61, 30}}, 20},
		{"full in between", algorithms.Bucket, []denial{{10, 10, 1}, {110, 110, 1}}, 0},
		{"full for the first's cost in between", algorithms.Bucket, []denial{{10, 10, 50}, {61, 61, 1}}, 0},
		{"two runs", algorithms.Bucket, []denial{{10, 10, 1}, {61, 61, 1}, {1000, 1000, 1}, {1051, 1051, 1}}, 98},
		{"slow clock", algorithms.Bucket, every50(10, 10_060), 10_045}, // 10,050 less 300 ppm is 10,046.98
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &history.History{Trial: trialOf(contractOf(c.kind, algorithms.NewLimit(100, 100*time.Millisecond)), 1)}
			for _, d := range c.denials {
				h.Ops = append(h.Ops, history.Op{Inv: d.inv * 1e6, Ret: d.ret * 1e6, Cost: int32(d.cost), Outcome: algorithms.Denied})
			}
			var got int64
			new(desk).eachKey(h, charged|denied, func(k *keyOps) { got = k.owed(h.Trial.Contract, history.Phase{ToNS: 20e9}) })
			if got != c.want {
				t.Errorf("owed %d, want %d", got, c.want)
			}
		})
	}
}

// every50 is a denial of cost 1 each 50 ms.
func every50(from, to int64) (list []denial) {
	for ms := from; ms <= to; ms += 50 {
		list = append(list, denial{ms, ms, 1})
	}
	return list
}
