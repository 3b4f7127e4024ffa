package workload

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// FuzzPlan: a plan is refused in one line, or its schedule is in order, within its
// bounds, and the same every time.
func FuzzPlan(f *testing.F) {
	f.Add(int64(50), int64(50), int64(250), int64(2*time.Second), 2000.0, int32(1), uint64(1))
	f.Add(int64(1), int64(1), int64(1), int64(1), 1e6, int32(1<<31-1), uint64(2))
	f.Add(int64(1), int64(1), int64(1)<<42, int64(1)<<62, 1e-9, int32(-1), uint64(3))
	f.Add(int64(9000), int64(1), int64(1), int64(time.Second), 100.0, int32(10), uint64(4))
	f.Fuzz(func(t *testing.T, limit, burst, windowMS, duration int64, rate float64, cost int32, seed uint64) {
		if windowMS < 0 || windowMS > int64(1<<63-1)/int64(time.Millisecond) {
			return
		}
		p := Plan{Limit: algorithms.Limit{L: limit, B: burst, W: time.Duration(windowMS) * time.Millisecond}, Duration: time.Duration(duration), Rate: rate, MaxCost: cost}
		for name, w := range map[string]Workload{"paced": Paced{Keys: 1 + int(seed%100)}, "bursts": Bursts{}, "rush": Rush{}, "storm": Storm{First: 500}, "returning": Returning{Gaps: halves}} {
			if err := p.Validate(w); err != nil {
				if strings.ContainsAny(err.Error(), "\r\n") {
					t.Errorf("%s: not one line: %q", name, err)
				}
				continue
			}
			if w.Length(p) <= 0 {
				t.Fatalf("%s: %+v lasts %s", name, p, w.Length(p))
			}
			if w.Expected(p) > 50_000 {
				continue // would take too long for a fuzzer
			}
			s := w.Arrivals(p, NewRand(seed, name))
			if !reflect.DeepEqual(s, w.Arrivals(p, NewRand(seed, name))) {
				t.Fatalf("%s: planned differently the second time", name)
			}
			if s.Length != w.Length(p) || !slices.IsSortedFunc(s.Arrivals, func(a, b Arrival) int { return int(a.At - b.At) }) {
				t.Fatalf("%s: not in order, or %s long and not %s", name, s.Length, w.Length(p))
			}
			if n := float64(len(s.Arrivals)); n > 100+2*w.Expected(p) {
				t.Fatalf("%s: %g arrivals, expected were %g", name, n, w.Expected(p))
			}
			for _, a := range s.Arrivals {
				if a.At < 0 || a.At > s.Length || a.Cost < 1 || a.Cost > max(1, p.MaxCost) || a.Key < 0 || int(a.Key) >= s.Keys {
					t.Fatalf("%s: arrival %+v is outside of the plan", name, a)
				}
			}
			checkPhases(t, s)
		}
	})
}
