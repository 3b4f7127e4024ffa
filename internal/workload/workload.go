// Package workload plans load: pure functions from a seed to a schedule of
// intended times, keys and costs. It starts nothing and reads no clock.
package workload

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Arrival is one planned operation.
type Arrival struct {
	At   time.Duration // from the start of the trial
	Key  int32         // index of the user's key
	Cost int32
}

// Phase is a named part of a schedule, from its start.
type Phase struct {
	Name     string
	From, To time.Duration
	// Excess says that every key is offered more than any contract of the limit
	// lets through, during the whole phase.
	Excess bool
}

// Schedule is a plan: arrivals in order of time.
type Schedule struct {
	Arrivals []Arrival
	Phases   []Phase
	Keys     int
	Length   time.Duration
}

// Plan is what a schedule is made for.
type Plan struct {
	Limit    algorithms.Limit
	Duration time.Duration // planned length; a schedule may round it to whole periods
	Rate     float64       // mean arrivals per second of the steady part
	MaxCost  int32         // costs are uniform in 1..MaxCost
}

// Workload plans open-loop load. Equal plans and equal sources of randomness give
// equal schedules.
type Workload interface {
	Arrivals(p Plan, rng *rand.Rand) Schedule
	// Length is how long the schedule of a plan really is: a workload made of whole
	// periods does not end in the middle of one.
	Length(p Plan) time.Duration
	// Expected is about how many arrivals the schedule of a plan holds, told without
	// making it.
	Expected(p Plan) float64
}

// NewRand returns the source of randomness of a trial. Equal names give equal
// streams, so every subject of a scenario meets the same schedule.
func NewRand(seed uint64, name string) *rand.Rand {
	return rand.New(rand.NewPCG(seed, fnv(name)))
}

// fnv is the 64-bit FNV-1a hash; it must stay the same for ever, because seeds in
// committed results depend on it.
func fnv(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func (p Plan) cost(rng *rand.Rand) int32 {
	if p.MaxCost <= 1 {
		return 1
	}
	return 1 + rng.Int32N(p.MaxCost)
}

// meanCost is the expected cost of one arrival.
func (p Plan) meanCost() float64 {
	if p.MaxCost <= 1 {
		return 1
	}
	return (float64(p.MaxCost) + 1) / 2
}

// Validate says in one sentence what is wrong with a plan for w, or nil.
func (p Plan) Validate(w Workload) error {
	if err := p.Limit.Validate(); err != nil {
		return err
	}
	switch {
	case p.Duration <= 0:
		return fmt.Errorf("duration must be positive, got %s", p.Duration)
	case max(p.Duration, p.Limit.W) > maxLength:
		return fmt.Errorf("duration and window must be at most %s, got %s and %s", maxLength, p.Duration, p.Limit.W)
	case !(p.Rate > 0): // so written that NaN is refused too
		return fmt.Errorf("rate must be positive, got %g", p.Rate)
	case p.Rate > maxRate:
		return fmt.Errorf("rate must be at most %d per second, got %g: no client keeps such a schedule", maxRate, p.Rate)
	case p.burst() > maxBurst:
		return fmt.Errorf("a limit of %d means bursts of %d requests at once: at most %d can be started together", p.most(), p.burst(), maxBurst)
	}
	if n := w.Expected(p); n > maxArrivals {
		return fmt.Errorf("%s at %g per second, with bursts, are %.0f operations, more than the %d that one trial may hold", w.Length(p), p.Rate, n, maxArrivals)
	}
	if n := p.Rate * w.Length(p).Seconds(); n < minArrivals {
		return fmt.Errorf("rate x duration is %.2g operations: nothing could be observed", n)
	}
	return nil
}

const (
	// maxArrivals bounds the memory of a schedule and of its history to about 2 GB.
	maxArrivals = 20_000_000
	// maxLength is longer than anybody waits, and no sum of a few of it overflows.
	maxLength = 1000 * time.Hour
	// minArrivals is where percentiles begin to mean anything.
	minArrivals = 10
	// maxRate is beyond what one process can send, and bounds what may be in flight.
	maxRate = 1_000_000
	// maxBurst bounds the goroutines that wait for one instant.
	maxBurst = 20_000
)

// most is the largest cost that any algorithm admits at once.
func (p Plan) most() int64 { return max(p.Limit.L, p.Limit.B) }

// burst is the number of requests that together cost twice of that.
func (p Plan) burst() int { return p.requests(2 * float64(p.most())) }

// requests is how many arrivals have about the given cost.
func (p Plan) requests(cost float64) int { return max(2, int(cost/p.meanCost())) }

// InFlight is how many operations may be waiting at once without any being late:
// those of one deadline, and a burst.
func (p Plan) InFlight(deadline time.Duration) int {
	return int(p.Rate*deadline.Seconds()) + p.burst() + 1
}
