package scenarios

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/policy"
	"github.com/rlbench/rlbench/internal/history"
)

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
var remembers = []string{"pause", "cut-replica", "cut-clients", "delay", "loss", "lost-reply", "stop", "maxclients", "password", "keys", "scan", "debug-sleep", "script-flush"}

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
