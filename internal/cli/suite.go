package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/scenarios"
)

// suite is a named plan: parts of the matrix that are played on one topology after the
// other.
type suite struct {
	name    string
	minutes int // that it takes
	about   string
	parts   []part
}

// part is a part of a suite. It is played on every topology, unless it names some, and
// as often as its scenarios say, unless it says otherwise.
type part struct {
	selection
	repeat int
}

// repeated gives the scenarios the repeats of the part, if it has any of its own.
func (p *part) repeated(list []scenarios.Scenario) {
	for i := range list {
		if p.repeat > 0 {
			list[i].Repeat = p.repeat
		}
	}
}

// underTest are the scenarios of the matrix, and struck those with faults among them.
var (
	underTest = []string{"concurrent", "failover", "partition"}
	struck    = underTest[1:]
	alone     = []string{defaultTopology}
)

var suites = []suite{
	{"quick", 3, "two algorithms under concurrency, all limiters through failover and partition, on every topology", []part{
		{selection: selection{scenario: underTest[:1], algorithm: []string{"fixedwindow", "gcra"}, driver: []string{"goredis"}}},
		{selection: selection{scenario: struck}},
	}},
	{"full", 6, "the whole matrix: 4 algorithms, 3 techniques, 3 drivers, 3 topologies under concurrency, failover and partition",
		[]part{{selection: selection{scenario: underTest}}}},
	{"pr", 5, "for rlbench gate, every technique behind one driver under concurrency and through failover and partition; " +
		"twenty repeats of four timed cells", []part{
		{selection: selection{scenario: underTest[:1], topology: alone, driver: oneDriver}},
		{selection: selection{scenario: struck, driver: oneDriver}},
		{selection{scenario: []string{"baseline", "saturate"}, topology: alone, algorithm: []string{"fixedwindow", "gcra"}, technique: []string{"lua"}, driver: oneDriver}, timedRepeats},
	}},
	{"nightly", 47, "the whole matrix, every scenario, outages with every failure policy, and the sweeps without faults and all of several processes behind one driver", nil},
}

// partsOf are the parts of a suite. The nightly one follows the list of scenarios.
func (p *Program) partsOf(s suite) []part {
	if s.name != "nightly" {
		return s.parts
	}
	whole, faults := part{selection: selection{scenario: underTest}}, part{}
	guarded := part{selection: selection{topology: alone, algorithm: []string{"gcra"}, technique: []string{"multi", "lua"}, policy: policyNames()}}
	shared := guarded
	shared.driver = oneDriver // each limiter has processes of its own, all at work at once
	calm, sweeps := part{selection: selection{topology: alone}}, part{selection: selection{topology: alone, driver: oneDriver}}
	for _, sc := range p.Scenarios {
		to := &calm
		switch {
		case slices.Contains(underTest, sc.Name):
			continue
		case sc.Cooldown > 0 && sc.Instances > 0:
			to = &shared
		case sc.Cooldown > 0: // to see policies come back
			to = &guarded
		case sc.Faults != nil:
			to = &faults
		case len(sc.Steps) > 0:
			to = &sweeps
		}
		to.scenario = append(to.scenario, sc.Name)
	}
	return slices.DeleteFunc([]part{whole, faults, guarded, shared, calm, sweeps}, func(p part) bool { return len(p.scenario) == 0 })
}

// oneDriver is the client that suites measure with where one is enough.
var oneDriver = []string{"goredis"}

// timedRepeats is how often a cell is timed whose times are to be compared: one block shows
// a suspect, and a second one confirms it.
const timedRepeats = 2 * gate.LeastRepeats

// suiteNames are those of the flag, with what they are.
func suiteNames() string {
	var lines []string
	for _, s := range suites {
		lines = append(lines, fmt.Sprintf("%s (%d minutes: %s)", s.name, s.minutes, s.about))
	}
	return strings.Join(lines, "; ")
}

// parts are what is selected: by the flags alone, or by those of a suite, of which the
// flags that were given replace theirs.
func (p *Program) parts(f *runFlags) ([]part, error) {
	if !f.flags.Changed("suite") {
		return []part{{selection: f.selection}}, nil
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
	var list []part
	for _, own := range p.partsOf(chosen) {
		list = append(list, part{f.selection.instead(own.selection), own.repeat})
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
		scenario: part.scenario, topology: over(s.topology, over(part.topology, topologyNames())), algorithm: over(s.algorithm, part.algorithm),
		technique: over(s.technique, part.technique), driver: over(s.driver, part.driver), client: over(s.client, part.client), policy: over(s.policy, part.policy),
	}
}
