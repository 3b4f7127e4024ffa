package algotest

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// limitChanged configures another limit while keys of the old one live: no cost
// that remains is negative or more than the limit, and no bucket holds more than
// it can.
func limitChanged(t *testing.T, a algorithms.Algorithm, tech algorithms.Technique, d drivers.Driver) {
	w := newWorld(t, d)
	for _, l := range []algorithms.Limit{algorithms.NewLimit(3, time.Hour), algorithms.NewLimit(31, time.Hour)} {
		for _, used := range []int64{1, 5, 10} {
			key := ids.next()
			w.allow(t, tech, algorithms.NewLimit(10, time.Hour), key, used)
			stored, err := a.Load(t.Context(), w.conn, l, key)
			if err != nil {
				t.Fatal(err)
			}
			got := w.allow(t, tech, l, key, l.L-1)
			_, want := stored.Model.Step(w.now, l.L-1)
			checkDecision(t, tech, got, want)
			if got.Remaining < 0 || got.Remaining > l.L {
				t.Errorf("of a limit of %d there remain %d", l.L, got.Remaining)
			}
		}
	}
}

// allow asks a new limiter.
func (w *world) allow(t *testing.T, tech algorithms.Technique, l algorithms.Limit, key string, n int64) algorithms.Decision {
	t.Helper()
	d, err := tech.New(w.conn, l, w.env()).Allow(t.Context(), key, n)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
