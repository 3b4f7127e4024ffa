package report

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// spelled are the rows of a table as text.
func spelled(t *table) string {
	var lines []string
	for _, row := range t.rows {
		var words []string
		for _, c := range t.columns {
			words = append(words, c.value(row, true))
		}
		lines = append(lines, strings.Join(words, " | "))
	}
	return strings.Join(lines, "\n")
}

// Each driver has a table with a row for each of its settings under each fault, which is
// the worst of its cells. A policy of a sweep is compared elsewhere.
func TestDriversUnderFaults(t *testing.T) {
	cell := func(driver, client, scenario string) result.Cell {
		return result.Cell{
			Scenario: scenario, Topology: "standalone", Algorithm: "gcra", Technique: "lua", Driver: driver, Client: client, Verdict: "valid",
			Faults: []result.Fault{{Name: "pause"}}, Allowed: 3, Unknown: 1, Availability: new(0.75), RecoveryMS: new(3000.0), ExecutionsPerDecision: new(1.0),
			DoubleCounted: new(int64(0)), ConnectionsOpened: new(int64(2)), Noticed: &result.Noticed{DetectMS: new(500.0), Errors: map[string]int64{"timeout": 1}},
		}
	}
	shipped, worse, calm := cell("goredis", "default", "stall"), cell("goredis", "default", "stall"), cell("goredis", "bounded", "stall")
	worse.Availability, worse.DoubleCounted, worse.ExecutionsPerDecision, worse.WithinDeadline, worse.RecoveryMS = new(0.5), new(int64(20)), new(1.041), new(0.25), nil
	calm.Faults = nil
	other, stepped, policy := cell("redigo", "bounded", "failover"), cell("redigo", "bounded", "outage"), cell("redigo", "bounded", "outage")
	other.Policy, other.ByPolicy = "fail-open", &result.ByPolicy{}
	stepped.Step = &result.Step{Axis: "fault", Variant: "stop"}
	policy.Step, policy.Policy, policy.ByPolicy = stepped.Step, "fail-open", &result.ByPolicy{}
	got := drivers([]result.Cell{calm, shipped, worse, other, stepped, policy})
	if len(got) != 2 || got[0].title != "goredis under faults" || got[1].title != "redigo under faults" || got[0].table.note != "" || got[1].table.note != driversLegend {
		t.Fatalf("sections are %+v", got)
	}
	for i, want := range []string{
		"default | stall | standalone | 50 % | timeout | 500 ms | 3 s, 1 of 2 never | 1.04 | 20 | 2 | 25 % | –",
		"bounded/fail-open | failover | standalone | 75 % | timeout | 500 ms | 3 s | 1 | 0 | 2 | – | –\n" +
			"bounded | outage.stop | standalone | 75 % | timeout | 500 ms | 3 s | 1 | 0 | 2 | – | –",
	} {
		if rows := spelled(got[i].table); rows != want {
			t.Errorf("rows are\n%s\nwant\n%s", rows, want)
		}
	}
}

// What a client sent twice, and others were denied for, is no fault of the limiter, unless
// there is more that it did.
func TestWhatAClientRepeatedIsNoFaultOfTheLimiter(t *testing.T) {
	c := result.Cell{
		Scenario: "stall", Topology: "standalone", Algorithm: "gcra", Technique: "lua", Driver: "goredis", Client: "default", Verdict: "invalid", Expected: "any",
		Faults: []result.Fault{{Name: "pause"}}, FalseRejections: &result.FalseRejections{Certain: 222}, DoubleCounted: new(int64(20)), Reasons: []string{"denied"},
	}
	const client, own = "1 lua limiter breaks the contract under faults because a client repeated what it had sent", "1 lua limiter breaks the contract under faults by itself"
	if got := strings.Join(found([]result.Cell{c}), "; "); got != client || !sound(&c) || causeOf(group{cells: []result.Cell{c}}, true) != "client repeats" {
		t.Errorf("claims %q, sound %t", got, sound(&c))
	}
	for name, change := range map[string]func(*result.Cell){
		"nothing was repeated": func(c *result.Cell) { c.DoubleCounted = new(int64(0)) },
		"nobody counted":       func(c *result.Cell) { c.DoubleCounted = nil },
		"nobody was denied":    func(c *result.Cell) { c.FalseRejections = &result.FalseRejections{} },
		"there is more":        func(c *result.Cell) { c.Reasons = []string{"denied", "1 key without TTL"} },
	} {
		other := c
		change(&other)
		if got := strings.Join(found([]result.Cell{other}), "; "); got != own || sound(&other) {
			t.Errorf("%s: claims %q, sound %t", name, got, sound(&other))
		}
	}
}
