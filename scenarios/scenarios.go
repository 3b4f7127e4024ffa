// Package scenarios holds what rlbench does to limiters: one file per scenario,
// each a literal that states its hypothesis and what it expects of every
// technique. A scenario is data; the engine runs it.
package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
)

// Scenario is one experiment.
type Scenario struct {
	// Name is the word used in cells and flags; Title the one used in charts.
	Name, Title string
	// Hypothesis says what we think happens and why, so that a surprise is visible.
	Hypothesis string
	// Expect says which verdict a technique must get on a topology, and why.
	Expect func(t algorithms.Technique, topology string) Expectation
	// Limit is small enough that a trial crosses it many times.
	Limit algorithms.Limit
	// Duration is the planned length of a trial; Rate the arrivals per second of the
	// steady part of an open loop.
	Duration time.Duration
	Rate     float64
	// MaxCost: costs are uniform in 1..MaxCost.
	MaxCost int32
	// Open is the open-loop load; Closed, with Workers, the closed one. Exactly one
	// of the two is set.
	Open    workload.Workload
	Closed  *workload.Closed
	Workers int
	// Deadline bounds one operation.
	Deadline time.Duration
	// Wait is how many replicas must acknowledge each write of a limiter (WAIT); 0: none.
	Wait int
	// Probe asks techniques for the instants that exact judging needs (see
	// algorithms.Env). A scenario that measures does without: users do not pay for
	// them either.
	Probe bool
	// Delay is how much later every answer of a server arrives, all the time; 0: as it comes.
	Delay time.Duration
	// Skew is by how much the clock of every second request's client is off; 0: all are
	// right.
	Skew time.Duration
	// ReadReplica has a limiter's reads that are commands of their own answered by a replica
	// of the primary, where a topology has one; transactions and scripts are not.
	ReadReplica bool
	// Users are the users, by what their names end in; nil: as many as the load has, by
	// number.
	Users []string
	// Repeat is how often each subject is tried, interleaved with the others.
	Repeat int
	// Fill is the share of its limit that each key is charged, in one request, before
	// the load begins; 0 for keys that are never used before.
	Fill float64
	// Former is what decided on the keys before the load begins, until they were full; nil
	// for keys that are never used before.
	Former *Former
	// Overloads says that the load may be more than a limiter can answer: a trial that
	// does not keep its schedule twice is what was to be found.
	Overloads bool
	// Faults are what happens on a topology during the load; nil: nothing. All subjects
	// go through them side by side, as a cohort.
	Faults func(topology string) []Fault
	// Promotions is how often the faults have a replica take over from the primary of the
	// keys, on a topology that has replicas.
	Promotions int
	// Persistence is what the servers keep on disk, and Eviction what they give up when
	// their memory is full, both in the words of topology.Settings; empty: as the run has it.
	Persistence, Eviction string
	// Forgets says that the faults are those of servers without persistence.
	Forgets bool
	// Cold begins without a connection: the first requests of a limiter that is Lazy find
	// none. No other limiter can play it, and they play no other scenario.
	Cold bool
	// Instances is the number of processes that play the load together, each with a
	// client of its own; 0: this process alone.
	Instances int
	// Patience and Cooldown are those of failure policies; 0: the policies' own.
	Patience, Cooldown time.Duration
	// Steps make the scenario a sweep, which plays each of them; empty for any other.
	Steps []Step
	// Step is the one that is played. Expand sets it.
	Step history.Step
}

// maxRepeat bounds the list of trials.
const maxRepeat = 1000

// maxLength bounds a closed loop: longer is a mistake, and sums of it would overflow.
const maxLength = 1000 * time.Hour

// Fault is a planned fault. Times are from the start of the load.
type Fault struct {
	Name  string // of internal/fault: kill, pause, ...
	At    time.Duration
	Until time.Duration // when it is healed; 0 for one that is over when it has taken effect
}

// Expectation is the verdict that a scenario expects of a technique.
type Expectation struct {
	Verdict string // valid, invalid, any
	Why     string
	// Most is the largest certain overshoot that is expected, as a multiple of the
	// limit; 0 if none is stated.
	Most float64
	// Cause is the only one that is accepted for a broken contract, in the words of
	// results; empty for any.
	Cause string
}

// All returns the scenarios in the order of charts and tables.
func All() []Scenario {
	return []Scenario{
		Concurrent(), Weighted(), MultiInstance(), Baseline(), Saturate(),
		SweepWorkers(), SweepRate(), SweepLimit(), ManyKeys(), NetworkDelay(), ClockSkew(), LiveChange(), HostileKeys(),
		Failover(), Partition(), Minority(), PlannedFailover(), EmptyRestart(), Eviction(), Intermittent(), Reshard(), Disturbed(), Stall(), ReplicaReads(),
		SlowCommand(), ScriptFlush(), Restart(), ConnectStorm(),
		Outage(), SharedOutage(),
	}
}

// contractUnderConcurrency expects exactly the techniques that claim to be atomic
// to keep their contract.
func contractUnderConcurrency(t algorithms.Technique, _ string) Expectation {
	if t.Atomic {
		return Expectation{Verdict: "valid", Why: "the decision and the charge are one atomic step on the server"}
	}
	if t.OneScript {
		return Expectation{Verdict: "any", Why: "it is one step on the server too, and what breaks it, such as clocks that differ, is not part of this load"}
	}
	return Expectation{Verdict: "invalid", Why: "requests that read before any of them writes all see the same room"}
}

// measured expects nothing: the scenario measures, and its load stays lawful.
func measured(algorithms.Technique, string) Expectation {
	return Expectation{Verdict: "any", Why: "this scenario measures speed; it offers too little excess to judge by"}
}

// Plan returns what the workload is planned for.
func (s Scenario) Plan() workload.Plan {
	return workload.Plan{Limit: s.Limit, Duration: s.Duration, Rate: s.Rate, MaxCost: s.MaxCost}
}

// InFlight is the cap on operations at once: so high that the cap itself never
// delays a start. Under a fault a client may let every operation wait for its end.
func (s Scenario) InFlight() int {
	switch {
	case s.Closed != nil:
		return s.Workers
	case s.Faults != nil:
		return s.Plan().InFlight(s.Duration)
	}
	return s.Plan().InFlight(s.Deadline)
}

// FillCost is what each key is charged before the load begins, in one request.
func (s Scenario) FillCost() int32 { return int32(s.Fill * float64(min(s.Limit.L, s.Limit.B))) }

// MostCost is the largest cost of a request.
func (s Scenario) MostCost() int32 { return max(s.MaxCost, s.FillCost()) }

// Length is how long the load of a trial really takes.
func (s Scenario) Length() time.Duration {
	if s.Closed != nil {
		return s.Duration
	}
	return s.Open.Length(s.Plan())
}
