// Package scenarios holds what rlbench does to limiters: one file per scenario,
// each a literal that states its hypothesis and what it expects of every
// technique. A scenario is data; the engine runs it.
package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/policy"
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
		Outage(),
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

// Validate says in one sentence what is wrong with the scenario, or nil.
func (s Scenario) Validate() error {
	for _, p := range s.points() {
		if err := p.validate(); err != nil {
			return fmt.Errorf("scenario %s: %w", p.Step.Of(s.Name), err)
		}
	}
	return nil
}

func (s Scenario) validate() error {
	switch {
	case s.Expect == nil || s.Hypothesis == "":
		return fmt.Errorf("hypothesis and expectation must be stated")
	case (s.Open == nil) == (s.Closed == nil):
		return fmt.Errorf("exactly one of an open and a closed loop must be set")
	case s.Closed != nil && s.Workers < 1:
		return fmt.Errorf("workers must be at least 1, got %d", s.Workers)
	case s.Deadline <= 0:
		return fmt.Errorf("deadline must be positive, got %s", s.Deadline)
	case s.Wait < 0:
		return fmt.Errorf("wait must be a number of replicas, 0 or more, got %d", s.Wait)
	case s.Delay < 0 || s.Delay > 0 && s.Faults != nil:
		return fmt.Errorf("delay must be 0 or more, and 0 with faults, got %s", s.Delay)
	case s.Repeat < 1:
		return fmt.Errorf("repeat must be at least 1, got %d", s.Repeat)
	case s.Fill < 0 || s.Fill > 1:
		return fmt.Errorf("fill must be a share of the limit, 0 to 1, got %g", s.Fill)
	case s.Faults != nil && s.Duration <= s.last():
		return fmt.Errorf("duration must be more than %s, when the last fault is over, got %s", s.last(), s.Duration)
	case s.Cold && (s.Faults != nil || s.Instances > 0 || s.Fill > 0):
		return fmt.Errorf("a scenario that begins cold has no faults, no instances and no filled keys")
	case s.Former != nil && (s.Faults != nil || s.Instances > 0 || s.Fill > 0 || s.Cold):
		return fmt.Errorf("a changed limit has no faults, no instances, no cold start and no keys filled by other means")
	case s.Former != nil && s.Former.Limit(s.Limit).Validate() != nil:
		return fmt.Errorf("before the change: %w", s.Former.Limit(s.Limit).Validate())
	case s.Instances < 0 || s.Instances > 0 && (s.Open == nil || s.Faults != nil || s.Fill > 0):
		return fmt.Errorf("instances must be 0 or more, and share an open loop without faults and filled keys, got %d", s.Instances)
	case s.Repeat > maxRepeat:
		return fmt.Errorf("repeat must be at most %d, got %d", maxRepeat, s.Repeat)
	case s.Closed != nil:
		return s.validateClosed()
	}
	return s.Plan().Validate(s.Open)
}

// last is when the last fault is over, on any topology.
func (s Scenario) last() (end time.Duration) {
	for _, topology := range []string{standalone, sentinel, cluster} {
		for _, f := range s.Faults(topology) {
			end = max(end, f.At, f.Until)
		}
	}
	return end
}

func (s Scenario) validateClosed() error {
	if s.Duration <= 0 {
		return fmt.Errorf("duration must be positive, got %s", s.Duration)
	}
	if s.Duration > maxLength {
		return fmt.Errorf("duration must be at most %s, got %s", maxLength, s.Duration)
	}
	return s.Limit.Validate()
}

// Subject is what is tried: a technique behind a driver.
type Subject struct {
	Algorithm algorithms.Algorithm
	Technique algorithms.Technique
	Driver    string
	Client    string
	// Policy is what is done where the limiter does not decide; the zero one passes the
	// error on.
	Policy algorithms.Policy
}

// Cell is one planned trial.
type Cell struct {
	history.Cell
	Scenario Scenario
	Subject  Subject
	Seed     uint64
}

// Contract is what the cell's limiter promises.
func (c Cell) Contract() algorithms.Contract {
	return c.Subject.Algorithm.ContractOf(c.Subject.Technique, c.Scenario.Limit)
}

// Faults are what happens during the trial; empty: nothing.
func (c Cell) Faults() []Fault {
	if c.Scenario.Faults == nil {
		return nil
	}
	return c.Scenario.Faults(c.Topology)
}

// Means is what the cell's policy may use, but for a database.
func (c Cell) Means() algorithms.Means {
	m := algorithms.Means{
		Limit:    c.Scenario.Limit,
		Patience: cmp.Or(c.Scenario.Patience, policy.Patience), Cooldown: cmp.Or(c.Scenario.Cooldown, policy.Cooldown),
	}
	if model := c.Subject.Algorithm.Model; model != nil {
		m.Unused = model(m.Limit)
	}
	return m
}

// remembers lists the faults after which the server knows all that it knew before.
var remembers = []string{"pause", "cut-replica", "cut-clients", "delay", "loss", "lost-reply", "stop", "maxclients", "password", "keys", "scan", "script-flush"}

// Evicts says that the server may give up a key at any time, and again as soon as it is back.
func (c Cell) Evicts() bool { return c.Scenario.Eviction != "" && c.Scenario.Eviction != "noeviction" }

// Losses is how often the server may lose its state during the trial, or a part of it; of
// one that evicts nobody can say.
func (c Cell) Losses() (n int) {
	for _, f := range c.Faults() {
		if !slices.Contains(remembers, f.Name) {
			n++
		}
	}
	return n
}

// Playable keeps the topologies on which the scenario's faults can happen. Instances
// find one server by its address; the way to several is known to this process alone.
func (s Scenario) Playable(topologies []string) (kept []string) {
	for _, t := range topologies {
		if (s.Faults == nil || len(s.Faults(t)) > 0) && (s.Instances == 0 || t == standalone) {
			kept = append(kept, t)
		}
	}
	return kept
}

// Kinds names what happens on a topology, at any step, each once.
func (s Scenario) Kinds(topology string) (names []string) {
	for _, p := range s.points() {
		if p.Faults == nil {
			continue
		}
		for _, f := range p.Faults(topology) {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// Unplayable says that the scenario cannot be played on the topology.
func (c Cell) Unplayable() bool { return len(c.Scenario.Playable([]string{c.Topology})) == 0 }

// Unsuited says in a clause why the cell cannot be played; empty if it can.
func (c Cell) Unsuited() string {
	if c.Unplayable() && c.Scenario.Instances > 0 {
		return "its processes share one server"
	}
	if c.Unplayable() {
		return "its faults cannot happen on this topology"
	}
	if c.Subject.Technique.Lazy != nil && !c.Scenario.Cold {
		return "it is about the first connection, and the scenario begins with clients that are connected"
	}
	if c.Subject.Technique.Lazy == nil && c.Scenario.Cold {
		return "the scenario is about the first connection, and the limiter is given one"
	}
	if c.Subject.Technique.Open != nil && c.Scenario.Wait > 0 {
		return "it brings a client of its own, which does not wait for replicas"
	}
	if c.Subject.Technique.Open != nil && (c.Scenario.Skew != 0 || c.Scenario.ReadReplica) {
		return "it brings a client of its own, whose clock and whose servers are its own affair"
	}
	if c.Scenario.Former != nil && c.Remote() {
		return "its limit is the service's own"
	}
	if c.Subject.Technique.Open != nil && c.Scenario.Former != nil && c.Scenario.Former.Other {
		return "it brings a client of its own, which has no other algorithm"
	}
	if c.Subject.Technique.UnitCost && c.Scenario.MostCost() > 1 {
		return fmt.Sprintf("it only decides requests of cost 1, and the scenario's cost up to %d", c.Scenario.MostCost())
	}
	if c.Subject.Policy.Modelled && c.Subject.Algorithm.Model == nil {
		return "its algorithm has no model that the policy could decide by"
	}
	return ""
}

// Expectation is what the cell's scenario expects of its technique. A control that
// promises nothing cannot break anything.
func (c Cell) Expectation() Expectation {
	if c.Contract().Kind == algorithms.Unlimited {
		return Expectation{Verdict: "any", Why: "it promises nothing"}
	}
	e := c.Scenario.Expect(c.Subject.Technique, c.Topology)
	if len(c.Faults()) > 0 && c.Client != history.DefaultClient {
		e.Verdict, e.Most, e.Why = "any", 0, "without bounds a client may stay with a primary that was replaced, wait for it for ever, or repeat by itself"
	}
	return e
}

// Expand lists the trials of a matrix in the order in which they are run:
// scenario by scenario, step by step, and within one repeat by repeat, every second
// one backwards (A B B A), so that a drift of the machine falls on all subjects alike.
func Expand(list []Scenario, topology string, subjects []Subject, seed uint64) []Cell {
	var cells []Cell
	for _, s := range list {
		for _, p := range s.points() {
			cells = append(cells, p.expand(topology, subjects, seed)...)
		}
	}
	return cells
}

// expand lists the trials of a scenario that is no sweep, or of one step.
func (s Scenario) expand(topology string, subjects []Subject, seed uint64) (cells []Cell) {
	for repeat := 1; repeat <= s.Repeat; repeat++ {
		for i := range subjects {
			if repeat%2 == 0 {
				i = len(subjects) - 1 - i
			}
			cells = append(cells, cell(s, topology, subjects[i], seed, repeat))
		}
	}
	return cells
}

func cell(s Scenario, topology string, sub Subject, seed uint64, repeat int) Cell {
	return Cell{
		Scenario: s, Subject: sub, Seed: seed,
		Cell: history.Cell{
			Scenario: s.Name, Step: s.Step, Topology: topology, Algorithm: sub.Algorithm.Name, Technique: sub.Technique.Name,
			Driver: sub.Driver, Client: sub.Client, Policy: sub.Policy.Name, Repeat: repeat, Attempt: 1,
		},
	}
}
