package chart

import (
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms/all"
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
			[]excessOf{{"naive", known(0, 2, 3.18)}, {"MULTI", known(0, 0)}, {"Lua", known(0)}}},
		{"Lua held the limit; naive overshot it by up to 318 %, MULTI by up to 2 %",
			[]excessOf{{"MULTI", known(0, 0.02)}, {"naive", known(3.18)}, {"Lua", known(0)}}},
		{"Every technique held the limit", []excessOf{{"naive", known(0)}, {"Lua", known(0)}}},
		{"Lua held the limit", []excessOf{{"Lua", known(0)}}},
		{"Naive overshot the limit by up to 5 %", []excessOf{{"naive", known(0, 0.05)}}},
		{"No technique held the limit: naive overshot it by up to 100 %, Lua by up to 1 %",
			[]excessOf{{"naive", known(1)}, {"Lua", known(0.01)}}},
		{"Lua held the limit; MULTI is unknown in 2 of 3 trials",
			[]excessOf{{"MULTI", sample{[]float64{0}, 2}}, {"Lua", known(0)}}},
		{"Naive overshot the limit by up to 9 %; Lua is unknown in 3 of 3 trials",
			[]excessOf{{"naive", sample{[]float64{0.09}, 1}}, {"Lua", sample{unknown: 3}}}},
		{"3 techniques have unknown trials",
			[]excessOf{{"a", sample{unknown: 1}}, {"b", sample{[]float64{0}, 1}}, {"c", sample{unknown: 1}}}},
		{"Overshoot is unknown", []excessOf{{"a", sample{unknown: 1}}, {"b", sample{unknown: 2}}}},
		{"5 techniques held the limit; d overshot it by up to 40 %, 3 others by no more",
			[]excessOf{{"a", known(0.1)}, {"b", known(0.2)}, {"c", known(0.3)}, {"d", known(0.4)},
				{"e", known(0)}, {"f", known(0)}, {"g", known(0)}, {"h", known(0)}, {"i", known(0)}}},
	} {
		if got := spaces(overshootTitle(tc.techniques)); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
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
		{"Half of all decisions came within 200 µs with Lua, 310 µs with naive, 900 µs with MULTI", []panel{one, two}},
		{"Half of all decisions came within 250 µs with Lua", []panel{lines(line("Lua", 240, 250, 260))}},
		{"Half of all decisions came within 1 µs with a, up to 6 µs with f", []panel{six}},
	} {
		if got := spaces(latencyTitle(tc.panels)); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}

func TestCostTitleSaysWhatIsTrue(t *testing.T) {
	rates := func(goredis, rueidis float64) *result.Result {
		m := full().only("saturate")
		m.techniques, m.drivers = []string{"lua"}, []string{"goredis", "rueidis"}
		return change(m.result(), func(result.Cell) bool { return true }, func(c *result.Cell) {
			rate := map[string]float64{"goredis": goredis, "rueidis": rueidis}[c.Driver]
			c.DecisionsPerSecond = &rate
		})
	}
	noRate := change(rates(1, 2), func(result.Cell) bool { return true }, func(c *result.Cell) {
		server := map[string]float64{"goredis": 9.7, "rueidis": 4}[c.Driver]
		c.DecisionsPerSecond, c.ServerCPUus = nil, &server
	})
	for _, tc := range []struct {
		want string
		r    *result.Result
	}{
		{"rueidis with Lua decided most, 21 k/s; go-redis with Lua least, 9 k/s", rates(9000, 21000)},
		{"No clear difference in decisions per second: 9–10 k/s", rates(9000, 10000)},
		{"rueidis with Lua cost the server least CPU, 4 µs a decision; go-redis with Lua most, 9.7 µs", noRate},
		{"Decisions per second of rueidis with Lua: 21 k/s",
			without(rates(9000, 21000), func(c result.Cell) bool { return c.Driver == "goredis" })},
	} {
		fig, err := cost{}.Draw(tc.r)
		if err != nil {
			t.Fatal(err)
		}
		if got := spaces(fig.Title); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
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
func TestFullLineIsTheMiddleTrial(t *testing.T) {
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

// The spelling of charts is that of the algorithms, and so is the order.
func TestEveryAlgorithmHasItsTitle(t *testing.T) {
	last := -1
	for _, a := range all.Algorithms() {
		if title(a.Name) != a.Title {
			t.Errorf("%s is drawn as %q, its title is %q", a.Name, title(a.Name), a.Title)
		}
		if r := rank(a.Name); r < last {
			t.Errorf("%s is drawn before the algorithm listed before it", a.Name)
		} else {
			last = r
		}
	}
}

func TestTitleOfNames(t *testing.T) {
	for name, want := range map[string]string{
		"goredis": "go-redis", "goredis/default": "go-redis (default)", "goredis/default/cluster": "go-redis (default, Cluster)",
		"concurrent/sentinel": "Concurrent (Sentinel)", "my-limiter": "my-limiter",
	} {
		if got := title(name); got != want {
			t.Errorf("title(%q) = %q, want %q", name, got, want)
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
