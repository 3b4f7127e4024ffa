package workload

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// halves are the gaps of two users: half a window and one that is shorter than any visit.
func halves(l algorithms.Limit) []time.Duration { return []time.Duration{l.W / 2, 1} }

// Every user comes back after the gap, to the nanosecond, and asks for more than the limit.
func TestUsersReturn(t *testing.T) {
	p := Plan{Limit: algorithms.NewLimit(10, time.Second), Duration: 3 * time.Second, Rate: 100, MaxCost: 1}
	s := Returning{Gaps: halves}.Arrivals(p, NewRand(1, "returning"))
	byKey := map[int32][]time.Duration{}
	for _, a := range s.Arrivals {
		byKey[a.Key] = append(byKey[a.Key], a.At)
	}
	const each = 12 // requests of a visit, 10 ms apart
	for key, gap := range []time.Duration{500 * time.Millisecond, each * 10 * time.Millisecond} {
		at := byKey[int32(key)]
		for i := range at {
			switch {
			case i%each == 0 && i > 0 && at[i]-at[i-each] != gap:
				t.Errorf("user %d returned after %s, want %s", key, at[i]-at[i-each], gap)
			case i%each > 0 && at[i]-at[i-1] != 10*time.Millisecond:
				t.Errorf("user %d asks again after %s", key, at[i]-at[i-1])
			}
		}
		if visits := int(p.Duration / gap); len(at) < (visits-1)*each {
			t.Errorf("user %d asked %d times, want %d visits of %d", key, len(at), visits, each)
		}
	}
}
