package slidinglog

import (
	"encoding/binary"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// model is the log: the admitted costs, oldest first. Zero is never used.
//
// The entries are pairs of an instant and the cost admitted at it, 8 bytes each,
// in a string: models must be comparable, and a string of the same entries is
// the same value. Dropping old entries is a substring and copies nothing.
type model struct {
	limit   algorithms.Limit
	entries string
	count   int64 // sum of the costs
}

const pairSize = 16

// entry returns the pair at a byte offset.
func (m model) entry(offset int) (algorithms.Instant, int64) {
	return algorithms.Instant(number(m.entries[offset:])), number(m.entries[offset+8:])
}

// number reads 8 bytes, most significant first.
func number(s string) (v int64) {
	for i := range 8 {
		v = v<<8 | int64(s[i])
	}
	return v
}

// add returns m with a cost at an instant not before its newest. Costs of one
// instant are one pair, so that equal logs are equal strings.
func (m model) add(at algorithms.Instant, n int64) model {
	m.count += n
	kept := m.entries
	if newest, cost := m.newest(); cost > 0 && newest == at {
		kept, n = kept[:len(kept)-pairSize], n+cost
	}
	var pair [pairSize]byte
	binary.BigEndian.PutUint64(pair[:], uint64(at))
	binary.BigEndian.PutUint64(pair[8:], uint64(n))
	m.entries = kept + string(pair[:])
	return m
}

// newest returns the last pair; its cost is 0 if the log is empty.
func (m model) newest() (algorithms.Instant, int64) {
	if m.entries == "" {
		return 0, 0
	}
	return m.entry(len(m.entries) - pairSize)
}

// trimmed returns m without the entries that no longer count: those at or before
// at - W.
func (m model) trimmed(at algorithms.Instant) model {
	for m.entries != "" {
		oldest, cost := m.entry(0)
		if oldest > at.Add(-m.limit.W) {
			break
		}
		m.entries, m.count = m.entries[pairSize:], m.count-cost
	}
	return m
}

// freed is the instant at which entries of that cost in total no longer count.
func (m model) freed(cost int64) algorithms.Instant {
	for offset := 0; ; offset += pairSize {
		at, n := m.entry(offset)
		if cost -= n; cost <= 0 {
			return at.Add(m.limit.W)
		}
	}
}

// Step implements algorithms.Model.
func (m model) Step(at algorithms.Instant, n int64) (algorithms.Model, algorithms.Decision) {
	l := m.limit
	m = m.trimmed(at)
	d := algorithms.Decision{Limit: l.L, At: at}
	switch {
	case n > l.L:
		d.RetryAfter = algorithms.Never
	case m.count+n > l.L:
		d.RetryAfter = m.freed(m.count + n - l.L).Sub(at)
	default:
		d.Allowed = true
		m = m.add(at, n)
	}
	d.Remaining = max(0, l.L-m.count)
	d.ResetAfter = m.Forget(at)
	return m, d
}

// Envelope implements algorithms.Model: L in the instants s, s + W, s + 2W, ...
// of a closed interval.
func (m model) Envelope(d time.Duration) int64 { return (1 + int64(d/m.limit.W)) * m.limit.L }

// Forget implements algorithms.Model: the state matters until the newest entry
// no longer counts.
func (m model) Forget(at algorithms.Instant) time.Duration {
	newest, cost := m.newest()
	if cost == 0 {
		return 0
	}
	return max(0, newest.Add(m.limit.W).Sub(at))
}
