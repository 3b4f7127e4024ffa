package workload

import (
	"math/rand/v2"
	"time"
)

// Paced is a Poisson stream over uniformly chosen keys: independent users, as a
// service meets them far below saturation.
type Paced struct{ Keys int }

// Length implements Workload.
func (Paced) Length(p Plan) time.Duration { return p.Duration }

// Expected implements Workload.
func (Paced) Expected(p Plan) float64 { return p.Rate * p.Duration.Seconds() }

// Arrivals implements Workload.
func (w Paced) Arrivals(p Plan, rng *rand.Rand) Schedule {
	s := Schedule{Keys: w.Keys, Length: p.Duration, Phases: []Phase{{Name: "paced", To: p.Duration}}}
	s.Arrivals = poisson(nil, p, rng, w.Keys, 0, p.Duration)
	return s
}

// poisson appends a Poisson stream of rate p.Rate in [from, to).
func poisson(out []Arrival, p Plan, rng *rand.Rand, keys int, from, to time.Duration) []Arrival {
	gap := float64(time.Second) / p.Rate
	for at := float64(from) + rng.ExpFloat64()*gap; at < float64(to); at += rng.ExpFloat64() * gap {
		out = append(out, Arrival{At: time.Duration(at), Key: rng.Int32N(int32(keys)), Cost: p.cost(rng)})
	}
	return out
}
