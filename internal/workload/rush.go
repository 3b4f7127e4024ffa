package workload

import (
	"math/rand/v2"
	"time"
)

// Rush is Bursts without its idle gaps: a burst on a fresh key, then sustained excess
// with a lull and a burst now and then. A limiter has no room that goes unused, so
// that what several admit together can be compared with what one may. The round is
// repeated while it fits into the duration; there is always at least one.
type Rush struct{}

func (b *period) rush() {
	b.crowd()
	b.sustain()
}

// rounds is how often a round is played that takes so long.
func (Rush) rounds(p Plan, length time.Duration) int64 { return max(1, int64(p.Duration/length)) }

// silent plays one round without its arrivals.
func (Rush) silent(p Plan) period {
	b := period{Plan: p, silent: true, rng: NewRand(0, "")}
	b.rush()
	return b
}

// Length implements Workload.
func (w Rush) Length(p Plan) time.Duration {
	b := w.silent(p)
	return time.Duration(w.rounds(p, b.now)) * b.now
}

// Expected implements Workload.
func (w Rush) Expected(p Plan) float64 {
	b := w.silent(p)
	return float64(b.skipped)*float64(w.rounds(p, b.now)) + p.Rate*w.Length(p).Seconds()
}

// Arrivals implements Workload.
func (w Rush) Arrivals(p Plan, rng *rand.Rand) Schedule {
	b := period{Plan: p, rng: rng, out: Schedule{Keys: 1}}
	for range w.rounds(p, w.silent(p).now) {
		b.rush()
	}
	b.out.Length = b.now
	return b.out
}
