package gate_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// read reads rules of the given text below the head of the file.
func read(t testing.TB, rules string) *gate.Rules {
	t.Helper()
	r, err := gate.Read(strings.NewReader("schema: " + gate.RulesSchemaID + "\nschema_version: 1\nrules:\n" + rules))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rule is a file of one rule.
func rule(t testing.TB, lines ...string) *gate.Rules {
	t.Helper()
	return read(t, "  - name: r\n    "+strings.Join(lines, "\n    ")+"\n")
}

// run is a finished run on a real server.
func run(cells ...result.Cell) *result.Result {
	return &result.Result{Run: result.Run{Name: "run", RealRedis: true, Complete: true, Planned: len(cells), Server: "Redis"}, Cells: cells}
}

// trial is the first repeat of a limiter that is as it should be.
func trial(driver string) result.Cell {
	return result.Cell{
		Scenario: "baseline", Topology: "standalone", Algorithm: "gcra", Technique: "lua", Driver: driver, Client: "bounded",
		Repeat: 1, Attempt: 1, Limit: 100, WindowMS: 1000, Verdict: "valid", Expected: "valid", AsExpected: true,
	}
}

// repeats are trials of one limiter with the values.
func repeats(driver string, set func(*result.Cell, float64), values ...float64) (cells []result.Cell) {
	for i, v := range values {
		c := trial(driver)
		c.Repeat = i + 1
		set(&c, v)
		cells = append(cells, c)
	}
	return cells
}

func trips(c *result.Cell, v float64)    { c.RoundTrips = &v }
func cpu(c *result.Cell, v float64)      { c.ServerCPUus = &v }
func pace(c *result.Cell, v float64)     { c.DecisionsPerSecond = &v }
func recovery(c *result.Cell, v float64) { c.RecoveryMS = &v }
func median(c *result.Cell, v float64) {
	c.Latency.Response = &result.Quantiles{P50us: v, P90us: v, MaxUS: v}
}

// times are n values from v upward, each a per cent of v more than the one before.
func times(v float64, n int) (list []float64) {
	for i := range n {
		list = append(list, v*(1+float64(i)/100))
	}
	return list
}

func judge(t testing.TB, rules *gate.Rules, blocks ...gate.Block) *gate.Report {
	t.Helper()
	r, err := gate.Judge(rules, shipped, blocks...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// only is the only finding.
func only(t testing.TB, r *gate.Report) gate.Finding {
	t.Helper()
	if len(r.Findings) != 1 {
		t.Fatalf("%d findings, want 1: %+v", len(r.Findings), r.Findings)
	}
	return r.Findings[0]
}

// Costs that are counted: the medians decide, by the larger tolerance.
func TestCountedCosts(t *testing.T) {
	for _, c := range []struct {
		bounds     string
		base, head []float64
		want       gate.Outcome
		threshold  float64
	}{
		{"relative: 0.05", []float64{1, 1, 9}, []float64{1.04, 1.04, 9}, gate.Pass, 1.05},
		{"relative: 0.05", []float64{1, 1, 9}, []float64{1.06, 1.06, 1}, gate.Fail, 1.05},
		{"relative: 0.05", []float64{1}, []float64{2}, gate.Fail, 1.05},
		{"relative: 0.05", []float64{3}, []float64{1}, gate.Pass, 3.15},
		{"absolute: 0.5", []float64{1, 3}, []float64{2.5}, gate.Pass, 2.5},
		{"absolute: 0.5", []float64{1, 3}, []float64{2.75}, gate.Fail, 2.5},
		{"{relative: 0.1, absolute: 0.5}", []float64{2}, []float64{2.375}, gate.Pass, 2.5},
		{"{relative: 0.1, absolute: 0.5}", []float64{20}, []float64{21.5}, gate.Pass, 22},
		{"{relative: 0.1, absolute: 0.5}", []float64{20}, []float64{22.5}, gate.Fail, 22},
		{"relative: 0.1", []float64{0}, []float64{0}, gate.Pass, 0},
		{"relative: 0.1", []float64{0}, []float64{0.25}, gate.Fail, 0},
		{"relative: 0", []float64{2}, []float64{2}, gate.Pass, 2},
	} {
		lines := []string{"kind: cost", "cells: baseline", "metrics: [round_trips]"}
		for bound := range strings.SplitSeq(strings.Trim(c.bounds, "{}"), ", ") {
			lines = append(lines, bound)
		}
		f := only(t, judge(t, rule(t, lines...), gate.Block{Base: run(repeats("redigo", trips, c.base...)...), Head: run(repeats("redigo", trips, c.head...)...)}))
		if f.Outcome != c.want || math.Abs(*f.Threshold-c.threshold) > 1e-12 || f.P != nil {
			t.Errorf("%s, %v against %v: %s up to %g, want %s up to %g: %s", c.bounds, c.head, c.base, f.Outcome, *f.Threshold, c.want, c.threshold, f.Sentence)
		}
	}
}

// Limits without a baseline.
func TestLimits(t *testing.T) {
	for _, c := range []struct {
		kind, metric, bound string
		set                 func(*result.Cell, float64)
		values              []float64
		want                gate.Outcome
		sentence            string
	}{
		{"cost", "round_trips", "max: 1", trips, []float64{1, 1, 5}, gate.Pass, "median 1 of 3 repeats, at most 1"},
		{"cost", "round_trips", "max: 1", trips, []float64{1, 1.5, 5}, gate.Fail, "median 1.5 of 3 repeats, at most 1"},
		{"latency", "decisions_per_second", "min: 2000", pace, []float64{2000}, gate.Pass, "median 2000/s of 1 repeat, at least 2000/s"},
		{"latency", "decisions_per_second", "min: 2000", pace, []float64{1999}, gate.Fail, "median 1999/s of 1 repeat, at least 2000/s"},
		{"latency", "latency.response.p50_us", "max: 500", median, []float64{501}, gate.Fail, "median 501 µs of 1 repeat, at most 500 µs"},
		{"correctness", "overshoot.ratio", "max: 0.1", func(c *result.Cell, v float64) { c.Overshoot.Ratio = v }, []float64{0, 0, 0.1}, gate.Pass, "worst 0.1 of 3 repeats, at most 0.1"},
		{"correctness", "overshoot.certain", "max: 0", func(c *result.Cell, v float64) { c.Overshoot.Certain = int64(v) }, []float64{0, 0, 2}, gate.Fail, "worst 2 of 3 repeats, at most 0"},
	} {
		f := only(t, judge(t, rule(t, "kind: "+c.kind, "cells: baseline", "metrics: ["+c.metric+"]", c.bound), gate.Block{Head: run(repeats("redigo", c.set, c.values...)...)}))
		if f.Outcome != c.want || f.Sentence != c.sentence {
			t.Errorf("%s %v, %s: %s, %q, want %s, %q", c.metric, c.values, c.bound, f.Outcome, f.Sentence, c.want, c.sentence)
		}
	}
}

// Verdicts, by what is expected and by what they were.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		metric, expected, was, is string // verdicts of the repeats, by their first letters
		want                      gate.Outcome
		sentence                  string
	}{
		{"as_expected", "valid", "", "vv", gate.Pass, "valid, valid was expected"},
		{"as_expected", "valid", "", "vi", gate.Fail, "valid in 1 and invalid in 1 of 2 repeats, valid was expected: why"},
		{"as_expected", "valid", "", "uv", gate.Inconclusive, "unknown in 1 and valid in 1 of 2 repeats, valid was expected: why"},
		{"as_expected", "valid", "", "ui", gate.Fail, "unknown in 1 and invalid in 1 of 2 repeats, valid was expected: why"},
		{"as_expected", "invalid", "", "v", gate.Fail, "valid, invalid was expected: why"},
		{"as_expected", "any", "", "u", gate.Pass, "unknown, any was expected"},
		{"still_valid", "valid", "vv", "vv", gate.Pass, "was valid and is valid"},
		{"still_valid", "valid", "v", "vi", gate.Fail, "was valid and is valid in 1 and invalid in 1 of 2 repeats: why"},
		{"still_valid", "any", "v", "i", gate.Fail, "was valid and is invalid: why"},
		{"still_valid", "valid", "v", "u", gate.Inconclusive, "was valid and is unknown"},
		{"still_valid", "valid", "vi", "i", gate.Inconclusive, "no selected cell had in the baseline what the rule looks at"},
		{"still_violated", "invalid", "i", "i", gate.Pass, "was invalid and is invalid"},
		{"still_violated", "invalid", "vi", "iv", gate.Pass, "was valid in 1 and invalid in 1 of 2 repeats and is invalid in 1 and valid in 1 of 2 repeats"},
		{"still_violated", "invalid", "i", "vv", gate.Fail, "was invalid and is valid: the suite no longer shows the violation that it expects here"},
		{"still_violated", "invalid", "i", "vu", gate.Inconclusive, "was invalid and is valid in 1 and unknown in 1 of 2 repeats"},
		{"still_violated", "valid", "i", "v", gate.Inconclusive, "no selected cell had in the baseline what the rule looks at"},
	} {
		trials := func(letters string) (cells []result.Cell) {
			for i, l := range letters {
				v := trial("redigo")
				v.Repeat, v.Expected, v.Reasons = i+1, c.expected, []string{"why"}
				v.Verdict = map[rune]string{'v': "valid", 'i': "invalid", 'u': "unknown"}[l]
				v.AsExpected = result.AsExpected(&v)
				cells = append(cells, v)
			}
			return cells
		}
		b := gate.Block{Head: run(trials(c.is)...)}
		if c.was != "" {
			b.Base = run(trials(c.was)...)
		}
		f := only(t, judge(t, rule(t, "kind: correctness", "cells: '*'", "metrics: ["+c.metric+"]"), b))
		if f.Outcome != c.want || f.Sentence != c.sentence {
			t.Errorf("%s, expected %s, was %q, is %q: %s, %q, want %s, %q", c.metric, c.expected, c.was, c.is, f.Outcome, f.Sentence, c.want, c.sentence)
		}
	}
}

// What the baseline showed and nobody plays any more has not passed.
func TestCellsThatVanished(t *testing.T) {
	violated := trial("rueidis")
	violated.Verdict, violated.Expected = "invalid", "invalid"
	base := run(trial("redigo"), trial("goredis"), trial("none"), violated)
	for _, c := range []struct {
		metric, optional, cells string
		want                    gate.Outcome
		sentence                string
	}{
		{"still_valid", "false", "'*'", gate.Inconclusive, "the run lacks 2 cells of the baseline: baseline/standalone/gcra/lua/goredis and others"},
		{"still_valid", "true", "'*'", gate.Skipped, "the run lacks 2 cells of the baseline: baseline/standalone/gcra/lua/goredis and others"},
		{"still_valid", "false", "'*/*/*/*/redigo,none'", gate.Inconclusive, "the run lacks a cell of the baseline: baseline/standalone/gcra/lua/none"},
		{"still_valid", "false", "'*/*/*/*/redigo'", gate.Pass, "was valid and is valid"},
		{"still_valid", "false", "'*/*/*/*/redigo,rueidis'", gate.Pass, "was valid and is valid"}, // which was not
		{"still_violated", "false", "'*/*/*/*/redigo,rueidis'", gate.Inconclusive, "the run lacks a cell of the baseline: baseline/standalone/gcra/lua/rueidis"},
	} {
		rules := rule(t, "kind: correctness", "cells: "+c.cells, "metrics: ["+c.metric+"]", "optional: "+c.optional)
		r := judge(t, rules, gate.Block{Base: base, Head: run(trial("redigo"))})
		if !slices.ContainsFunc(r.Findings, func(f gate.Finding) bool { return f.Outcome == c.want && f.Sentence == c.sentence }) {
			t.Errorf("%s of %s: no finding is %s, %q: %+v", c.metric, c.cells, c.want, c.sentence, r.Findings)
		}
		if len(r.Notes) != 1 || r.Notes[0] != "3 cells of the baseline are not in the run, and were not judged" {
			t.Errorf("notes %q", r.Notes)
		}
	}
}

// A baseline without any cell of the run is none: optional rules do not make a pass of it.
// Cells that are new beside others are told.
func TestCellsThatAreNew(t *testing.T) {
	rules := rule(t, "kind: correctness", "cells: '*'", "metrics: [still_valid]", "optional: true")
	r := judge(t, rules, gate.Block{Base: run(trial("goredis")), Head: run(trial("redigo"))})
	if first := r.Findings[0]; r.Outcome() != gate.Inconclusive || first.Rule != "" || !strings.Contains(first.Sentence, "the baseline run has none of the cells") {
		t.Errorf("a baseline of other cells: %s, %+v", r.Outcome(), r.Findings)
	}
	r = judge(t, rules, gate.Block{Base: run(trial("redigo")), Head: run(trial("redigo"), trial("goredis"), trial("rueidis"))})
	if !slices.ContainsFunc(r.Findings, func(f gate.Finding) bool {
		return f.Outcome == gate.Skipped && f.Sentence == "the baseline has no such cell"
	}) {
		t.Errorf("new cells: %+v", r.Findings)
	}
	if want := []string{"2 cells of the run are not in the baseline, and were not compared"}; r.Outcome() != gate.Pass || !slices.Equal(r.Notes, want) {
		t.Errorf("new cells: %s, notes %q, want %q", r.Outcome(), r.Notes, want)
	}
	if r = judge(t, rule(t, "kind: correctness", "cells: '*'", "metrics: [as_expected]"), gate.Block{Head: run(trial("redigo"))}); len(r.Notes) != 0 {
		t.Errorf("without a baseline: notes %q", r.Notes)
	}
}

// A rule may select by what the scenario expects, whatever the technique is called.
func TestRulesSelectByWhatIsExpected(t *testing.T) {
	own, naive := trial("redigo"), trial("redigo")
	own.Technique, own.Overshoot.Certain = "mine", 2
	naive.Technique, naive.Overshoot.Certain, naive.Verdict, naive.Expected = "naive", 9, "invalid", "invalid"
	rules := rule(t, "kind: correctness", "cells: '*'", "expected: valid", "metrics: [overshoot.certain]", "max: 0")
	if f := only(t, judge(t, rules, gate.Block{Head: run(own, naive)})); f.Outcome != gate.Fail || f.Cell != own.Name() {
		t.Errorf("%+v", f)
	}
	if f := only(t, judge(t, rules, gate.Block{Head: run(naive)})); f.Outcome != gate.Inconclusive || f.Sentence != "no cell of the run is * and expected to be valid" {
		t.Errorf("%+v", f)
	}
}

// A number beyond its bound that passed has not been seen twice, and a table says so.
func TestNumbersOfWhatWasNotConfirmed(t *testing.T) {
	same, worse := times(100, 10), times(130, 10)
	f := only(t, judge(t, rule(t, slow...), sideBySide(median, same, worse), sideBySide(median, same, same)))
	if want := "136 µs (+30 %, of 10 pairs), at most +10 %, not confirmed by a second block"; f.Numbers() != want {
		t.Errorf("%q, want %q", f.Numbers(), want)
	}
}

// A budget that one repeat in many exceeds is shown by that one, and before any other.
func TestNumbersOfTheWorstRepeat(t *testing.T) {
	set := func(c *result.Cell, v float64) { c.Overshoot.Certain = int64(v) }
	rules := rule(t, "kind: correctness", "cells: '*'", "metrics: [overshoot.certain]", "max: 1")
	r := judge(t, rules, gate.Block{Head: run(slices.Concat(repeats("redigo", set, 0, 0, 2), repeats("goredis", set, 1, 1, 1))...)})
	failed, passed := r.Findings[0], r.Findings[1]
	if got := failed.Numbers(); failed.Outcome != gate.Fail || got != "worst 2 of 3 repeats, at most 1" {
		t.Errorf("%s: %q", failed.Outcome, got)
	}
	least, _ := failed.Room()
	if room, known := passed.Room(); !known || room <= least {
		t.Errorf("a budget that is kept has the room %g, one that is not %g", room, least)
	}
}

// An overshoot that nobody could judge is none of 0.
func TestOvershootOfAnUnknownVerdict(t *testing.T) {
	c := trial("redigo")
	c.Verdict, c.AsExpected = "unknown", false
	if f := only(t, judge(t, rule(t, "kind: correctness", "cells: '*'", "metrics: [overshoot.certain]", "max: 0"), gate.Block{Head: run(c)})); f.Outcome != gate.Inconclusive {
		t.Errorf("%+v", f)
	}
}

var (
	slow = []string{"kind: latency", "cells: baseline", "metrics: [latency.response.p50_us]", "relative: 0.1"}
	load = []string{"kind: cost", "cells: baseline", "metrics: [server_cpu_us]", "relative: 0.1"}
)

// sideBySide is a block of pairs, apart one of two runs.
func sideBySide(set func(*result.Cell, float64), base, head []float64) gate.Block {
	return gate.Block{Base: run(repeats("redigo", set, base...)...), Head: run(repeats("redigo", set, head...)...), Interleaved: true}
}

func apart(set func(*result.Cell, float64), base, head []float64) gate.Block {
	b := sideBySide(set, base, head)
	b.Interleaved = false
	return b
}

// What is noisy: significant, large, and confirmed.
func TestNoisyMetrics(t *testing.T) {
	worse, same, bit := times(130, 10), times(100, 10), times(105, 10)
	huge := times(300, 20)
	for _, c := range []struct {
		name   string
		lines  []string
		blocks []gate.Block
		want   gate.Outcome
		says   string
	}{
		{"one block", slow, []gate.Block{sideBySide(median, same, worse)}, gate.Suspected, ": measure a second block"},
		{"confirmed", slow, []gate.Block{sideBySide(median, same, worse), sideBySide(median, same, worse)}, gate.Fail, "; a second block confirms it: head"},
		{"not confirmed", slow, []gate.Block{sideBySide(median, same, worse), sideBySide(median, same, same)}, gate.Pass, "; a second block does not confirm it: head"},
		{"confirmed in the other direction", slow, []gate.Block{sideBySide(median, same, worse), sideBySide(median, worse, same)}, gate.Pass, "does not confirm"},
		{"second block too short", slow, []gate.Block{sideBySide(median, same, worse), sideBySide(median, same[:9], worse[:9])}, gate.Suspected, "measure a second block"},
		{"two blocks in one", slow, []gate.Block{sideBySide(median, times(100, 20), times(130, 20))}, gate.Fail, "confirms it"},
		{"19 repeats are one block", slow, []gate.Block{sideBySide(median, times(100, 19), times(130, 19))}, gate.Suspected, "measure a second block"},
		{"bound of pairs", slow, []gate.Block{sideBySide(median, same, worse)}, gate.Suspected, "of 10 pairs the median change is +30 %, corrected p below 0.0001, at most +10 %: "},
		{"bound of separate samples", slow, []gate.Block{apart(median, same, huge[:10])}, gate.Suspected, "head 314 µs (n=10), base 104 µs (n=10), medians: +200 %, corrected p below 0.0001, at most 115 µs: "},
		{"better", slow, []gate.Block{sideBySide(median, worse, same), sideBySide(median, worse, same)}, gate.Pass, "−23.1 %"},
		{"significant but small", slow, []gate.Block{sideBySide(median, same, bit), sideBySide(median, same, bit)}, gate.Pass, "+5 %"},
		{"large but not significant", slow, []gate.Block{sideBySide(median, same, []float64{500, 10, 500, 10, 500, 10, 500, 10, 500, 400})}, gate.Pass, "corrected p 0."},
		{"nine repeats", slow, []gate.Block{sideBySide(median, same[:9], worse[:9])}, gate.Inconclusive, "9 repeats measured something on both sides, the rule needs 10"},
		{"nine repeats, optional", append(slices.Clone(slow), "optional: true"), []gate.Block{sideBySide(median, same[:9], worse[:9])}, gate.Skipped, "9 repeats"},
		{"as many as the rule wants", append(slices.Clone(slow), "repeats: 12"), []gate.Block{sideBySide(median, same, worse)}, gate.Inconclusive, "10 repeats measured something on both sides, the rule needs 12"},
		{"days differ", slow, []gate.Block{apart(median, times(100, 20), times(130, 20))}, gate.Inconclusive, "less than a factor of 2, by which days differ: run both builds side by side with rlbench ab"},
		{"days differ, not confirmed", slow, []gate.Block{apart(median, same, worse), apart(median, same, same)}, gate.Pass, "; a second block does not confirm it"},
		{"days differ, the second block by more", slow, []gate.Block{apart(median, same, worse), apart(median, same, huge[:10])}, gate.Inconclusive, "run both builds side by side with rlbench ab; in a second block head"},
		{"days differ, the first block by more", slow, []gate.Block{apart(median, same, huge[:10]), apart(median, same, worse)}, gate.Inconclusive, "less than a factor of 2, by which days differ"},
		{"the median is higher, the ranks are lower", slow, []gate.Block{apart(median, slices.Concat(times(100, 10), times(1000, 9)), slices.Concat(times(1, 9), times(150, 10)))}, gate.Pass, "corrected p 0.99"},
		{"more than days", slow, []gate.Block{apart(median, times(100, 20), huge)}, gate.Fail, "a second block confirms it"},
		{"more than days, one block", slow, []gate.Block{apart(median, same, huge[:10])}, gate.Suspected, "measure a second block"},
		{"CPU of days", load, []gate.Block{apart(cpu, times(100, 20), times(120, 20))}, gate.Inconclusive, "less than a factor of 1.25"},
		{"CPU beyond days", load, []gate.Block{apart(cpu, times(100, 20), times(130, 20))}, gate.Fail, "confirms it"},
		{"CPU of pairs", load, []gate.Block{sideBySide(cpu, times(100, 20), times(120, 20))}, gate.Fail, "confirms it"},
		{"throughput fell", []string{"kind: latency", "cells: baseline", "metrics: [decisions_per_second]", "relative: 0.1"},
			[]gate.Block{sideBySide(pace, times(1000, 20), times(800, 20))}, gate.Fail, "head 836/s, base 1045/s (medians); of 10 pairs the median change is −20 %, corrected p"},
		{"throughput rose", []string{"kind: latency", "cells: baseline", "metrics: [decisions_per_second]", "relative: 0.1"},
			[]gate.Block{sideBySide(pace, times(1000, 20), times(2000, 20))}, gate.Pass, "+100 %"},
		{"recovery from nothing", []string{"kind: latency", "cells: baseline", "metrics: [recovery_ms]", "absolute: 100"},
			[]gate.Block{sideBySide(recovery, make([]float64, 20), times(500, 20))}, gate.Fail, "base 0 ms (n=10), medians, corrected p"},
	} {
		r := judge(t, rule(t, c.lines...), c.blocks...)
		if f := only(t, r); f.Outcome != c.want || !strings.Contains(f.Sentence, c.says) {
			t.Errorf("%s: %s, %q, want %s, %q", c.name, f.Outcome, f.Sentence, c.want, c.says)
		}
		suspects := []string(nil)
		if c.want == gate.Suspected {
			suspects = []string{"baseline/standalone/gcra/lua/redigo"}
		}
		if got := r.Suspects(); !slices.Equal(got, suspects) {
			t.Errorf("%s: suspects %q, want %q", c.name, got, suspects)
		}
	}
}

// The p values are those of tables: of ten against ten that all lie above, one in
// C(20,10) orders; of pairs whose logarithms differ by 0.1 to 1, t = 5.745 with 9
// degrees of freedom.
func TestPValues(t *testing.T) {
	f := only(t, judge(t, rule(t, slow...), apart(median, times(100, 10), times(200, 10))))
	if want := 1.0 / 184756; math.Abs(*f.P/want-1) > 1e-9 {
		t.Errorf("p of separate samples is %g, want %g", *f.P, want)
	}
	base, head := make([]float64, 10), make([]float64, 10)
	for i := range base {
		base[i] = 100 * float64(1+i%3)
		head[i] = base[i] * math.Exp(float64(i+1)/10)
	}
	f = only(t, judge(t, rule(t, slow...), sideBySide(median, base, head)))
	if want := 1.3910e-4; math.Abs(*f.P/want-1) > 1e-3 {
		t.Errorf("p of pairs is %g, want %g", *f.P, want)
	}
	if want := math.Sqrt(math.Exp(0.5)*math.Exp(0.6)) - 1; math.Abs(*f.Change-want) > 0.01 { // the mean of the middle two ratios
		t.Errorf("change of pairs is %g, want about %g", *f.Change, want)
	}
}

// Pairs are found by their repeat, whatever the order of the cells, and a void one has
// no number.
func TestPairsAreOfOneRepeat(t *testing.T) {
	b := sideBySide(median, times(100, 12), times(100, 12))
	slices.Reverse(b.Head.Cells)
	b.Head.Cells[3].Void, b.Head.Cells[3].Verdict, b.Head.Cells[3].AsExpected = true, "unknown", false
	if f := only(t, judge(t, rule(t, slow...), b)); f.Outcome != gate.Pass || *f.Change != 0 || f.Head.N != 11 || f.Base.N != 11 {
		t.Errorf("%+v", f)
	}
}

// Many comparisons: each alone would be a suspect, all together are chance.
func TestCorrectionForTheNumberOfComparisons(t *testing.T) {
	// logarithms of ratios with mean 0.3 and t = 2.2: p 0.028 one-sided
	head := []float64{0.9, 0.9, -0.2, 0.7, -0.2, 0.5, -0.3, 0.5, 0.5, -0.3}
	for i, d := range head {
		head[i] = 100 * math.Exp(d)
	}
	flat := slices.Repeat([]float64{100}, 10)
	alone := judge(t, rule(t, slow...), sideBySide(median, flat, head))
	if f := only(t, alone); f.Outcome != gate.Suspected || *f.P != *f.CorrectedP || alone.Comparisons != 1 {
		t.Fatalf("alone: %+v", f)
	}
	b := gate.Block{Base: run(), Head: run(), Interleaved: true}
	for i := range 4 {
		driver := fmt.Sprint("d", i)
		b.Base.Cells = append(b.Base.Cells, repeats(driver, median, flat...)...)
		b.Head.Cells = append(b.Head.Cells, repeats(driver, median, head...)...)
	}
	four := judge(t, rule(t, slow...), b)
	for _, f := range four.Findings {
		if f.Outcome != gate.Pass || math.Abs(*f.CorrectedP-4**f.P) > 1e-12 {
			t.Errorf("of four: %s", f.Sentence)
		}
	}
	if four.Comparisons != 4 {
		t.Errorf("%d comparisons", four.Comparisons)
	}
}

// With more than six cells a block takes so long that the machine changes within it.
func TestTooManyTimedCells(t *testing.T) {
	rules := read(t, "  - name: time\n    "+strings.Join(slow, "\n    ")+"\n  - name: CPU\n    "+strings.Join(load, "\n    ")+"\n")
	block := func(n int) gate.Block {
		b := gate.Block{Base: run(), Head: run(), Interleaved: true}
		for i := range n {
			cells := repeats(fmt.Sprint("d", i), func(c *result.Cell, v float64) { median(c, v); cpu(c, v) }, times(100, 10)...)
			b.Base.Cells, b.Head.Cells = append(b.Base.Cells, cells...), append(b.Head.Cells, cells...)
		}
		return b
	}
	if r := judge(t, rules, block(6)); r.Outcome() != gate.Pass || r.Comparisons != 12 {
		t.Errorf("6 cells: %s, %d comparisons", r.Outcome(), r.Comparisons)
	}
	r := judge(t, rules, block(7))
	if r.Outcome() != gate.Inconclusive || r.Comparisons != 7 || !strings.Contains(r.Findings[0].Sentence, "7 cells are timed: select at most 6") {
		t.Errorf("7 cells: %s, %d comparisons, %s", r.Outcome(), r.Comparisons, r.Findings[0].Sentence)
	}
	for _, f := range r.Findings {
		if want := map[string]gate.Outcome{"time": gate.Inconclusive, "CPU": gate.Pass}[f.Rule]; f.Outcome != want {
			t.Errorf("%s: %s", f.Rule, f.Outcome)
		}
	}
}

// What the data does not carry is never a pass.
func TestWhatCannotBeJudged(t *testing.T) {
	cost := []string{"kind: cost", "cells: baseline", "metrics: [round_trips]", "relative: 0.1"}
	here := run(repeats("redigo", trips, 1)...)
	change := func(set func(*result.Result)) *result.Result {
		r := run(repeats("redigo", trips, 1)...)
		set(r)
		return r
	}
	for _, c := range []struct {
		name  string
		lines []string
		block gate.Block
		want  gate.Outcome
		says  string
	}{
		{"no such cell", []string{"kind: cost", "cells: '*/*/*/*/*/default'", "metrics: [round_trips]", "max: 1"}, gate.Block{Head: here}, gate.Inconclusive, "no cell of the run is */*/*/*/*/default"},
		{"null everywhere", []string{"kind: cost", "cells: baseline", "metrics: [allocs]", "max: 1"}, gate.Block{Head: here}, gate.Inconclusive, "no selected cell of the run has a number"},
		{"no baseline", cost, gate.Block{Head: here}, gate.Inconclusive, "needs a baseline"},
		{"baseline without the cell", cost, gate.Block{Head: here, Base: run(repeats("goredis", trips, 1)...)}, gate.Inconclusive, "has none of the cells that are judged"},
		{"baseline without the number", cost, gate.Block{Head: here, Base: run(trial("redigo"))}, gate.Inconclusive, "the baseline has no number"},
		{"imitation", cost, gate.Block{Head: change(func(r *result.Result) { r.Run.RealRedis = false }), Base: here}, gate.Inconclusive, "no evidence: its server was no real Redis"},
		{"baseline of an imitation", cost, gate.Block{Base: change(func(r *result.Result) { r.Run.RealRedis = false }), Head: here}, gate.Inconclusive, "no evidence"},
		{"cut short", cost, gate.Block{Base: here, Head: change(func(r *result.Result) { r.Run.Complete, r.Run.Planned = false, 9 })}, gate.Inconclusive, "run run was cut short: 1 of 9 cells"},
		{"baseline cut short", cost, gate.Block{Head: here, Base: change(func(r *result.Result) { r.Run.Complete = false })}, gate.Inconclusive, "was cut short"},
		{"empty run", cost, gate.Block{Head: run()}, gate.Inconclusive, "no cell of the run is baseline"},
		{"another machine", slow, gate.Block{Base: run(repeats("redigo", median, times(1, 20)...)...), Head: run(repeats("redigo", median, times(1, 20)...)...), Unlike: "CPU was a and is b"},
			gate.Inconclusive, "time on two machines cannot be compared: CPU was a and is b"},
	} {
		r := judge(t, rule(t, c.lines...), c.block)
		if f := r.Findings[0]; f.Outcome != c.want || !strings.Contains(f.Sentence, c.says) || r.Outcome() != gate.Inconclusive {
			t.Errorf("%s: %s, %s, %q, want %s, %q", c.name, r.Outcome(), f.Outcome, f.Sentence, c.want, c.says)
		}
		if optional := judge(t, rule(t, append(slices.Clone(c.lines), "optional: true")...), c.block); optional.Outcome() == gate.Pass {
			t.Errorf("%s: passes if the rule is optional", c.name)
		}
	}
}

// Forgetting the baseline does not make a gate an easier one: what passes without it does
// not carry the rules that need it, unless these are optional.
func TestRulesThatNeedABaseline(t *testing.T) {
	const needing = "  - name: within budget\n    kind: cost\n    cells: baseline\n    metrics: [round_trips]\n    max: 1\n" +
		"  - name: no more than before\n    kind: cost\n    cells: baseline\n    metrics: [round_trips]\n    relative: 0.1\n"
	alone := gate.Block{Head: run(repeats("redigo", trips, 1)...)}
	for more, want := range map[string]gate.Outcome{"": gate.Inconclusive, "    optional: true\n": gate.Pass} {
		if r := judge(t, read(t, needing+more), alone); r.Outcome() != want || len(r.Findings) != 2 {
			t.Errorf("%q: %s, %+v, want %s", more, r.Outcome(), r.Findings, want)
		}
	}
}

// Fail comes before inconclusive, inconclusive before pass.
func TestOutcomeOfTheGate(t *testing.T) {
	for _, c := range []struct {
		of   []gate.Outcome
		want gate.Outcome
	}{
		{nil, gate.Inconclusive},
		{[]gate.Outcome{gate.Skipped}, gate.Inconclusive},
		{[]gate.Outcome{gate.Pass, gate.Skipped}, gate.Pass},
		{[]gate.Outcome{gate.Pass, gate.Suspected}, gate.Inconclusive},
		{[]gate.Outcome{gate.Pass, gate.Inconclusive}, gate.Inconclusive},
		{[]gate.Outcome{gate.Inconclusive, gate.Fail, gate.Pass}, gate.Fail},
	} {
		r := &gate.Report{}
		for _, o := range c.of {
			r.Findings = append(r.Findings, gate.Finding{Outcome: o})
		}
		if got := r.Outcome(); got != c.want {
			t.Errorf("%q come to %s, want %s", c.of, got, c.want)
		}
	}
}

// The task of a limiter must be the same on both sides.
func TestMismatch(t *testing.T) {
	for want, set := range map[string]func(*result.Cell){
		"limit was 100 and is 50":             func(c *result.Cell) { c.Limit = 50 },
		"window was 1000 ms and is 250 ms":    func(c *result.Cell) { c.WindowMS = 250 },
		"burst was 0 and is 7":                func(c *result.Cell) { c.Burst = 7 },
		"number of instances was 0 and is 12": func(c *result.Cell) { c.Instances = 12 },
	} {
		other := trial("redigo")
		set(&other)
		_, err := gate.Judge(gate.Default(), shipped, gate.Block{Base: run(trial("redigo")), Head: run(other)})
		var m *gate.Mismatch
		if !errors.As(err, &m) || m.Error() != "baseline/standalone/gcra/lua/redigo cannot be compared: "+want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The worst comes first.
func TestOrderOfFindings(t *testing.T) {
	b := gate.Block{
		Base: run(slices.Concat(repeats("a", trips, 1), repeats("b", trips, 1), repeats("c", trips, 1))...),
		Head: run(slices.Concat(repeats("a", trips, 1), repeats("b", trips, 2), repeats("c", trips, 1), repeats("d", trips, 1))...),
	}
	var got []string
	for _, f := range judge(t, rule(t, "kind: cost", "cells: baseline", "metrics: [round_trips]", "relative: 0.1"), b).Findings {
		got = append(got, string(f.Outcome)+" "+f.Cell[strings.LastIndex(f.Cell, "/")+1:])
	}
	if want := []string{"fail b", "inconclusive d", "pass a", "pass c"}; !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
}
