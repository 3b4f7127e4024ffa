package cli

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/policy"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// selection is the part of the matrix that a command works on: comma lists of
// names, "all" or nothing for all of them.
type selection struct{ scenario, topology, algorithm, technique, driver, client, policy []string }

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
		{&s.policy, "policy", "failure policies"},
	} {
		names(f, it.to, it.name, it.what+", a comma list or all (default "+cmp.Or(by[it.name], "all")+")")
	}
}

// names defines a flag that takes names. What it is without any stands in its usage.
func names(flags *pflag.FlagSet, to *[]string, name, usage string) {
	flags.StringSliceVar(to, name, nil, usage)
	flag := flags.Lookup(name)
	flag.Value, flag.DefValue = someNames{flag.Value, flag.Value.(pflag.SliceValue)}, ""
}

// someNames is a comma list that is not empty: --algorithm "$UNSET" must not select
// all of them.
type someNames struct {
	pflag.Value
	pflag.SliceValue
}

// Set implements pflag.Value.
func (s someNames) Set(text string) error {
	if text == "" {
		return errors.New("no name is given")
	}
	return s.Value.Set(text)
}

// mainJob are the scenarios that a run plays without --scenario.
var mainJob = []string{"concurrent", "baseline"}

// topologyNamed returns a topology whose name was picked from topologyNames.
func topologyNamed(name string) topology.Topology {
	list := topology.All()
	return list[slices.IndexFunc(list, func(t topology.Topology) bool { return t.Name() == name })]
}

// defaultTopology is the one of a run without --topology.
var defaultTopology = topology.Standalone{}.Name()

// pickTopologies resolves the topologies of a run: those that are named, or the one of
// the servers at an address.
func pickTopologies(named []string, at *server) ([]string, error) {
	settled := at.topology()
	if len(named) == 0 {
		named = []string{cmp.Or(settled, defaultTopology)}
	}
	names, err := pick("topology", named, topologyNames())
	if err == nil && settled != "" && !slices.Equal(names, []string{settled}) {
		return nil, usagef("--topology %s contradicts --server %s, whose topology is %s: leave --topology out",
			strings.Join(named, ","), at, settled)
	}
	return names, err
}

func topologyNames() (names []string) {
	for _, t := range topology.All() {
		names = append(names, t.Name())
	}
	return names
}

// whole says that no part was selected.
func (s selection) whole() bool {
	return len(s.scenario)+len(s.topology)+len(s.algorithm)+len(s.technique)+len(s.driver)+len(s.client)+len(s.policy) == 0
}

// scenarios resolves the scenarios to run; without a flag the main job.
func (p *Program) scenarios(s selection) ([]scenarios.Scenario, error) {
	given := s.scenario
	if len(given) == 0 {
		given = mainJob
	}
	for _, name := range given {
		if err := p.knownScenario(name); err != nil {
			return nil, err
		}
	}
	var list []scenarios.Scenario
	for _, s := range p.Scenarios {
		whole := slices.Contains(given, "all") || slices.Contains(given, s.Name)
		if steps := stepsNamed(given, s); len(steps) > 0 && !whole {
			whole, s.Steps = true, steps
		}
		if whole {
			list = append(list, s)
		}
	}
	return list, nil
}

// stepsNamed keeps the steps of a sweep that are named one by one.
func stepsNamed(given []string, s scenarios.Scenario) []scenarios.Step {
	return slices.DeleteFunc(slices.Clone(s.Steps), func(step scenarios.Step) bool {
		return !slices.Contains(given, step.Of(s.Name))
	})
}

// knownScenario refuses a word that is neither a scenario nor a step of one, such as
// sweep-workers.64.
func (p *Program) knownScenario(word string) error {
	var names []string
	for _, s := range p.Scenarios {
		names = append(names, s.Name)
		if len(s.Steps) > 0 && strings.HasPrefix(word, s.Name+".") {
			_, err := pick("step", []string{word}, stepNames(s))
			return err
		}
	}
	_, err := pick("scenario", []string{word}, names)
	return err
}

func stepNames(s scenarios.Scenario) (names []string) {
	for _, step := range s.Steps {
		names = append(names, step.Of(s.Name))
	}
	return names
}

// subjects resolves the limiters to try, algorithm by algorithm, technique by
// technique, driver by driver. Controls, and techniques that are kept as evidence, are
// tried only if they are named.
func (p *Program) subjects(s selection) ([]scenarios.Subject, error) {
	chosen, err := pick("algorithm", s.algorithm, p.algorithmNames())
	if err != nil {
		return nil, err
	}
	techniques, err := pick("technique", s.technique, p.techniqueNames(chosen))
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
	if err := p.provided(s.driver, clients); err != nil {
		return nil, err
	}
	policies, err := pickPolicies(s.policy)
	if err != nil {
		return nil, err
	}
	var out []scenarios.Subject
	for _, a := range p.Algorithms {
		if !slices.Contains(chosen, a.Name) || a.Control && !slices.Contains(s.algorithm, a.Name) {
			continue
		}
		for _, t := range a.Techniques {
			if !slices.Contains(techniques, t.Name) || t.Kept() && !slices.Contains(s.technique, t.Name) {
				continue
			}
			for _, d := range behind(t, names) {
				for _, c := range clients {
					if p.lacks(d, c) != "" {
						continue
					}
					for _, policy := range policies {
						out = append(out, scenarios.Subject{Algorithm: a, Technique: t, Driver: d, Client: c.Client, Policy: policy})
					}
				}
			}
		}
	}
	if len(out) == 0 {
		return nil, usagef("nothing is selected: none of the chosen algorithms has one of the chosen techniques behind one of the chosen drivers")
	}
	return out, nil
}

// behind lists the drivers that a technique is tried behind: all that are chosen, or
// the one of its own client.
func behind(t algorithms.Technique, chosen []string) []string {
	if t.Open == nil {
		return chosen
	}
	return slices.DeleteFunc(slices.Clone(chosen), func(d string) bool { return d != t.Driver })
}

func pickClients(given []string) (chosen []drivers.Options, err error) {
	if len(given) == 0 {
		given = []string{history.DefaultClient}
	}
	profiles := drivers.Clients(1)
	var valid []string
	for _, o := range profiles {
		valid = append(valid, o.Client)
	}
	names, err := pick("client", given, valid)
	return slices.DeleteFunc(profiles, func(o drivers.Options) bool { return !slices.Contains(names, o.Client) }), err
}

// pickPolicies resolves the failure policies; without a flag none, which is the first.
func pickPolicies(given []string) (chosen []algorithms.Policy, err error) {
	if len(given) == 0 {
		given = []string{history.NoPolicy}
	}
	all := append([]algorithms.Policy{{}}, policy.All()...)
	names, err := pick("policy", given, policyNames())
	return slices.DeleteFunc(all, func(p algorithms.Policy) bool { return !slices.Contains(names, policyName(p.Name)) }), err
}

// policyName is the word for a policy in flags.
func policyName(of string) string { return cmp.Or(of, history.NoPolicy) }

func policyNames() []string {
	names := []string{history.NoPolicy}
	for _, p := range policy.All() {
		names = append(names, p.Name)
	}
	return names
}

// provided refuses a driver that was named together with settings that its client
// does not have. One that was not named is left out of the matrix with them.
func (p *Program) provided(named []string, clients []drivers.Options) error {
	for _, d := range named {
		for _, c := range clients {
			if lacks := p.lacks(d, c); lacks != "" {
				return usagef("driver %s has no client settings %s: %s", d, c.Client, lacks)
			}
		}
	}
	return nil
}

// lacks says what of the settings a driver does not have. A limiter that brings a client
// of its own follows them as far as it can.
func (p *Program) lacks(driver string, with drivers.Options) string {
	i := slices.IndexFunc(p.Drivers, func(d drivers.Driver) bool { return d.Name() == driver })
	if i < 0 {
		return ""
	}
	return drivers.Lacks(p.Drivers[i], with)
}

func (p *Program) algorithmNames() (names []string) {
	for _, a := range p.Algorithms {
		names = append(names, a.Name)
	}
	return names
}

func (p *Program) techniqueNames(chosen []string) (names []string) {
	for _, a := range p.Algorithms {
		if !slices.Contains(chosen, a.Name) {
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

// driverNames are the drivers, then the clients that techniques bring.
func (p *Program) driverNames() (names []string) {
	for _, d := range p.Drivers {
		names = append(names, d.Name())
	}
	for _, a := range p.Algorithms {
		for _, t := range a.Techniques {
			if t.Open != nil && !slices.Contains(names, t.Driver) {
				names = append(names, t.Driver)
			}
		}
	}
	return names
}

// filter keeps the cells of a stored run that are selected. Valid names are those
// that occur in the run.
func (s selection) filter(cells []result.Cell) ([]result.Cell, error) {
	if len(cells) == 0 {
		return nil, usagef("the run holds no finished cell")
	}
	out := cells
	for _, f := range []struct {
		what  string
		given []string
		names func(result.Cell) []string // any of which selects the cell
	}{
		{"scenario", s.scenario, func(c result.Cell) []string { return []string{c.Scenario, c.Played()} }},
		{"topology", s.topology, func(c result.Cell) []string { return []string{c.Topology} }},
		{"algorithm", s.algorithm, func(c result.Cell) []string { return []string{c.Algorithm} }},
		{"technique", s.technique, func(c result.Cell) []string { return []string{c.Technique} }},
		{"driver", s.driver, func(c result.Cell) []string { return []string{c.Driver} }},
		{"client", s.client, func(c result.Cell) []string { return []string{c.Client} }},
		{"policy", s.policy, func(c result.Cell) []string { return []string{policyName(c.Policy)} }},
	} {
		chosen, err := pick(f.what, f.given, occurring(cells, f.names))
		if err != nil {
			return nil, err
		}
		out = slices.DeleteFunc(slices.Clone(out), func(c result.Cell) bool {
			return !slices.ContainsFunc(f.names(c), func(n string) bool { return slices.Contains(chosen, n) })
		})
	}
	if len(out) == 0 {
		return nil, usagef("nothing is selected: no cell of the run has all the chosen names")
	}
	return out, nil
}

func occurring(cells []result.Cell, names func(result.Cell) []string) (all []string) {
	for _, c := range cells {
		for _, n := range names(c) {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	return all
}
