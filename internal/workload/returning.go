package workload

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Returning is users who come, ask for a little more than the limit, go, and come back
// after a while, as long as the load lasts: each has a key and a gap of its own. The rate
// is that of the requests of one visit.
type Returning struct {
	// Gaps are from the beginning of one visit of a user to that of the next. A gap that
	// is shorter than a visit begins the next when the last is over.
	Gaps func(algorithms.Limit) []time.Duration
}

// Length implements Workload.
func (Returning) Length(p Plan) time.Duration { return p.Duration }

// Expected implements Workload.
func (w Returning) Expected(p Plan) (n float64) {
	for _, gap := range w.Gaps(p.Limit) {
		visits := 1 + p.Duration.Seconds()/max(gap, w.visit(p)).Seconds()
		n += min(visits*float64(w.requests(p)), 1+p.Rate*p.Duration.Seconds())
	}
	return n
}

// requests of a visit: some more than the limit lets through at once.
func (Returning) requests(p Plan) int {
	n := p.requests(float64(p.most()))
	return n + n/10 + 1
}

// visit is how long one takes.
func (w Returning) visit(p Plan) time.Duration {
	return max(1, time.Duration(float64(w.requests(p))/p.Rate*float64(time.Second)))
}

// Arrivals implements Workload. The first visits are spread over the length of one by
// chance, so that users do not all come at the same instant.
func (w Returning) Arrivals(p Plan, rng *rand.Rand) Schedule {
	gaps, visit := w.Gaps(p.Limit), w.visit(p)
	s := Schedule{Keys: len(gaps), Length: p.Duration, Phases: []Phase{{Name: "returning", To: p.Duration}}}
	for key, gap := range gaps {
		for at := time.Duration(rng.Int64N(int64(visit))); at < p.Duration; at += max(gap, visit) {
			s.Arrivals = w.visits(s.Arrivals, p, rng, at, int32(key))
		}
	}
	slices.SortStableFunc(s.Arrivals, func(a, b Arrival) int { return cmp.Compare(a.At, b.At) })
	return s
}

// visits appends one visit of a user.
func (w Returning) visits(out []Arrival, p Plan, rng *rand.Rand, at time.Duration, key int32) []Arrival {
	for i := range w.requests(p) {
		if t := at + time.Duration(float64(i)/p.Rate*float64(time.Second)); t < p.Duration {
			out = append(out, Arrival{At: t, Key: key, Cost: p.cost(rng)})
		}
	}
	return out
}
