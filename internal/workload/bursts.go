package workload

import (
	"math/rand/v2"
	"time"
)

// Bursts drives one hot key to every place where a check-then-act limiter goes
// wrong. One period, in windows W:
//
//	idle >= 1.2 W, then a burst           a fresh limiter: everybody reads "none yet"
//	idle >= 1.2 W, a ramp to just below L,
//	  then a burst in mid-window          everybody reads "one left"
//	sustained excess for Sustain windows,  windows that open and close under load;
//	  with a lull and a burst now and then buckets that hold a few tokens
//
// A burst is many arrivals intended for the same instant. Periods are repeated
// while they fit into the duration; there is always at least one.
type Bursts struct{}

// Length implements Workload. It plays no more than one period, without its
// arrivals: a plan must be refused for its size before it is made.
func (Bursts) Length(p Plan) time.Duration {
	b := period{Plan: p, silent: true, rng: NewRand(0, "")}
	b.run()
	return b.now + time.Duration(b.more(b.now))*(b.pause()+b.now)
}

// Expected implements Workload.
func (w Bursts) Expected(p Plan) float64 {
	b := period{Plan: p, silent: true, rng: NewRand(0, "")}
	b.run()
	return float64(b.skipped)*float64(1+b.more(b.now)) + p.Rate*w.Length(p).Seconds()
}

// The shape of a period. The lull before a burst lets a bucket gain some tokens,
// which all of the burst then see.
const (
	idleWindows    = 1.2
	rampWindows    = 0.4
	sustainWindows = 4
	burstsPerPhase = 3
	lullTokens     = 4
)

// Arrivals implements Workload.
func (Bursts) Arrivals(p Plan, rng *rand.Rand) Schedule {
	b := period{Plan: p, rng: rng, out: Schedule{Keys: 1}}
	b.run()
	for range b.more(b.now) {
		b.idle()
		b.run()
	}
	b.out.Length = b.now
	return b.out
}

// more is how often a period of that length, and the pause before it, fit into the
// duration after the first one.
func (p Plan) more(length time.Duration) int64 {
	return max(0, int64(p.Duration-length)/int64(p.pause()+length))
}

func (p Plan) pause() time.Duration { return p.windows(idleWindows) }

func (p Plan) windows(f float64) time.Duration { return time.Duration(f * float64(p.Limit.W)) }

// period builds a schedule step by step; now is where the next step begins.
type period struct {
	Plan
	rng *rand.Rand
	now time.Duration
	out Schedule
	// silent leaves the arrivals out, and skipped counts those besides the steady ones.
	silent  bool
	skipped int64
}

func (b *period) run() {
	b.crowd()
	b.idle()
	b.ramp()
	b.crowd()
	b.idle()
	b.sustain()
}

func (b *period) arrive(at time.Duration) {
	if b.silent {
		b.skipped++
		return
	}
	b.out.Arrivals = append(b.out.Arrivals, Arrival{At: at, Cost: b.cost(b.rng)})
}

func (b *period) phase(name string, length time.Duration, excess bool) {
	b.out.Phases = append(b.out.Phases, Phase{Name: name, From: b.now, To: b.now + length, Excess: excess})
	b.now += length
}

func (b *period) idle() { b.phase("idle", b.pause(), false) }

// crowd is a burst. It takes a tenth of a window in the plan; it is one instant in
// truth.
func (b *period) crowd() {
	b.together(b.now)
	b.phase("burst", b.windows(0.1), false)
}

func (b *period) together(at time.Duration) {
	for range b.burst() {
		b.arrive(at)
	}
}

// ramp spends all but a little of the limit, evenly, so that the burst after it
// finds a window or log that is nearly full.
func (b *period) ramp() {
	n := b.requests(float64(b.Limit.L)) - 2
	length := b.windows(rampWindows)
	for i := range n {
		b.arrive(b.now + length*time.Duration(i)/time.Duration(n))
	}
	b.phase("ramp", length, false)
}

// sustain offers more than the limit all the time, broken by lulls of a few
// emission intervals that each end in a burst.
func (b *period) sustain() {
	end := b.now + b.windows(sustainWindows)
	lull := lullTokens * b.Limit.W / time.Duration(b.Limit.L)
	for i := range burstsPerPhase {
		part := b.now + (end-b.now)/time.Duration(burstsPerPhase-i)
		stop := max(b.now, part-lull-time.Duration(b.rng.Int64N(int64(b.Limit.W/10)+1)))
		b.excess(stop)
		b.phase("lull", lull, false)
		b.together(b.now)
	}
	b.excess(end)
}

func (b *period) excess(until time.Duration) {
	if until <= b.now {
		return
	}
	if !b.silent {
		b.out.Arrivals = poisson(b.out.Arrivals, b.Plan, b.rng, 1, b.now, until)
	}
	b.phase("sustained", until-b.now, b.exceeds())
}

// exceeds says whether the rate is beyond doubt more than the limit lets through.
func (b *period) exceeds() bool {
	return b.Rate*b.meanCost()*b.Limit.W.Seconds() >= 2*float64(b.Limit.L)
}
