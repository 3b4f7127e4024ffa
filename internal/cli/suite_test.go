package cli

import (
	"slices"
	"testing"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/scenarios"
)

// The nightly suite leaves no scenario out, and no suite names one that is not there.
func TestSuitesNameScenarios(t *testing.T) {
	p := &Program{Scenarios: scenarios.All()}
	var all []string
	for _, s := range p.Scenarios {
		all = append(all, s.Name)
	}
	for _, s := range suites {
		var named []string
		for _, part := range p.partsOf(s) {
			named = append(named, part.scenario...)
		}
		for _, name := range named {
			if !slices.Contains(all, name) {
				t.Errorf("suite %s plays %s, which is no scenario", s.name, name)
			}
		}
		for _, name := range all {
			if s.name == "nightly" && !slices.Contains(named, name) {
				t.Errorf("suite nightly leaves out %s", name)
			}
		}
	}
}

// The gate judges times by ten repeats of at most six cells.
func TestSuitePRTimesWhatTheGateJudges(t *testing.T) {
	p := &Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: scenarios.All()}
	var cells []scenarios.Cell
	for _, part := range suites[slices.IndexFunc(suites, func(s suite) bool { return s.name == "pr" })].parts {
		if part.repeat == 0 {
			continue
		}
		list, err := p.scenarios(part.selection)
		if err != nil {
			t.Fatal(err)
		}
		subjects, err := p.subjects(part.selection)
		if err != nil {
			t.Fatal(err)
		}
		part.repeated(list)
		cells = append(cells, scenarios.Expand(list, defaultTopology, subjects, 1)...)
	}
	repeats := map[string]int{}
	for _, c := range cells {
		repeats[c.Cell.String()]++
	}
	if len(repeats) == 0 || len(repeats) > 6 {
		t.Errorf("%d timed cells, want one to six", len(repeats))
	}
	for name, n := range repeats {
		if n != timedRepeats {
			t.Errorf("%s is timed %d times, want %d", name, n, timedRepeats)
		}
	}
}
