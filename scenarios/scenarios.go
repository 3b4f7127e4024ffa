// Package scenarios holds what rlbench does to limiters: one file per scenario,
// each a literal that states its hypothesis and what it expects of every
// technique. A scenario is data; the engine runs it.
package scenarios

import (
	"fmt"
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
	// Expect says which verdict a technique must get, and why.
	Expect func(algorithms.Technique) Expectation
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
	// Repeat is how often each subject is tried, interleaved with the others.
	Repeat int
}

// maxRepeat bounds the list of trials.
const maxRepeat = 1000

// Expectation is the verdict that a scenario expects of a technique.
type Expectation struct {
	Verdict string // valid, invalid, any
	Why     string
}

// All returns the scenarios in the order of charts and tables.
func All() []Scenario { return []Scenario{Concurrent(), Weighted(), Baseline(), Saturate()} }

// contractUnderConcurrency expects exactly the techniques that claim to be atomic
// to keep their contract.
func contractUnderConcurrency(t algorithms.Technique) Expectation {
	if t.Atomic {
		return Expectation{Verdict: "valid", Why: "the decision and the charge are one atomic step on the server"}
	}
	return Expectation{Verdict: "invalid", Why: "requests that read before any of them writes all see the same room"}
}

// measured expects nothing: the scenario measures, and its load stays lawful.
func measured(algorithms.Technique) Expectation {
	return Expectation{Verdict: "any", Why: "this scenario measures speed; it offers too little excess to judge by"}
}

// Plan returns what the workload is planned for.
func (s Scenario) Plan() workload.Plan {
	return workload.Plan{Limit: s.Limit, Duration: s.Duration, Rate: s.Rate, MaxCost: s.MaxCost}
}

// InFlight is the cap on operations at once: so high that the cap itself never
// delays a start.
func (s Scenario) InFlight() int {
	if s.Closed != nil {
		return s.Workers
	}
	return s.Plan().InFlight(s.Deadline)
}

// Length is how long the load of a trial really takes.
func (s Scenario) Length() time.Duration {
	if s.Closed != nil {
		return s.Duration
	}
	return s.Open.Length(s.Plan())
}

// Validate says in one sentence what is wrong with the scenario, or nil.
func (s Scenario) Validate() error {
	if err := s.validate(); err != nil {
		return fmt.Errorf("scenario %s: %w", s.Name, err)
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
	case s.Repeat < 1:
		return fmt.Errorf("repeat must be at least 1, got %d", s.Repeat)
	case s.Repeat > maxRepeat:
		return fmt.Errorf("repeat must be at most %d, got %d", maxRepeat, s.Repeat)
	case s.Closed != nil:
		return s.validateClosed()
	}
	return s.Plan().Validate(s.Open)
}

func (s Scenario) validateClosed() error {
	if s.Duration <= 0 {
		return fmt.Errorf("duration must be positive, got %s", s.Duration)
	}
	return s.Limit.Validate()
}

// Subject is what is tried: a technique behind a driver.
type Subject struct {
	Algorithm algorithms.Algorithm
	Technique algorithms.Technique
	Driver    string
	Client    string
}

// Cell is one planned trial.
type Cell struct {
	history.Cell
	Scenario Scenario
	Subject  Subject
	Seed     uint64
}

// Expectation is what the cell's scenario expects of its technique. A control that
// promises nothing cannot break anything.
func (c Cell) Expectation() Expectation {
	if c.Subject.Algorithm.Contract(c.Scenario.Limit).Kind == algorithms.Unlimited {
		return Expectation{Verdict: "any", Why: "it promises nothing"}
	}
	return c.Scenario.Expect(c.Subject.Technique)
}

// Expand lists the trials of a matrix in the order in which they are run:
// scenario by scenario, and within one repeat by repeat, every second one
// backwards (A B B A), so that a drift of the machine falls on all subjects alike.
func Expand(list []Scenario, topology string, subjects []Subject, seed uint64) []Cell {
	var cells []Cell
	for _, s := range list {
		for repeat := 1; repeat <= s.Repeat; repeat++ {
			for i := range subjects {
				if repeat%2 == 0 {
					i = len(subjects) - 1 - i
				}
				cells = append(cells, cell(s, topology, subjects[i], seed, repeat))
			}
		}
	}
	return cells
}

func cell(s Scenario, topology string, sub Subject, seed uint64, repeat int) Cell {
	return Cell{
		Scenario: s, Subject: sub, Seed: seed,
		Cell: history.Cell{
			Scenario: s.Name, Topology: topology, Algorithm: sub.Algorithm.Name, Technique: sub.Technique.Name,
			Driver: sub.Driver, Client: sub.Client, Repeat: repeat, Attempt: 1,
		},
	}
}
