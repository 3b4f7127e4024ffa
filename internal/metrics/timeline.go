package metrics

import (
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

const (
	// bin is the length of an interval of a timeline.
	bin = int64(250 * time.Millisecond)
	// maxBins is the longest timeline that is made, seven hours: no trial with a fault
	// lasts as long, and a damaged history must not take all memory.
	maxBins = 100_000
)

// timeline is nil for a trial that is too long. It goes on behind the end of the load
// until the last operation has returned.
func timeline(h *history.History) *result.Timeline {
	load := h.Trial.Load
	last := max(load.StartNS, load.EndNS-1)
	for i := range h.Ops {
		last = max(last, h.Ops[i].Intended, h.Ops[i].Ret)
	}
	n := (last-load.StartNS)/bin + 1
	if n < 1 || n > maxBins {
		return nil
	}
	t, waits := newTimeline(n), make([][]float64, n)
	for i := range h.Ops {
		o := &h.Ops[i]
		if o.Intended < load.StartNS {
			continue
		}
		at := (o.Intended - load.StartNS) / bin
		of := [...][]int64{algorithms.Allowed: t.Allowed, algorithms.Denied: t.Denied, algorithms.Failed: t.Failed, algorithms.Unknown: t.Unknown}
		of[o.Outcome][at]++
		waits[at] = append(waits[at], millis(o.Ret-o.Intended))
		if back := (o.Ret - load.StartNS) / bin; o.Outcome == algorithms.Allowed && back >= 0 {
			t.Admitted[back] += int64(o.Cost)
		}
	}
	for at, list := range waits {
		if slices.Sort(list); len(list) > 0 {
			t.P50MS[at], t.MaxMS[at] = list[(len(list)-1)/2], list[len(list)-1]
		}
	}
	return t
}

func newTimeline(n int64) *result.Timeline {
	return &result.Timeline{
		BinMS:   millis(bin),
		Allowed: make([]int64, n), Denied: make([]int64, n), Failed: make([]int64, n), Unknown: make([]int64, n),
		Admitted: make([]int64, n), P50MS: make([]float64, n), MaxMS: make([]float64, n),
	}
}
