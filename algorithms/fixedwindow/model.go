package fixedwindow

import (
	"math"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// model is the open window: the cost counted in it and its last millisecond.
// Zero is never used.
type model struct {
	limit    algorithms.Limit
	deadline int64 // milliseconds, as PEXPIRETIME reports it
	count    int64
}

// endless is the deadline of a counter without a time to live: what naive leaves
// behind if its client dies between INCRBY and PEXPIRE.
const endless = math.MaxInt64 / 1000

// Step implements algorithms.Model.
func (m model) Step(at algorithms.Instant, n int64) (algorithms.Model, algorithms.Decision) {
	return m.step(at, n)
}

func (m model) step(at algorithms.Instant, n int64) (model, algorithms.Decision) {
	l := m.limit
	if at.Milli() > m.deadline {
		m = model{limit: l}
	}
	d := algorithms.Decision{Limit: l.L, At: at}
	switch {
	case n > l.L:
		d.RetryAfter = algorithms.Never
	case m.count+n > l.L:
		d.RetryAfter = m.Forget(at)
	default:
		d.Allowed = true
		if m.count == 0 {
			m.deadline = at.Milli() + l.W.Milliseconds()
		}
		m.count += n
	}
	d.Remaining = max(0, l.L-m.count)
	d.ResetAfter = m.Forget(at)
	d.ResetAt = algorithms.Instant(m.deadline * 1000)
	return m, d
}

// Envelope implements algorithms.Model.
//
// Two windows open at least W + 1 ms apart by the millisecond clock. An interval
// that sees k of them whole starts, at best, in the last microsecond of the
// first one's opening millisecond. One that starts in the last microsecond of a
// window misses only the request that opened it, which costs at least 1.
func (m model) Envelope(d time.Duration) int64 {
	us, period := d.Microseconds(), m.limit.W.Microseconds()+1000
	whole := 1 + (us+999)/period
	cut := int64(1)
	if us > 0 {
		cut = 2 + (us-1)/period
	}
	return max(whole*m.limit.L, cut*m.limit.L-1)
}

// Forget implements algorithms.Model: the state matters until the counter has
// expired.
func (m model) Forget(at algorithms.Instant) time.Duration {
	switch {
	case m.deadline == endless:
		return algorithms.Never
	case at.Milli() > m.deadline:
		return 0
	}
	return algorithms.Expiry(m.deadline).Sub(at)
}
