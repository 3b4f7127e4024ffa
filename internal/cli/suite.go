package cli

import (
	"slices"
	"strings"
)

// suite is a named plan: parts of the matrix that are played on one topology after the
// other.
type suite struct {
	name, about string
	parts       []selection
}

// underTest are the scenarios of the matrix, and struck those with faults among them.
var (
	underTest = []string{"concurrent", "failover", "partition"}
	struck    = underTest[1:]
)

var suites = []suite{
	{"quick", "three minutes: two algorithms under concurrency, all limiters through failover and partition, on every topology", []selection{
		{scenario: underTest[:1], algorithm: []string{"fixedwindow", "gcra"}, driver: []string{"goredis"}}, {scenario: struck},
	}},
	{"full", "the whole matrix: 4 algorithms, 3 techniques, 3 drivers, 3 topologies under concurrency, failover and partition", []selection{{scenario: underTest}}},
}

// suiteNames are those of the flag, with what they are.
func suiteNames() string {
	var lines []string
	for _, s := range suites {
		lines = append(lines, s.name+" ("+s.about+")")
	}
	return strings.Join(lines, "; ")
}

// parts are what is selected: by the flags alone, or by those of a suite, of which the
// flags that were given replace theirs.
func (f *runFlags) parts() ([]selection, error) {
	if !f.flags.Changed("suite") {
		return []selection{f.selection}, nil
	}
	var names []string
	for _, s := range suites {
		names = append(names, s.name)
	}
	if _, err := pick("suite", []string{f.suite}, names); err != nil {
		return nil, err
	}
	if len(f.scenario) > 0 {
		return nil, usagef("--suite %s says which scenarios are played: leave --scenario out", f.suite)
	}
	chosen := suites[slices.Index(names, f.suite)]
	var list []selection
	for _, part := range chosen.parts {
		list = append(list, f.selection.instead(part))
	}
	return list, nil
}

// instead returns the part with what is given in place of its own choice.
func (s selection) instead(part selection) selection {
	over := func(given, own []string) []string {
		if len(given) > 0 {
			return given
		}
		return own
	}
	return selection{
		scenario: part.scenario, topology: over(s.topology, topologyNames()), algorithm: over(s.algorithm, part.algorithm),
		technique: over(s.technique, part.technique), driver: over(s.driver, part.driver), client: over(s.client, part.client), policy: over(s.policy, part.policy),
	}
}
