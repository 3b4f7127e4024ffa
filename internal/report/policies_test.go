package report

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// underPolicies are the cells of two policies through one fault.
func underPolicies() group {
	cell := func(driver, policy string) result.Cell {
		return result.Cell{
			Scenario: "outage", Step: &result.Step{Axis: "fault", Variant: "stop"}, Topology: "standalone", Algorithm: "gcra", Technique: "lua",
			Driver: driver, Client: "bounded", Policy: policy, Limit: 30, WindowMS: 6000, Verdict: "valid", Expected: "valid", AsExpected: true,
			Availability: new(0.72), RecoveryMS: new(3100.0), Faults: []result.Fault{{Name: "stop", AtMS: 2000}},
			Noticed: &result.Noticed{DetectMS: new(11.0), Errors: map[string]int64{}},
		}
	}
	none, open, local := cell("redigo", ""), cell("redigo", "fail-open"), cell("redigo", "fail-local")
	none.Noticed.Errors = map[string]int64{"reset": 16, "refused": 56}
	open.ByPolicy = &result.ByPolicy{Ratio: 2.4}
	local.ByPolicy, local.RecoveryMS = &result.ByPolicy{Ratio: 1, Times: new(2)}, nil
	return group{cells: []result.Cell{none, open, local}}
}

func TestPoliciesAreCompared(t *testing.T) {
	p := policies(underPolicies())
	want := []string{
		"none | redigo | valid | 72 % | 0 | – | 11 ms | 3.1 s | refused, reset",
		"fail-open | redigo | valid | 72 % | 240 % | – | 11 ms | 3.1 s | –",
		"fail-local | redigo | valid | 72 % | 100 % | 2 x | 11 ms | –, 1 of 1 never | –",
	}
	if got := spelled(p.table); got != strings.Join(want, "\n") {
		t.Errorf("rows are\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
