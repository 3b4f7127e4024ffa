package check

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// TestOpenedAgainstDefinition compares the single pass over a key with the plain
// definition: early_j, late_j, and every pair of windows.
func TestOpenedAgainstDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	exceeded := 0
	for range 300 {
		h := crowded(rng, algorithms.Window, 10+rng.IntN(200))
		for i := range h.Ops {
			shift := int64(i/20) * int64(i%2*25) * int64(time.Millisecond) / 20
			h.Ops[i].Inv, h.Ops[i].Ret = h.Ops[i].Inv*20, h.Ops[i].Inv*20+h.Ops[i].Ret-h.Ops[i].Inv+shift
		}
		new(desk).eachKey(h, charged, func(k *keyOps) {
			got, want := openedWindow(k, h.Trial.Contract).cost(), openedByDefinition(k, h.Trial.Contract)
			// Counting exactly afterwards may find more than the pass that chose the interval.
			if got < want || want == 0 && got != 0 {
				t.Errorf("excess %d, want %d", got, want)
			}
			if want > 0 {
				exceeded++
			}
		})
	}
	if exceeded < 100 || exceeded > 290 {
		t.Errorf("%d of 300 histories exceed their contract: too few of one kind", exceeded)
	}
}

// openedByDefinition is the largest excess of cost{ret < early_j + short} -
// cost{inv < late_i-1 + long} over all i <= j since a fresh start.
func openedByDefinition(k *keyOps, c algorithms.Contract) (most int64) {
	s := slackOf(c)
	starts := []int64{k.origin()} // late_i-1 + long
	windows := int64(0)
	total := k.cost(allowed)
	for at, ended := k.origin(), int64(0); ended < total; {
		early := firstCovered(k, at)
		if early == forever {
			return most
		}
		if windows++; early-lastReturn(k, early) >= s.long {
			starts, windows = []int64{early}, 1
		}
		if int64(len(starts)) < windows {
			starts = append(starts, firstAdmitted(k, starts[len(starts)-1])+s.long)
		}
		ended = k.sum(func(s2 *span) bool { return s2.ret < early+s.short })
		for i, start := range starts {
			before := k.sum(func(s2 *span) bool { return s2.inv < start })
			most = max(most, ended-before-(windows-int64(i))*c.Limit.L)
		}
		at = early + s.short
	}
	return most
}

// sum adds up the cost of the allowed spans that match.
func (k *keyOps) sum(match func(*span) bool) (cost int64) {
	for i := range k.spans {
		if s := &k.spans[i]; s.outcome == algorithms.Allowed && match(s) {
			cost += int64(s.cost)
		}
	}
	return cost
}

func firstCovered(k *keyOps, at int64) int64 {
	first := int64(forever)
	for _, s := range k.spans {
		if s.ret >= at {
			first = min(first, max(at, s.inv))
		}
	}
	return first
}

// lastReturn is the last ret of the spans invoked before an instant.
func lastReturn(k *keyOps, at int64) (last int64) {
	for _, s := range k.spans {
		if s.inv < at {
			last = max(last, s.ret)
		}
	}
	return last
}

func firstAdmitted(k *keyOps, since int64) int64 {
	first := int64(forever)
	for _, s := range k.spans {
		if s.outcome == algorithms.Allowed && s.inv >= since {
			first = min(first, s.ret)
		}
	}
	return first
}

// TestIdleTimeRestarts: each burst holds one window or two, so that after a few of
// them nothing would be known about the next, were it not for the idle times.
func TestIdleTimeRestarts(t *testing.T) {
	var at []int64
	for burst := range int64(2000) {
		at = append(at, burst*350, burst*350+100)
	}
	if f := new(desk).overshoot(admitted(algorithms.Window, 2, at...)); f.Verdict != Valid {
		t.Fatalf("two in one window or two: %+v", f)
	}
	last := at[len(at)-1] + 300
	if f := new(desk).overshoot(admitted(algorithms.Window, 2, append(at, last, last+20, last+90)...)); f.Overshoot.Certain != 1 {
		t.Errorf("three in the last window: %+v", f)
	}
}
