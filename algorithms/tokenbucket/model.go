package tokenbucket

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// model is a bucket that held level credits (see algorithms.Limit.Credits) at an
// instant. A full bucket is the same at all times: at is 0 then, so that equal
// states are equal values.
type model struct {
	limit algorithms.Limit
	level int64
	at    algorithms.Instant
}

func full(l algorithms.Limit) model { return model{limit: l, level: l.Capacity()} }

// untilFull is the time from m.at until the bucket is full.
func (m model) untilFull() time.Duration { return m.limit.TimeFor(m.limit.Capacity() - m.level) }

// refilled brings m to an instant. The product is taken only of a time in which
// the bucket does not fill up, so it cannot overflow. A level stored under a higher
// burst is more than full, and untilFull of it negative.
func (m model) refilled(at algorithms.Instant) model {
	elapsed := at.Sub(m.at)
	switch {
	case elapsed >= m.untilFull():
		return full(m.limit)
	case elapsed > 0:
		m.level += elapsed.Microseconds() * m.limit.L
		m.at = at
	}
	return m
}

// Step implements algorithms.Model.
func (m model) Step(at algorithms.Instant, n int64) (algorithms.Model, algorithms.Decision) {
	return m.step(at, n)
}

func (m model) step(at algorithms.Instant, n int64) (model, algorithms.Decision) {
	l := m.limit
	m = m.refilled(at)
	d := algorithms.Decision{Limit: l.B, At: at}
	switch {
	case n > l.B:
		d.RetryAfter = algorithms.Never
	case l.Credits(n) > m.level:
		d.RetryAfter = l.TimeFor(l.Credits(n) - m.level)
	default:
		d.Allowed = true
		m.level -= l.Credits(n)
		m.at = max(m.at, at)
	}
	d.Remaining = m.level / l.Credits(1)
	d.ResetAfter = m.untilFull()
	return m, d
}

// Envelope implements algorithms.Model.
func (m model) Envelope(d time.Duration) int64 { return m.limit.BucketEnvelope(d) }

// Forget implements algorithms.Model: the state matters until the bucket is full.
func (m model) Forget(at algorithms.Instant) time.Duration { return m.refilled(at).untilFull() }
