package cli

import (
	"cmp"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/provider/choose"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// checkDurability refuses what the servers cannot do for the safety of writes, before
// any of them is started.
func (f *runFlags) checkDurability(topologies []string, list []scenarios.Scenario) error {
	if !choose.Configures(string(f.server)) {
		return f.ownServers() // how many replicas others have is not known yet
	}
	if !slices.Contains(topology.Persistences(), f.durability.Persistence) {
		return unknown("persistence", f.durability.Persistence, topology.Persistences())
	}
	for _, sc := range list {
		if sc.Forgets && f.durability.Persistence != topology.NoPersistence {
			return usagef("scenario %s wants servers that come back without data: leave --persistence out", sc.Name)
		}
	}
	for _, name := range topologies {
		if err := f.durability.Check(name); err != nil {
			return usagef("--min-replicas: %w", err)
		}
		for _, sc := range list {
			if n := topology.Replicas(name); sc.Wait > n {
				return usagef("--wait %d: no write could ever be acknowledged so often, because a primary of %s has %d: lower it, or choose another --topology",
					sc.Wait, name, n)
			}
		}
	}
	return nil
}

// servers are the settings of the servers that a cell is played on.
func (f *runFlags) servers(c scenarios.Cell) topology.Settings {
	s := f.durability
	s.Persistence = cmp.Or(c.Scenario.Persistence, s.Persistence)
	s.Eviction = c.Scenario.Eviction
	return s
}

// ownServers refuses the flags that are arguments of servers which a run starts.
func (f *runFlags) ownServers() error {
	for _, flag := range []string{"min-replicas", "persistence"} {
		if f.flags.Changed(flag) {
			return usagef("--%s is a setting of servers that rlbench starts itself: use --server docker or local", flag)
		}
	}
	return nil
}

// durable says that servers or clients are told to lose less than they do by default.
func (f *runFlags) durable() bool {
	return f.durability.MinReplicas > 0 || f.durability.Persistence != topology.NoPersistence || f.wait > 0
}

// withDurability leaves open what a fault does where less is lost than the scenario
// expects: how much less is what such a run is to find.
func withDurability(s scenarios.Scenario) scenarios.Scenario {
	expect := s.Expect
	s.Expect = func(t algorithms.Technique, topology string) scenarios.Expectation {
		e := expect(t, topology)
		if e.Verdict == "invalid" {
			e.Verdict, e.Why = "any", "the settings of servers or clients let less be lost"
		}
		return e
	}
	return s
}
