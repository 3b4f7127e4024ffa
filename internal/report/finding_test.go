package report

import (
	"testing"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// cell is one trial of a limiter named by its technique and driver.
func cell(technique, driver, verdict string, certain int64) result.Cell {
	return result.Cell{
		Scenario: "concurrent", Topology: "standalone", Algorithm: "gcra", Technique: technique, Driver: driver,
		Verdict: verdict, Expected: "valid", AsExpected: verdict == "valid", Overshoot: result.Overshoot{Certain: certain},
	}
}

// Every claim of the title is true of the cells, and no cell that contradicts it is
// left out.
func TestFinding(t *testing.T) {
	light := cell("lua", "redigo", "unknown", 0) // a load that measures speed
	light.Expected, light.AsExpected = "any", true
	naive, lua := cell("naive", "goredis", "invalid", 7), cell("lua", "goredis", "valid", 0)
	sliding := naive
	sliding.Algorithm = "slidinglog"
	other := cell("naive", "redigo", "valid", 0)
	unexpected := other
	unexpected.Expected = "any"
	starved, open := cell("lua", "redigo", "invalid", 0), cell("lua", "redigo", "unknown", 0)
	bySkew := cell("mine", "goredis", "invalid", 9)
	bySkew.Overshoot.Attribution = "clock skew"
	for _, c := range []struct {
		cells []result.Cell
		want  string
	}{
		{nil, "Nothing was measured"},
		{[]result.Cell{open}, "Nothing could be judged"},
		{[]result.Cell{light}, "Speed was measured; no contract was put to the test"},
		{[]result.Cell{lua, light}, "The gcra/lua limiter was not seen to overshoot"},
		// What a void trial seems to show is not claimed.
		{[]result.Cell{lua, cell("naive", "goredis", "unknown", 7)}, "The gcra/lua limiter was not seen to overshoot; naive could not be judged in full"},
		{[]result.Cell{lua, bySkew}, "The gcra/mine limiter overshoots where the clocks of clients differ; the gcra/lua limiter was not seen to overshoot"},
		{[]result.Cell{cell("mine", "goredis", "invalid", 1), bySkew}, "The gcra/mine limiter overshoots"},
		{[]result.Cell{naive}, "The gcra/naive limiter overshoots"},
		{[]result.Cell{lua}, "The gcra/lua limiter was not seen to overshoot"},
		{[]result.Cell{lua, naive}, "The gcra/naive limiter overshoots; the gcra/lua limiter was not seen to overshoot"},
		{[]result.Cell{lua, naive, other}, "1 of 2 naive limiters overshoots; the gcra/lua limiter was not seen to overshoot"},
		// One that was not expected to overshoot, and did not, counts as well.
		{[]result.Cell{naive, unexpected}, "1 of 2 naive limiters overshoots"},
		// The same limiter, once caught and once not, overshoots.
		{[]result.Cell{naive, cell("naive", "goredis", "valid", 0)}, "The gcra/naive limiter overshoots"},
		{[]result.Cell{naive, lua, open}, "The gcra/naive limiter overshoots; lua could not be judged in full"},
		// Several limiters are told by what they have in common.
		{[]result.Cell{naive, sliding, lua}, "Every naive limiter overshoots; the gcra/lua limiter was not seen to overshoot"},
		{[]result.Cell{lua, starved}, "The gcra/lua limiter was not seen to overshoot; 1 limiter breaks the contract in another way"},
		{[]result.Cell{lua, cell("multi", "goredis", "valid", 0)}, "No lua or multi limiter was seen to overshoot"},
	} {
		if got := Finding(c.cells, nil); got != c.want {
			t.Errorf("title is %q, want %q", got, c.want)
		}
	}
}

// A gate that did not pass is told first, for it is what the run was made for.
func TestFindingOfGate(t *testing.T) {
	outcomes := func(verdict gate.Outcome, list ...gate.Outcome) *gate.Report {
		g := &gate.Report{Verdict: verdict}
		for _, o := range list {
			g.Findings = append(g.Findings, gate.Finding{Outcome: o})
		}
		return g
	}
	const own = "o multi or lua limiter was seen to overshoot"
	for _, c := range []struct {
		g    *gate.Report
		want string
	}{
		{nil, "N" + own},
		{outcomes(gate.Pass, gate.Skipped, gate.Pass), "N" + own},
		{outcomes(gate.Fail, gate.Fail, gate.Fail, gate.Suspected, gate.Pass), "Gate failed: 2 of 4 decisions; n" + own},
		{outcomes(gate.Inconclusive, gate.Suspected, gate.Inconclusive, gate.Pass), "Gate inconclusive: 2 of 3 decisions cannot be made; n" + own},
		{outcomes(gate.Inconclusive, gate.Skipped), "Gate inconclusive: nothing was decided; n" + own},
	} {
		cells := []result.Cell{cell("multi", "goredis", "valid", 0), cell("lua", "goredis", "valid", 0)}
		if got := Finding(cells, c.g); got != c.want {
			t.Errorf("title is %q, want %q", got, c.want)
		}
	}
}

// A limiter that believes a replica is told from one that races, and held no sounder.
func TestFindingOfStaleReads(t *testing.T) {
	c := cell("naive", "redigo", "invalid", 9)
	c.Faults, c.Overshoot.Attribution = []result.Fault{{Name: "cut-replica"}}, "stale read"
	want := "1 naive limiter breaks the contract under faults by what a replica still held to be true"
	if got := Finding([]result.Cell{c}, nil); got != want {
		t.Errorf("title is %q, want %q", got, want)
	}
	if sound(&c) {
		t.Error("a limiter that admitted too much is held to be sound")
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		cells []result.Cell
		want  string
	}{
		{nil, ""},
		{[]result.Cell{cell("lua", "", "valid", 0)}, "1 cell: 1 valid; all as expected."},
		{[]result.Cell{cell("lua", "", "valid", 0), cell("lua", "", "invalid", 1)}, "2 cells: 1 invalid, 1 valid; 1 not as expected."},
		{[]result.Cell{cell("lua", "", "unknown", 0)}, "1 cell: 1 unknown; 1 unknown where a verdict was expected."},
	} {
		if got := count(c.cells); got != c.want {
			t.Errorf("count is %q, want %q", got, c.want)
		}
	}
}

// Cells without a verdict that nobody expected one of are explained, the most frequent
// reason first; those that are not as expected are listed elsewhere.
func TestWhyUnknown(t *testing.T) {
	because := func(reasons ...string) result.Cell {
		c := cell("lua", "goredis", "unknown", 0)
		c.Expected, c.AsExpected, c.Reasons = "any", true, reasons
		return c
	}
	cells := []result.Cell{because("rare"), because("usual."), because("usual"), because(), cell("lua", "", "unknown", 0), cell("lua", "", "valid", 0)}
	for _, c := range []struct {
		cells []result.Cell
		want  string
	}{
		{cells, "Without a verdict: usual (2 cells); rare (1 cell); no reason was recorded (1 cell)."},
		{append(cells, because("rarest")), "Without a verdict: usual (2 cells); rare (1 cell); and 2 other reasons."},
		{cells[4:], ""}, // listed elsewhere
	} {
		if got := whyUnknown(c.cells); got != c.want {
			t.Errorf("said %q, want %q", got, c.want)
		}
	}
}

func TestPace(t *testing.T) {
	at := func(started float64, void bool) result.Cell {
		return result.Cell{StartedRatio: &started, Void: void}
	}
	loop := result.Cell{DecisionsPerSecond: new(100.0)}
	for _, c := range []struct {
		cells []result.Cell
		want  string
	}{
		{[]result.Cell{loop}, "every worker sends its next request when the last one is answered"},
		{[]result.Cell{at(0.5, true)}, "every trial is void"},
		{[]result.Cell{at(1, false), at(0.5, true)}, "every operation started within 10 ms of its time, apart from 1 void trial of 2 (as few as 50 %)"},
		{[]result.Cell{at(1, false), at(1, true), {Void: true}}, "every operation started within 10 ms of its time, apart from 2 void trials of 3"},
		{[]result.Cell{at(1, false), at(0.9951, false)}, "in each trial 99.5 % or more of the operations started within 10 ms of their time"},
	} {
		if got := pace(group{cells: c.cells}); got != c.want {
			t.Errorf("said %q, want %q", got, c.want)
		}
	}
}
