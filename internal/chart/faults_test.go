package chart

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/rlbench/rlbench/internal/result"
)

// admitting is a cell with a limit of 10 per second, four intervals to a window.
func admitting(contract string, admitted ...int64) result.Cell {
	n := len(admitted)
	return result.Cell{
		Scenario: "partition", Topology: "sentinel", Algorithm: "a", Technique: "lua", Driver: "redigo", Verdict: "valid",
		Limit: 10, WindowMS: 1000, Burst: 20, Contract: contract,
		Timeline: &result.Timeline{
			BinMS: 250, Admitted: admitted, Allowed: slices.Clone(admitted), Denied: make([]int64, n), Failed: make([]int64, n), Unknown: make([]int64, n),
			P50MS: make([]float64, n), MaxMS: make([]float64, n),
		},
	}
}

func TestChargeCountsAsTheContractDoes(t *testing.T) {
	for _, tc := range []struct {
		name, contract string
		admitted       []int64
		want           []float64
	}{
		{"a window is used up at once, again and again", "window", []int64{10, 0, 0, 0, 10, 0, 0, 0, 10}, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{"a window opens when it is used", "window", []int64{10, 0, 0, 0, 0, 0, 4, 6}, []float64{1, 1, 1, 1, 0, 0, 0.4, 1}},
		{"a window was forgotten", "window", []int64{10, 0, 7, 3, 0}, []float64{1, 1, 1.7, 2, 0}},
		{"a log counts each admission for a window's length", "log", []int64{4, 6, 0, 0, 4, 6}, []float64{0.4, 1, 1, 1, 1, 1}},
		{"a log was forgotten", "log", []int64{10, 0, 5, 0, 0, 0, 0}, []float64{1, 1, 1.5, 1.5, 0.5, 0.5, 0}},
		{"a bucket begins empty and leaks", "bucket", []int64{12, 0, 0, 0, 0}, []float64{0.475, 0.35, 0.225, 0.1, 0}},
		{"a bucket was forgotten", "bucket", []int64{20, 20}, []float64{0.875, 1.75}},
		{"an envelope is a bucket", "envelope", []int64{20, 20}, []float64{0.875, 1.75}},
		{"windows aligned to a clock begin at times unknown", "aligned-window", []int64{10, 10}, nil},
	} {
		got := charged(admitting(tc.contract, tc.admitted...))
		if !slices.EqualFunc(got, tc.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%s: charge %v, want %v", tc.name, got, tc.want)
		}
	}
	long := admitting("window", 10, 10)
	long.WindowMS = 100
	if got := charged(long); len(got) > 0 {
		t.Errorf("windows shorter than an interval: charge %v, want none", got)
	}
}

// What the judge is not certain of is no overshoot: an answer may have come long after
// its decision.
func TestTimelineDoesNotContradictTheJudge(t *testing.T) {
	c := admitting("log", 10, 5)
	lane := func() chargeLane { return chargeLaneOf([]result.Cell{c}, ink{}).(chargeLane) }
	if l := lane(); l.beyond() != 0 || l.verdict != "0" {
		t.Errorf("valid: filled for %g s, labelled %q", l.beyond(), l.verdict)
	}
	c.Verdict = "unknown"
	if l := lane(); l.verdict != "unknown" {
		t.Errorf("nobody could judge: labelled %q", l.verdict)
	}
	c.Verdict, c.Overshoot.Ratio = "invalid", 0.5
	if l := lane(); l.beyond() != 0.25 || spaces(l.verdict) != "+50 %" {
		t.Errorf("invalid: filled for %g s, labelled %q", l.beyond(), l.verdict)
	}
}

// caused is a judged cell of a technique.
func caused(scenario, topology, technique, cause string, ratio float64) result.Cell {
	c := result.Cell{Scenario: scenario, Topology: topology, Technique: technique, Verdict: "valid"}
	if ratio > 0 {
		c.Verdict, c.Overshoot = "invalid", result.Overshoot{Certain: 1, Ratio: ratio, Attribution: cause}
	}
	return c
}

func TestTitlesOfFaultsSayWhatIsTrue(t *testing.T) {
	unsure := caused("failover", "cluster", "lua", "", 0)
	unsure.Verdict = "unknown"
	starved := caused("failover", "cluster", "lua", "", 0)
	starved.Verdict = "invalid"
	held := caused("failover", "sentinel", "lua", "", 0)
	raced := caused("failover", "sentinel", "naive", race, 3)
	lost := caused("partition", "sentinel", "lua", lostWrites, 0.41)
	lostToo := caused("partition", "sentinel", "naive", lostWrites, 0.2)
	heldThere := caused("partition", "cluster", "lua", "", 0)
	lostThere := caused("partition", "cluster", "lua", lostWrites, 0.3)
	for _, tc := range []struct {
		cells               []result.Cell
		timeline, overshoot string
	}{
		{[]result.Cell{held}, "No technique let through more than its contract, before, during or after a fault", "Every technique held the limit through every fault"},
		{[]result.Cell{held, unsure}, "As far as trials could be judged, no technique let through more than its contract",
			"As far as trials could be judged, every technique held the limit through every fault"},
		{[]result.Cell{unsure}, "What limiters admitted before, during and after a fault", "Overshoot under faults is unknown"},
		{[]result.Cell{starved}, "No technique let through more than its contract, before, during or after a fault",
			"No technique overshot its limit, and some broke their contract in another way"},
		{[]result.Cell{held, raced}, "No overshoot by lost writes; naive let through up to 300 % of the limit too much", "Races broke naive, by up to 300 %"},
		{[]result.Cell{lost, heldThere, raced}, "Redis forgot admissions under Partition (Sentinel): Lua let through up to 41 % of the limit too much",
			"Lost writes broke Lua under Partition (Sentinel), by up to 41 %; races broke naive, by up to 300 %"},
		{[]result.Cell{lost, lostToo, lostThere, held}, "Redis forgot admissions under Partition: every technique let through up to 41 % of the limit too much",
			"Lost writes broke every technique under Partition, by up to 41 %"},
		{[]result.Cell{held, caused("failover", "cluster", "lua", "clock step", 0.1)}, "No overshoot by lost writes; Lua let through up to 10 % of the limit too much",
			"Lua overshot by up to 10 % (clock step)"},
	} {
		spelled := titles{{Name: "failover", Title: "Failover"}, {Name: "partition", Title: "Partition"}}
		if got := spaces(timelineTitle(tc.cells, spelled)); got != tc.timeline {
			t.Errorf("timeline: got  %s\nwant %s", got, tc.timeline)
		}
		if got := spaces(faultsTitle(tc.cells, spelled)); got != tc.overshoot {
			t.Errorf("overshoot: got  %s\nwant %s", got, tc.overshoot)
		}
	}
}

func TestAvailabilityTitleSaysWhatIsTrue(t *testing.T) {
	trial := func(driver string, recovery ...float64) (cells []result.Cell) {
		for _, ms := range recovery {
			c := result.Cell{Driver: driver, RecoveryMS: &ms}
			if ms == 0 {
				c.RecoveryMS = nil
			}
			cells = append(cells, c)
		}
		return cells
	}
	for _, tc := range []struct {
		cells []result.Cell
		want  string
	}{
		{slices.Concat(trial("goredis", 2000, 4100), trial("rueidis", 1500)), "After every fault rueidis served again within 1.5 s, go-redis within 4.1 s"},
		{slices.Concat(trial("goredis", 2000, 0), trial("rueidis", 1500)), "After every fault rueidis served again within 1.5 s; go-redis did not recover in 1 of 2 trials"},
		{trial("redigo", 0), "redigo did not recover in 1 of 1 trial"},
		{slices.Concat(trial("a", 1000), trial("b", 5000), trial("c", 2000), trial("d", 3000), trial("e", 4000)), "After every fault 5 clients served again within 1–5 s"},
	} {
		if got := spaces(availabilityTitle(tc.cells)); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}

// An outage is as long as nobody was answered without a break, and what took long is
// none.
func TestOutage(t *testing.T) {
	tl := admitting("log", 5, 0, 0, 9, 0, 0, 0, 5).Timeline
	tl.Failed, tl.Unknown = []int64{0, 5, 0, 1, 3, 0, 2, 4}, []int64{0, 0, 5, 0, 3, 0, 0, 0}
	tl.P50MS = []float64{0.5, 500, 500, 700, 500, 0, 500, 2}
	var levels []int
	for i := range bins(tl) {
		levels = append(levels, heatLevel(tl, i))
	}
	if want := []int{0, unanswered, unanswered, 6, unanswered, idle, unanswered, 1}; !slices.Equal(levels, want) {
		t.Errorf("levels %v, want %v", levels, want)
	}
	if got := outage(tl); got != 0.5 {
		t.Errorf("outage of %g s, want 0.5", got)
	}
}

func TestNamesOfFaultsKeepApart(t *testing.T) {
	b := box{x: 10, width: 100, seconds: 10}
	got := placed([]shade{{"kill", 1, 2}, {"promote", 1.5, 1.5}, {"delay", 9.5, 10}}, b)
	if len(got) != 2 || got[0].label != "kill, promote" || got[0].at.X != 20 || got[1].label != "delay" {
		t.Errorf("placed %+v", got)
	}
	if end := got[1].at.X + shadeStyle.width("delay"); end > b.x+b.width+1e-9 {
		t.Errorf("a name ends at %v, outside the field", end)
	}
	if got := placed([]shade{{"kill", 1, 2}, {"kill", 1.2, 2}}, b); len(got) != 1 || got[0].label != "kill" {
		t.Errorf("one fault twice: %+v", got)
	}
}

// A fault that was never healed lasts to the end, and none is drawn outside.
func TestShadesStayInTheField(t *testing.T) {
	c := admitting("log", 1, 1, 1, 1)
	late, early := 5000.0, -100.0
	c.Faults = []result.Fault{{Name: "kill", AtMS: 500}, {Name: "pause", AtMS: 250, UntilMS: &late}, {Name: "cut", AtMS: early, UntilMS: &early}}
	want := []shade{{"kill", 0.5, 1}, {"pause", 0.25, 1}, {"cut", 0, 0}}
	if got := shades(c); !slices.Equal(got, want) {
		t.Errorf("shades %v, want %v", got, want)
	}
}

// Races and costs are those of scenarios without faults, whatever else a run holds: a
// technique that lost writes under a fault is none that races, and may be praised.
func TestFaultsChangeNoOtherChart(t *testing.T) {
	want := full().result()
	r := full().result()
	r.Cells = append(slices.DeleteFunc(faultsOn("standalone").Cells, func(c result.Cell) bool { return c.Scenario == "concurrent" }), r.Cells...)
	for i := range r.Cells[:4] {
		void(&r.Cells[i]) // a trial that met no fault is one of its scenario all the same
		r.Cells[i].Timeline = nil
	}
	for _, c := range []Chart{overshoot{}, latency{}, cost{}} {
		before, err := c.Draw(want)
		if err != nil {
			t.Fatal(err)
		}
		after, err := c.Draw(r)
		if err != nil {
			t.Fatal(err)
		}
		if after.String() != before.String() {
			t.Errorf("%s with faults in the run:\n%s\nwant\n%s", c.Name(), after, before)
		}
	}
}

// Causes are told apart by shape and by words.
func TestCausesOfOvershootAreToldApart(t *testing.T) {
	m := causedMark([]result.Cell{caused("partition", "sentinel", "naive", race, 3), caused("partition", "sentinel", "naive", lostWrites, 0.5), caused("partition", "sentinel", "naive", "", 0)})
	var dots []string
	for _, d := range m.trials {
		dots = append(dots, map[bool]string{true: "ring ", false: "full "}[d.ring]+share(d.value))
	}
	slices.Sort(dots)
	if got, want := spaces(strings.Join(dots, ", ")), "full 0 %, full 300 %, ring 50 %"; got != want {
		t.Errorf("drawn %s, want %s", got, want)
	}
	if got := spaces(m.label); got != "+300 % race, lost writes" {
		t.Errorf("labelled %s", got)
	}
}

// A lane at the top of its room must not touch the one above.
func TestChargeStaysInItsLane(t *testing.T) {
	for _, v := range []float64{-1, 0, 1, mostCharge, 1e12} {
		if at := chargeLevel(v); at < vg.Length(0.02) || at > 1 {
			t.Errorf("a charge of %g is drawn at %g of the lane's height", v, at)
		}
	}
}
