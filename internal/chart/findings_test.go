package chart

import (
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

func spaces(s string) string { return strings.ReplaceAll(s, nbsp, " ") }

func TestOvershootTitleSaysWhatIsTrue(t *testing.T) {
	known := func(values ...float64) sample { return sample{values: values} }
	for _, tc := range []struct {
		want       string
		techniques []excessOf
	}{
		{"MULTI and Lua held the limit; naive overshot it by up to 318 %",
			[]excessOf{{technique: "naive", sample: known(0, 2, 3.18)}, {technique: "MULTI", sample: known(0, 0)}, {technique: "Lua", sample: known(0)}}},
		{"Lua held the limit; naive overshot it by up to 318 %, MULTI by up to 2 %",
			[]excessOf{{technique: "MULTI", sample: known(0, 0.02)}, {technique: "naive", sample: known(3.18)}, {technique: "Lua", sample: known(0)}}},
		{"Every technique held the limit", []excessOf{{technique: "naive", sample: known(0)}, {technique: "Lua", sample: known(0)}}},
		{"Lua held the limit", []excessOf{{technique: "Lua", sample: known(0)}}},
		{"Naive overshot the limit by up to 5 %", []excessOf{{technique: "naive", sample: known(0, 0.05)}}},
		{"No technique held the limit: naive overshot it by up to 100 %, Lua by up to 1 %",
			[]excessOf{{technique: "naive", sample: known(1)}, {technique: "Lua", sample: known(0.01)}}},
		{"Lua held the limit; MULTI is unknown in 2 of 3 trials",
			[]excessOf{{technique: "MULTI", sample: sample{[]float64{0}, 2}}, {technique: "Lua", sample: known(0)}}},
		{"Naive overshot the limit by up to 9 %; Lua is unknown in 3 of 3 trials",
			[]excessOf{{technique: "naive", sample: sample{[]float64{0.09}, 1}}, {technique: "Lua", sample: sample{unknown: 3}}}},
		{"3 techniques have unknown trials",
			[]excessOf{{technique: "a", sample: sample{unknown: 1}}, {technique: "b", sample: sample{[]float64{0}, 1}}, {technique: "c", sample: sample{unknown: 1}}}},
		{"Lua held the limit; naive overshot it by up to 9 %; MULTI is invalid without overshoot in 1 of 3 trials",
			[]excessOf{{"naive", known(0, 0.09), 1}, {"MULTI", sample{[]float64{0, 0}, 1}, 1}, {technique: "Lua", sample: known(0)}}},
		{"Lua is invalid without overshoot in 2 of 2 trials", []excessOf{{"Lua", known(0, 0), 2}}},
		{"3 techniques have invalid trials without overshoot", []excessOf{{"a", known(0), 1}, {"b", known(0), 1}, {"c", known(0), 1}}},
		{"Overshoot is unknown", []excessOf{{technique: "a", sample: sample{unknown: 1}}, {technique: "b", sample: sample{unknown: 2}}}},
		{"5 techniques held the limit; d overshot it by up to 40 %, 3 others by no more",
			[]excessOf{{technique: "a", sample: known(0.1)}, {technique: "b", sample: known(0.2)}, {technique: "c", sample: known(0.3)}, {technique: "d", sample: known(0.4)},
				{technique: "e", sample: known(0)}, {technique: "f", sample: known(0)}, {technique: "g", sample: known(0)}, {technique: "h", sample: known(0)}, {technique: "i", sample: known(0)}}},
	} {
		if got := spaces(overshootTitle(tc.techniques)); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}

// A technique that denies falsely does not hold, though it never overshoots.
func TestInvalidWithoutOvershootIsNoZero(t *testing.T) {
	m := full().only("concurrent")
	m.algorithms = []string{"gcra"}
	r := change(m.result(), func(c result.Cell) bool { return c.Technique == "multi" && c.Repeat == 2 }, func(c *result.Cell) { c.Verdict = "invalid" })
	fig, err := overshoot{}.Draw(r)
	if err != nil {
		t.Fatal(err)
	}
	text := spaces(fig.String())
	for _, want := range []string{"title: Lua held the limit; ", "; MULTI is invalid without overshoot in 3 of 9 trials\n", "GCRA, MULTI: invalid\n", "Invalid = "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestLatencyTitleSaysWhatIsTrue(t *testing.T) {
	line := func(label string, medians ...float64) curve { return curve{label: label, medians: medians} }
	lines := func(curves ...curve) panel { return panel{curves: curves} }
	one := lines(line("naive", 390, 400, 500), line("MULTI", 800, 900, 950), line("Lua", 150, 200, 300))
	two := lines(line("naive", 310), line("MULTI", 1800), line("Lua", 290))
	six := lines(line("a", 1), line("b", 2), line("c", 3), line("d", 4), line("e", 5), line("f", 6))
	for _, tc := range []struct {
		want   string
		panels []panel
	}{
		{"Half of all decisions came within 200 µs with Lua, 400 µs with naive, 900 µs with MULTI", []panel{one}},
		{"Half of all decisions came within 245 µs with Lua, 355 µs with naive, 1.4 ms with MULTI", []panel{one, two}},
		{"Half of all decisions came within 250 µs with Lua", []panel{lines(line("Lua", 240, 250, 260))}},
		{"Half of all decisions came within 150 µs with Lua", []panel{lines(line("Lua", 100, 200))}},
		{"Half of all decisions came within 1 µs with a, up to 6 µs with f", []panel{six}},
	} {
		if got := spaces(latencyTitle(tc.panels)); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}

// costTitle compares clients with these medians of a measure, the best first.
func costTitle(m measure, values ...float64) string {
	var all []finding
	for i, v := range values {
		all = append(all, finding{subject{[]string{"goredis", "rueidis", "redigo", "a", "b", "c"}[i], "lua"}, v})
	}
	return spaces(m.compare(all))
}

// A lead is claimed only where it is more than noise.
func TestCostTitleSaysWhatIsTrue(t *testing.T) {
	serverCPU := costs[0]
	for _, tc := range []struct {
		want   string
		m      measure
		values []float64
	}{
		{"go-redis with Lua made most decisions, 21 k/s; others down to 9 k/s", throughput, []float64{21e3, 16e3, 9e3}},
		{"go-redis with Lua and rueidis with Lua made about as many decisions, 18–21 k/s; others down to 9 k/s", throughput, []float64{21e3, 18e3, 9e3}},
		{"No clear difference in decisions per second: 17–21 k/s", throughput, []float64{21e3, 18e3, 17e3}},
		{"Decisions per second of go-redis with Lua: 21 k/s", throughput, []float64{21e3}},
		{"go-redis with Lua cost the server least CPU, 4 µs a decision; others up to 9.7 µs", serverCPU, []float64{4, 4.5, 9.7}},
		{"No clear difference in server CPU per decision: 57–60 µs", serverCPU, []float64{57, 58, 60}},
		{"5 combinations of client and technique cost the server about the same CPU, 57–61 µs a decision; others up to 80 µs",
			serverCPU, []float64{57, 58, 59, 60, 61, 80}},
		// Each within noise of the next, but not of the first.
		{"go-redis with Lua and rueidis with Lua cost the server about the same CPU, 50–54 µs a decision; others up to 58 µs", serverCPU, []float64{50, 54, 58}},
	} {
		if got := costTitle(tc.m, tc.values...); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}

// What is cheap because it does not limit is not the best, wherever in the run it
// was caught, and neither is what no scenario has tested.
func TestCostTitlePraisesNoBrokenLimiter(t *testing.T) {
	run := func(scenarios ...string) *result.Result {
		m := full().only(append(scenarios, "saturate")...)
		m.drivers, m.techniques = []string{"redigo"}, []string{"naive", "lua"}
		return change(m.result(), func(c result.Cell) bool { return c.Technique == "naive" }, func(c *result.Cell) { *c.DecisionsPerSecond *= 100 })
	}
	for _, tc := range []struct {
		name, title, subtitle string
		r                     *result.Result
	}{
		{"nothing was tested", "redigo with naive made most decisions", "", run()},
		{"naive broke", "Decisions per second of redigo with Lua", "The title compares Lua only", run("concurrent")},
		{"all broke", "No technique kept its contract; decisions per second: ", "",
			change(run("concurrent"), func(c result.Cell) bool { return c.Scenario == "concurrent" }, func(c *result.Cell) { c.Verdict = "invalid" })},
		{"naive was not tested", "Decisions per second of redigo with Lua", "The title compares Lua only",
			without(run("concurrent"), func(c result.Cell) bool { return c.Scenario == "concurrent" && c.Technique == "naive" })},
	} {
		fig, err := cost{}.Draw(tc.r)
		if err != nil {
			t.Fatal(err)
		}
		if got := spaces(fig.Title); !strings.HasPrefix(got, tc.title) {
			t.Errorf("%s: title is %q, want %q", tc.name, got, tc.title)
		}
		if says := strings.Contains(fig.Subtitle, "The title compares"); !strings.Contains(fig.Subtitle, tc.subtitle) || says != (tc.subtitle != "") {
			t.Errorf("%s: subtitle is %q, want %q in it", tc.name, fig.Subtitle, tc.subtitle)
		}
	}
}

// A void attempt was repeated: only the last attempt counts.
func TestLastAttemptCounts(t *testing.T) {
	r := full().only("concurrent").result()
	for _, c := range r.Cells {
		c.Attempt, c.Verdict, c.Overshoot.Ratio = 0, "unknown", 99
		r.Cells = append(r.Cells, c)
	}
	got, err := overshoot{}.Draw(r)
	if err != nil {
		t.Fatal(err)
	}
	want, err := overshoot{}.Draw(full().only("concurrent").result())
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("with void attempts\n%s\nwant\n%s", got, want)
	}
}

func TestLinesEndWhereTenSamplesRemain(t *testing.T) {
	q := &result.Quantiles{Count: 1000, P50us: 100, Curve: []result.Point{
		{P: 0, US: 10}, {P: 49.9, US: 99}, {P: 60, US: 0}, {P: 90, US: 200}, {P: 99, US: 300}, {P: 99.1, US: 400}, {P: 100, US: 500},
	}}
	want := []result.Point{{P: 50, US: 100}, {P: 90, US: 200}, {P: 99, US: 300}}
	if got := visible(q); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := visible(&result.Quantiles{Count: 30, P50us: 100, Curve: []result.Point{{P: 90, US: 200}}}); got != nil {
		t.Errorf("a single point is no line, got %v", got)
	}
	if got := visible(nil); got != nil {
		t.Errorf("nothing measured, got %v", got)
	}
}

// A middle trial is drawn, not an average of trials.
func TestBoldLineIsTheMiddleTrial(t *testing.T) {
	var trials []result.Cell
	for i, p50 := range []float64{900, 300, 500} {
		q := &result.Quantiles{Count: 1000, P50us: p50, Curve: []result.Point{{P: 90, US: p50 * 2}}}
		trials = append(trials, result.Cell{Repeat: i + 1, Latency: result.Latency{Response: q}})
	}
	c := curveOf(trials)
	if c.median() != 500 || c.points[0].US != 500 || len(c.repeats) != 2 {
		t.Errorf("median %g, points %v, %d repeats; want the trial with p50 = 500 and two beside it", c.median(), c.points, len(c.repeats))
	}
}

// A run says how its algorithms and scenarios are spelled; what it does not say is
// drawn as it is.
func TestTitleOfNames(t *testing.T) {
	spelled := titles{{Name: "concurrent", Title: "Concurrent"}, {Name: "gcra", Title: "GCRA"}}
	for name, want := range map[string]string{
		"goredis": "go-redis", "goredis/default": "go-redis (default)", "goredis/default/cluster": "go-redis (default, Cluster)",
		"concurrent/sentinel": "Concurrent (Sentinel)", "gcra": "GCRA", "my-limiter": "my-limiter",
	} {
		if got := spelled.of(name); got != want {
			t.Errorf("%q is spelled %q, want %q", name, got, want)
		}
	}
}

func TestInksTellTechniquesApart(t *testing.T) {
	names := []string{"naive", "multi", "lua", "a", "b", "c", "d", "e", "f", "g", "h", "i"}
	seen := map[[3]uint8]string{}
	for name, k := range inks(names) {
		rgb := [3]uint8{k.color.R, k.color.G, k.color.B}
		if other, taken := seen[rgb]; taken {
			t.Errorf("%s and %s have one colour", name, other)
		}
		seen[rgb] = name
	}
}

// Charts look at what cells expect and how they were loaded, never at the names of
// scenarios, and mix no two loads.
func TestScenariosAreChosenByData(t *testing.T) {
	rename := func(from, to string, cells []result.Cell) []result.Cell {
		r := change(&result.Result{Cells: slices.Clone(cells)}, func(c result.Cell) bool { return c.Scenario == from },
			func(c *result.Cell) { c.Scenario = to })
		return r.Cells
	}
	m := full().only("concurrent", "baseline", "saturate")
	m.algorithms = []string{"gcra", "control"} // nothing is expected of a control, in no scenario
	cells := m.result().Cells
	cells = rename("baseline", "calm", rename("saturate", "flood", rename("concurrent", "storm", cells)))
	cells = append(cells, rename("calm", "calm2", rename("flood", "flood2", cells))...)
	for _, tc := range []struct {
		closed bool
		want   string
	}{{false, "calm"}, {true, "flood"}} {
		if got := distinct(measuring(cells, tc.closed), scenario); !slices.Equal(got, []string{tc.want}) {
			t.Errorf("closed loop %t: chose %v, want %s", tc.closed, got, tc.want)
		}
	}
	got := where(cells, tests)
	if names := distinct(got, scenario); !slices.Equal(names, []string{"storm"}) || slices.Contains(distinct(got, algorithm), "control") {
		t.Errorf("%v test %v, want no control in storm alone", names, distinct(got, algorithm))
	}
	calm := where(cells, func(c result.Cell) bool { return c.Scenario == "calm" })
	calm[0].Verdict = "invalid"
	if got := where(calm, tests); len(got) != 1 {
		t.Errorf("%d cells test a contract, want the one that was found broken on the way", len(got))
	}
}

// A void closed loop has no throughput, and is none the less a closed loop.
func TestVoidCellsDoNotChangeTheLoop(t *testing.T) {
	cells := full().only("saturate").result().Cells
	void(&cells[0])
	if got := measuring(cells, true); len(got) != len(cells) {
		t.Errorf("chose %d of %d cells of the closed loop", len(got), len(cells))
	}
}
