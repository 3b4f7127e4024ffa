package gcra

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// model is the TAT: us + r/L microseconds, 0 <= r < L. Zero is never used.
type model struct {
	limit algorithms.Limit
	us    algorithms.Instant
	r     int64
}

// debt is the credits (see algorithms.Limit.Credits) that are still to flow back
// at an instant: L for every microsecond until the TAT. The time is capped before
// it is multiplied: a TAT that is years ahead was written before the clock was set
// back, and must deny, not overflow.
func (m model) debt(at algorithms.Instant) int64 {
	if m.us < at {
		return 0
	}
	const most = 1 << 62
	return min(int64(m.us-at), most/m.limit.L)*m.limit.L + m.r
}

// Step implements algorithms.Model.
func (m model) Step(at algorithms.Instant, n int64) (algorithms.Model, algorithms.Decision) {
	return m.step(at, n)
}

func (m model) step(at algorithms.Instant, n int64) (model, algorithms.Decision) {
	l := m.limit
	debt := m.debt(at)
	if debt == 0 {
		m = model{limit: l}
	}
	d := algorithms.Decision{Limit: l.B, At: at}
	switch {
	case n > l.B:
		d.RetryAfter = algorithms.Never
	case debt+l.Credits(n) > l.Capacity():
		d.RetryAfter = l.TimeFor(debt + l.Credits(n) - l.Capacity())
	default:
		d.Allowed = true
		debt += l.Credits(n)
		m.us, m.r = at+algorithms.Instant(debt/l.L), debt%l.L
	}
	d.Remaining = max(0, l.Capacity()-debt) / l.Credits(1)
	d.ResetAfter = l.TimeFor(debt)
	return m, d
}

// Envelope implements algorithms.Model.
func (m model) Envelope(d time.Duration) int64 { return m.limit.BucketEnvelope(d) }

// Forget implements algorithms.Model: the state matters until the TAT.
func (m model) Forget(at algorithms.Instant) time.Duration { return m.limit.TimeFor(m.debt(at)) }
