package algotest

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// clockSetBack sets the clock back while a limiter is in use. A contract says
// nothing of such a time, but a limiter that starts anew, refills twice or
// overflows gives away a limit whenever a clock is corrected or a node with a
// slow clock takes over.
func clockSetBack(t *testing.T, a algorithms.Algorithm, tech algorithms.Technique, d drivers.Driver) {
	w := newWorld(t, d)
	for _, l := range []algorithms.Limit{
		algorithms.NewLimit(2, time.Hour),
		algorithms.NewLimit(9000, 3*time.Millisecond), // more than one per microsecond
	} {
		for _, back := range []time.Duration{time.Microsecond, l.W / 2, 40 * 365 * 24 * time.Hour} {
			w.setBack(t, a.Model(l), tech.New(w.conn, l, w.env()), l, back)
		}
	}
}

// setBack takes half of a limit, the other half by a clock that was set back, and
// asks for more: then, and when the clock is where it was, unless that is so far
// that it ends the life of the key.
func (w *world) setBack(t *testing.T, unused algorithms.Model, limiter algorithms.Limiter, l algorithms.Limit, back time.Duration) {
	t.Helper()
	start, key, total := w.now, ids.next(), int64(0)
	ask := func(at algorithms.Instant, n int64) {
		w.set(at)
		d, err := limiter.Allow(t.Context(), key, n)
		if err != nil {
			t.Fatal(err)
		}
		if d.Allowed {
			total += n
		}
	}
	ask(start, l.L/2)
	ask(start.Add(-back), l.L-l.L/2)
	ask(start.Add(-back), 1)
	if back < l.W {
		ask(start, 1)
	}
	if total > l.L {
		t.Errorf("limit %d, clock set back by %s: %d admitted", l.L, back, total)
	}
	used, _ := unused.Step(start, l.L)
	total = 0
	ask(start.Add(2*used.Forget(start)), l.L)
	if total != l.L {
		t.Errorf("limit %d, clock set back by %s: not free again when the clock has gone on", l.L, back)
	}
}
