package workload

import (
	"math/rand/v2"
	"time"
)

// Storm is many requests at the same instant, the first, and then a Poisson stream. All
// are on one key.
type Storm struct{ First int }

// Length implements Workload.
func (Storm) Length(p Plan) time.Duration { return p.Duration }

// Expected implements Workload.
func (w Storm) Expected(p Plan) float64 { return float64(w.First) + p.Rate*p.Duration.Seconds() }

// Arrivals implements Workload.
func (w Storm) Arrivals(p Plan, rng *rand.Rand) Schedule {
	s := Schedule{Keys: 1, Length: p.Duration, Phases: []Phase{{Name: "storm", To: p.Duration}}}
	for range w.First {
		s.Arrivals = append(s.Arrivals, Arrival{Cost: p.cost(rng)})
	}
	s.Arrivals = poisson(s.Arrivals, p, rng, 1, 0, p.Duration)
	return s
}
