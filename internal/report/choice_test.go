package report

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// A client is compared only over limiters that all clients were measured with.
func TestClientsAreComparedOverTheSameLimiters(t *testing.T) {
	at := func(algorithm, driver, verdict string, speed float64) result.Cell {
		c := cell("lua", driver, verdict, 0)
		c.Algorithm, c.DecisionsPerSecond, c.Void = algorithm, &speed, verdict == "unknown"
		return c
	}
	p := clients([]result.Cell{
		at("gcra", "goredis", "valid", 100), at("gcra", "redigo", "valid", 250),
		at("fixedwindow", "goredis", "valid", 240), at("fixedwindow", "redigo", "valid", 250),
		at("slidinglog", "goredis", "valid", 9000), at("slidinglog", "redigo", "unknown", 1),
		at("tokenbucket", "goredis", "valid", 9000),
	})
	want := "In concurrent/standalone, redigo has the highest throughput: 250/s, clearly ahead of the other clients with 1 of 2 limiters."
	if p.text != want {
		t.Errorf("said %q, want %q", p.text, want)
	}
	if one := clients([]result.Cell{at("gcra", "goredis", "valid", 100)}); !one.empty() {
		t.Errorf("compared one client with itself: %q", one.text)
	}
}

// An algorithm is recommended only with a limiter that was valid everywhere.
func TestAlgorithmsRecommendOnlyWhatHeld(t *testing.T) {
	at := func(scenario, technique, verdict string, cpu float64) result.Cell {
		c := cell(technique, "goredis", verdict, 0)
		c.Scenario, c.ServerCPUus = scenario, &cpu
		if scenario == "baseline" {
			c.Expected, c.AsExpected = "any", true
		}
		return c
	}
	p := algorithms(finished(
		at("concurrent", "naive", "invalid", 1), at("baseline", "naive", "unknown", 1),
		at("concurrent", "lua", "valid", 8), at("baseline", "lua", "unknown", 9),
		at("concurrent", "multi", "unknown", 5), at("baseline", "multi", "unknown", 5),
	))
	want := "The limiter that kept its contract in every cell that tests it, gcra/lua, costs the server 9 µs of CPU per operation in baseline/standalone."
	if p.text != want {
		t.Errorf("said %q, want %q", p.text, want)
	}
	p = algorithms(finished(at("baseline", "naive", "unknown", 1)))
	want = "No contract was put to the test; gcra/naive costs the server 1 µs of CPU per operation in baseline/standalone."
	if p.text != want {
		t.Errorf("said %q, want %q", p.text, want)
	}
	// A yardstick that nobody tests kept nothing.
	noop := at("concurrent", "noop", "unknown", 0.1)
	noop.Algorithm, noop.Expected, noop.AsExpected = "control", "any", true
	p = algorithms(finished(noop, at("concurrent", "naive", "invalid", 1)))
	if p.table != nil || p.text != "No limiter that was tested kept its contract in every cell, so there is none to recommend." {
		t.Errorf("said %q", p.text)
	}
}

// finished is a complete run of the cells.
func finished(cells ...result.Cell) *result.Result {
	return &result.Result{Run: result.Run{Complete: true}, Cells: cells}
}

// That an algorithm has no limiter to recommend is said only of one that was judged in
// full, in a run that is complete.
func TestNoAlgorithmIsCondemnedUnjudged(t *testing.T) {
	of := func(algorithm, technique, verdict string) result.Cell {
		c := cell(technique, "goredis", verdict, 0)
		c.Algorithm, c.ServerCPUus = algorithm, new(5.0)
		return c
	}
	held, broke, open := of("slidinglog", "lua", "valid"), of("gcra", "naive", "invalid"), of("gcra", "lua", "unknown")
	for _, c := range []struct {
		name     string
		cells    []result.Cell
		complete bool
		want     string // said of what did not hold
	}{
		{"all broke", []result.Cell{held, broke}, true, " No technique of gcra that was tested kept its contract in every cell."},
		{"one is open", []result.Cell{held, broke, open}, true, ""},
		{"interrupted", []result.Cell{held, broke}, false, ""},
		{"nothing held", []result.Cell{broke}, true, "No limiter that was tested kept its contract in every cell, so there is none to recommend."},
		{"nothing is known to have held", []result.Cell{broke, open}, true,
			"No limiter is known to have kept its contract in every cell that tests it, so none is recommended."},
		{"interrupted before anything held", []result.Cell{broke}, false, ""},
	} {
		r := finished(c.cells...)
		r.Run.Complete = c.complete
		_, after, recommended := strings.Cut(algorithms(r).text, "of CPU per operation in concurrent/standalone.")
		if !recommended {
			after = algorithms(r).text
		}
		if after != c.want {
			t.Errorf("%s: said %q, want %q", c.name, after, c.want)
		}
	}
}

// priced is a paced cell of a limiter, with what it cost.
func priced(algorithm, technique string, cpu, trips, p50 float64) result.Cell {
	c := cell(technique, "goredis", "unknown", 0)
	c.Scenario, c.Algorithm, c.Expected, c.AsExpected, c.StartedRatio = "baseline", algorithm, "any", true, new(1.0)
	c.ServerCPUus, c.RoundTrips, c.Latency.Response = &cpu, &trips, &result.Quantiles{P50us: p50}
	return c
}

// The cheapest is named only if it is cheaper by more than noise; else what is level,
// and what tells it apart.
func TestRecommendationClaimsNoLeadWithinNoise(t *testing.T) {
	lua := priced("gcra", "lua", 74, 1, 150)
	for _, c := range []struct {
		cells []result.Cell
		want  string
	}{
		{[]result.Cell{lua, priced("gcra", "multi", 90, 3, 240), priced("gcra", "naive", 85, 3, 240)},
			"gcra/lua costs the server least in baseline/standalone: 74 µs of CPU per operation; the others 85 µs or more."},
		{[]result.Cell{lua, priced("gcra", "multi", 72, 3, 100), priced("slidinglog", "lua", 99, 1, 90)},
			"gcra/multi and gcra/lua cost the server about the same in baseline/standalone: 72–74 µs of CPU per operation; " +
				"the others 99 µs or more. Of these, gcra/lua makes the fewest round trips, 1."},
		{[]result.Cell{lua, priced("fixedwindow", "lua", 75, 1, 110), priced("gcra", "multi", 72, 3, 50)},
			"gcra/multi, gcra/lua and fixedwindow/lua cost the server about the same in baseline/standalone: 72–75 µs of CPU per operation. " +
				"Of these, gcra/lua and fixedwindow/lua make the fewest round trips, 1; of those, fixedwindow/lua answers soonest, 110 µs at the median."},
		{[]result.Cell{lua, priced("fixedwindow", "lua", 75, 1, 110)},
			"gcra/lua and fixedwindow/lua cost the server about the same in baseline/standalone: 74–75 µs of CPU per operation. " +
				"Of these, fixedwindow/lua answers soonest, 110 µs at the median."},
		{[]result.Cell{lua, priced("fixedwindow", "lua", 75, 1, 149)},
			"gcra/lua and fixedwindow/lua cost the server about the same in baseline/standalone: 74–75 µs of CPU per operation. " +
				"They differ little in round trips and latency too."},
	} {
		if got, want := algorithms(finished(c.cells...)).text, "No contract was put to the test; by cost alone, "+c.want+rowRule; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}

// Each algorithm is shown with the technique that is preferred, not with the one that
// is cheapest by chance.
func TestBestOfEachAlgorithm(t *testing.T) {
	best := bestOfEach([]result.Cell{
		priced("gcra", "multi", 72, 3, 100), priced("gcra", "lua", 74, 1, 150),
		priced("fixedwindow", "naive", 50, 2, 90), priced("fixedwindow", "lua", 60, 1, 80),
	})
	if len(best) != 2 || best[0].name != "fixedwindow/naive" || best[1].name != "gcra/lua" {
		t.Errorf("got %v, want fixedwindow/naive and gcra/lua", names(best))
	}
}

func TestClientsWithinNoiseAreLevel(t *testing.T) {
	at := func(driver string, cpu float64) result.Cell {
		c := priced("gcra", "lua", 50, 1, 100)
		c.Driver, c.ClientCPUus = driver, &cpu
		return c
	}
	for _, c := range []struct {
		third float64
		want  string
	}{
		{145, "In baseline/standalone, redigo and goredis have about the same client CPU per operation: 112–123 µs; the others 145 µs or more."},
		{80, "In baseline/standalone, rueidis has the lowest client CPU per operation: 80 µs, clearly ahead of the other clients with 1 of 1 limiter."},
		{120, "In baseline/standalone, redigo, rueidis and goredis have about the same client CPU per operation: 112–123 µs."},
	} {
		if got := clients([]result.Cell{at("goredis", 123), at("redigo", 112), at("rueidis", c.third)}).text; got != c.want {
			t.Errorf("said %q, want %q", got, c.want)
		}
	}
}

// The place of costs is one that measures: a closed loop before an open one, whatever
// a void cell does not know, and in whatever order.
func TestCostPlace(t *testing.T) {
	test, open := cell("lua", "goredis", "valid", 0), priced("gcra", "lua", 1, 1, 1)
	test.StartedRatio = new(1.0)
	closed, void := open, open
	closed.Scenario, closed.StartedRatio, closed.DecisionsPerSecond = "saturate", nil, new(100.0)
	void.Scenario, void.StartedRatio, void.Void = "saturate", nil, true
	for _, c := range []struct {
		cells []result.Cell
		want  string
	}{
		{[]result.Cell{test}, "concurrent/standalone"},
		{[]result.Cell{test, open}, "baseline/standalone"},
		{[]result.Cell{test, open, closed, void}, "saturate/standalone"},
	} {
		if got := costPlace(c.cells).name; got != c.want {
			t.Errorf("costs are compared in %s, want %s", got, c.want)
		}
	}
}
