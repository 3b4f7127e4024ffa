package cli

import (
	"cmp"
	"slices"

	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// selection is the part of the matrix that a command works on: comma lists of
// names, "all" or nothing for all of them.
type selection struct{ scenario, topology, algorithm, technique, driver, client []string }

// register defines the flags; by says what is selected without one, where that is
// not all.
func (s *selection) register(f *pflag.FlagSet, by map[string]string) {
	for _, it := range []struct {
		to   *[]string
		name string
		what string
	}{
		{&s.scenario, "scenario", "scenarios"}, {&s.topology, "topology", "topologies"}, {&s.algorithm, "algorithm", "algorithms"},
		{&s.technique, "technique", "techniques"}, {&s.driver, "driver", "drivers"}, {&s.client, "client", "client settings"},
	} {
		f.StringSliceVar(it.to, it.name, nil, it.what+", a comma list or all (default "+cmp.Or(by[it.name], "all")+")")
	}
}

// mainJob are the scenarios that a run plays without --scenario.
var mainJob = []string{"concurrent", "baseline"}

// topologyNamed returns a topology whose name was picked from topologyNames.
func topologyNamed(name string) topology.Topology {
	list := topology.All()
	return list[slices.IndexFunc(list, func(t topology.Topology) bool { return t.Name() == name })]
}

func topologyNames() (names []string) {
	for _, t := range topology.All() {
		names = append(names, t.Name())
	}
	return names
}

// whole says that no part was selected.
func (s selection) whole() bool {
	return len(s.scenario)+len(s.topology)+len(s.algorithm)+len(s.technique)+len(s.driver)+len(s.client) == 0
}

// scenarios resolves the scenarios to run; without a flag the main job.
func (p *Program) scenarios(s selection) ([]scenarios.Scenario, error) {
	given := s.scenario
	if len(given) == 0 {
		given = mainJob
	}
	names, err := pick("scenario", given, scenarioNames(p.Scenarios))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(p.Scenarios), func(s scenarios.Scenario) bool {
		return !slices.Contains(names, s.Name)
	}), nil
}

func scenarioNames(list []scenarios.Scenario) (names []string) {
	for _, s := range list {
		names = append(names, s.Name)
	}
	return names
}

// subjects resolves the limiters to try, algorithm by algorithm, technique by
// technique, driver by driver. Controls are tried only if they are named.
func (p *Program) subjects(s selection) ([]scenarios.Subject, error) {
	algorithms, err := pick("algorithm", s.algorithm, p.algorithmNames())
	if err != nil {
		return nil, err
	}
	techniques, err := pick("technique", s.technique, p.techniqueNames(algorithms))
	if err != nil {
		return nil, err
	}
	names, err := pick("driver", s.driver, p.driverNames())
	if err != nil {
		return nil, err
	}
	clients, err := pickClients(s.client)
	if err != nil {
		return nil, err
	}
	var out []scenarios.Subject
	for _, a := range p.Algorithms {
		if !slices.Contains(algorithms, a.Name) || a.Control && !slices.Contains(s.algorithm, a.Name) {
			continue
		}
		for _, t := range a.Techniques {
			if !slices.Contains(techniques, t.Name) {
				continue
			}
			for _, d := range names {
				for _, c := range clients {
					out = append(out, scenarios.Subject{Algorithm: a, Technique: t, Driver: d, Client: c})
				}
			}
		}
	}
	if len(out) == 0 {
		return nil, usagef("nothing is selected: none of the chosen algorithms has one of the chosen techniques")
	}
	return out, nil
}

func pickClients(given []string) ([]string, error) {
	if len(given) == 0 {
		given = []string{history.DefaultClient}
	}
	var valid []string
	for _, o := range drivers.Clients(1) {
		valid = append(valid, o.Client)
	}
	return pick("client", given, valid)
}

func (p *Program) algorithmNames() (names []string) {
	for _, a := range p.Algorithms {
		names = append(names, a.Name)
	}
	return names
}

func (p *Program) techniqueNames(algorithms []string) (names []string) {
	for _, a := range p.Algorithms {
		if !slices.Contains(algorithms, a.Name) {
			continue
		}
		for _, t := range a.Techniques {
			if !slices.Contains(names, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	return names
}

func (p *Program) driverNames() (names []string) {
	for _, d := range p.Drivers {
		names = append(names, d.Name())
	}
	return names
}

// filter keeps the cells of a stored run that are selected. Valid names are those
// that occur in the run.
func (s selection) filter(cells []result.Cell) ([]result.Cell, error) {
	out := cells
	for _, f := range []struct {
		what  string
		given []string
		name  func(result.Cell) string
	}{
		{"scenario", s.scenario, func(c result.Cell) string { return c.Scenario }},
		{"topology", s.topology, func(c result.Cell) string { return c.Topology }},
		{"algorithm", s.algorithm, func(c result.Cell) string { return c.Algorithm }},
		{"technique", s.technique, func(c result.Cell) string { return c.Technique }},
		{"driver", s.driver, func(c result.Cell) string { return c.Driver }},
		{"client", s.client, func(c result.Cell) string { return c.Client }},
	} {
		names, err := pick(f.what, f.given, occurring(cells, f.name))
		if err != nil {
			return nil, err
		}
		out = slices.DeleteFunc(slices.Clone(out), func(c result.Cell) bool { return !slices.Contains(names, f.name(c)) })
	}
	if len(out) == 0 {
		return nil, usagef("nothing is selected: no cell of the run has all the chosen names")
	}
	return out, nil
}

func occurring(cells []result.Cell, name func(result.Cell) string) (names []string) {
	for _, c := range cells {
		if n := name(c); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}
