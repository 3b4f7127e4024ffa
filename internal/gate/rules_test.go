package gate_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/gate"
)

// head begins every file of rules; rules start in line 4.
const head = "schema: " + gate.RulesSchemaID + "\nschema_version: 1\nrules:\n"

// oneLatencyRule is a file of one rule about response times.
func oneLatencyRule() io.Reader {
	return strings.NewReader(head + "  - {name: r, kind: latency, cells: baseline, metrics: [latency.response.p50_us], relative: 0.1}\n")
}

// Every mistake in a file of rules is named, with its line.
func TestMistakesInRules(t *testing.T) {
	rule := func(text string) string { return head + "  - {name: r, " + text + "}\n" }
	for _, c := range []struct{ name, text, want string }{
		{"empty", " \n", "file is empty"},
		{"comments alone", "# nothing\n", "file is empty"},
		{"no YAML", head + "  - {", "line 4: "},
		{"a tab", head + "\t- a\n", "line 4: "},
		{"not rules", "a: 1\n", `line 1: unknown field "a"`},
		{"other schema", strings.Replace(head, "gate-rules", "result", 1), `schema is "https://rlbench.dev/schema/result", want "https://rlbench.dev/schema/gate-rules"`},
		{"newer", strings.Replace(head, "version: 1", "version: 2", 1), "written for a newer rlbench (schema_version 2); this one reads up to 1"},
		{"no version", strings.Replace(head, "version: 1", "version: 0", 1), "schema_version 0 does not exist"},
		{"no rules", head, "no rules: a gate without any passes nothing"},
		{"alpha", strings.Replace(head, "rules:", "alpha: 0.9\nrules:", 1), "alpha is 0.9, want a chance above 0 and up to 0.5"},
		{"alpha that is no number", strings.Replace(head, "rules:", "alpha: .nan\nrules:", 1), "alpha is NaN, want a chance"},
		{"alpha that is a word", strings.Replace(head, "rules:", "alpha: few\nrules:", 1), `line 3: "few" stands where a number belongs`},
		{"no name", head + "  - {kind: cost}\n", "line 4: a rule needs a name of one line"},
		{"twice", rule("kind: correctness, cells: '*', metrics: [as_expected]") + "  - {name: r, kind: correctness, cells: '*', metrics: [as_expected]}\n", `line 5: a second rule is named "r"`},
		{"unknown field", rule("kinds: cost"), `line 4: unknown field "kinds"`},
		{"kind", rule("kind: costs"), `line 4: rule "r": unknown kind "costs": valid are correctness, cost, latency`},
		{"no metrics", rule("kind: cost"), `line 4: rule "r" names no metrics: of this kind are round_trips, bytes_in`},
		{"metric", rule("kind: cost, metrics: [trips]"), `line 4: rule "r": unknown cost metric "trips": valid are round_trips, bytes_in, bytes_out, allocs, server_cpu_us, client_cpu_us, executions_per_decision, bytes_per_key`},
		{"metric twice", rule("kind: cost, metrics: [allocs, allocs]"), `names allocs twice`},
		{"no cells", rule("kind: cost, metrics: [allocs], max: 1"), `line 4: rule "r" selects no cells: write * for all`},
		{"cells", rule("kind: cost, metrics: [allocs], max: 1, cells: a/b/c/d/e/f/g/h"), "has 8 elements, want at most scenario/topology/algorithm/technique/driver/client/policy"},
		{"half a star", rule("kind: cost, metrics: [allocs], max: 1, cells: base*"), `"base*" is no scenario: write a comma list of names, or * for all`},
		{"empty element", rule("kind: cost, metrics: [allocs], max: 1, cells: baseline//gcra"), `"" is no topology`},
		{"no bound", rule("kind: cost, metrics: [allocs], cells: '*'"), "states no bound for allocs: relative or absolute to a baseline, or max or min without one"},
		{"negative", rule("kind: cost, metrics: [allocs], cells: '*', relative: -0.1"), "relative is -0.1, want 0 or more"},
		{"not a number", rule("kind: cost, metrics: [allocs], cells: '*', max: .nan"), "max is NaN, want 0 or more"},
		{"without end", rule("kind: cost, metrics: [allocs], cells: '*', max: .inf"), "max is +Inf, want 0 or more"},
		{"min of a cost", rule("kind: cost, metrics: [allocs], cells: '*', min: 1"), "allocs is better if it is lower: state max, not min"},
		{"max of throughput", rule("kind: latency, metrics: [decisions_per_second], cells: '*', max: 1"), "decisions_per_second is better if it is higher: state min, not max"},
		{"bound of a verdict", rule("kind: correctness, metrics: [as_expected], cells: '*', max: 1"), "as_expected is no number: leave relative, absolute, max and min out"},
		{"overshoot without a budget", rule("kind: correctness, metrics: [overshoot.ratio], cells: '*'"), "overshoot.ratio has a budget, not a baseline: state max alone"},
		{"overshoot with a baseline", rule("kind: correctness, metrics: [overshoot.ratio], cells: '*', max: 1, relative: 1"), "state max alone"},
		{"few repeats", rule("kind: latency, metrics: [decisions_per_second], cells: '*', relative: 0.1, repeats: 9"), "repeats is 9, want at least 10: with fewer, chance looks like a change"},
		{"drift", rule("kind: latency, metrics: [decisions_per_second], cells: '*', relative: 0.1, drift: 0.5"), "drift is 0.5, want a factor of 1 or more"},
		{"long", strings.Repeat("#", 1<<20+1), "longer than 1048576 bytes: not a file of rules"},
		{"two documents", rule("kind: correctness, cells: '*', metrics: [as_expected]") + "---\na: 1\n", "a second document follows the rules"},
	} {
		r, err := gate.Read(strings.NewReader(c.text))
		if err == nil || r != nil || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%s: error is %v, want one line with %q", c.name, err, c.want)
		}
	}
}

// Words that no cell can have are refused before anything is judged, those of other
// cells are not.
func TestUnknownWordsInRules(t *testing.T) {
	for _, c := range []struct{ cells, what, name string }{
		{"base", "scenario", "base"}, {"'*/sentinell'", "topology", "sentinell"}, {"'*/*/gcra,gcrb'", "algorithm", "gcrb"},
		{"'*/*/*/lau'", "technique", "lau"}, {"'*/*/*/*/jedis'", "driver", "jedis"}, {"'*/*/*/*/*/free'", "client or policy", "free"}, {"'*/*/*/*/*/*/free'", "policy", "free"},
		{"saturate", "", ""}, {"'baseline,saturate/*/*/naive'", "", ""},
	} {
		rules := read(t, "  - {name: r, kind: cost, metrics: [round_trips], max: 9, cells: "+c.cells+"}\n")
		_, err := gate.Judge(rules, shipped, gate.Block{Head: run(repeats("redigo", trips, 1)...)})
		var u *gate.Unknown
		switch {
		case c.what == "" && err != nil:
			t.Errorf("%s: %v", c.cells, err)
		case c.what != "" && (!errors.As(err, &u) || u.What != c.what || u.Name != c.name || u.Where() != `line 4: rule "r"`):
			t.Errorf("%s: %v", c.cells, err)
		}
	}
}

// A step of a sweep is selected by its own word and by that of the sweep.
func TestPatternsSelect(t *testing.T) {
	for cells, want := range map[string]int{
		"'*'": 3, "baseline": 3, "'*/standalone/gcra/lua/*'": 3, "'*/*/*/*/a'": 1, "'*/*/*/*/a, b'": 2, "'*/*/*/*/*/bounded'": 3, "'*/*/*/*/a,b/bounded'": 2,
	} {
		b := gate.Block{Head: run()}
		for _, d := range []string{"a", "b", "c"} {
			b.Head.Cells = append(b.Head.Cells, repeats(d, trips, 1)...)
		}
		if r := judge(t, read(t, "  - {name: r, kind: cost, metrics: [round_trips], max: 9, cells: "+cells+"}\n"), b); len(r.Findings) != want {
			t.Errorf("%s selects %d cells, want %d", cells, len(r.Findings), want)
		}
	}
	open, named := trial("a"), trial("b")
	open.Policy, named.Policy, named.Client = "fail-open", "fail-open", "default"
	for cells, want := range map[string]int{"'*/*/*/*/*/fail-open'": 2, "'*/*/*/*/*/*/fail-open'": 2, "'*/*/*/*/*/default/fail-open'": 1, "'*/*/*/*/*/none'": 1, "'*/*/*/*/*/bounded'": 2, "'*/*/*/*/*/bounded/none'": 1} {
		b := gate.Block{Head: run(open, named, trial("c"))}
		if r := judge(t, read(t, "  - {name: r, kind: correctness, metrics: [as_expected], cells: "+cells+"}\n"), b); len(r.Findings) != want {
			t.Errorf("%s selects %d cells, want %d", cells, len(r.Findings), want)
		}
	}
	step := evidence(t, "sweep-limit")
	for cells, want := range map[string]int{"sweep-limit": 16, "sweep-limit.10000": 4} {
		if r := judge(t, read(t, "  - {name: r, kind: cost, metrics: [round_trips], max: 9, cells: "+cells+"}\n"), gate.Block{Head: step}); len(r.Findings) != want {
			t.Errorf("%s selects %d cells, want %d", cells, len(r.Findings), want)
		}
	}
}

// Whatever the bytes, reading ends with rules that can be judged by, or with one line.
func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("gate.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(head + "  - {name: r, kind: cost, metrics: [round_trips, server_cpu_us], relative: 0.1, cells: 'a,b/*'}\n"))
	f.Add([]byte(head + "  - &a {name: r, kind: correctness, cells: '*', metrics: [as_expected]}\n  - *a\n"))
	f.Add([]byte(head + "  - {name: r, kind: latency, metrics: [availability], min: 1e-400, drift: 1e308, cells: '*'}\n"))
	f.Add([]byte("? a\n: !!binary b\n"))
	base, now := evidence(f, "sweep-limit"), evidence(f, "sweep-limit")
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := gate.Read(bytes.NewReader(text))
		if err != nil {
			if r != nil || err.Error() == "" || strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("rules %v, and an error that is not one line: %q", r, err)
			}
			return
		}
		report, err := gate.Judge(r, shipped, gate.Block{Base: base, Head: now})
		if err != nil {
			var u *gate.Unknown
			if !errors.As(err, &u) {
				t.Fatal(err)
			}
			return
		}
		if err := gate.Encode(io.Discard, report); err != nil {
			t.Fatal(err)
		}
	})
}
