package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/scenarios"
)

// gated runs rlbench gate and returns its exit code and both outputs.
func gated(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	p := &Program{
		Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: scenarios.All(), Stdout: &out, Stderr: &errs,
	}
	code = p.Run(append([]string{"gate"}, args...))
	return code, out.String(), errs.String()
}

// copied is a copy of the committed evidence without its histories, in which each pair
// of change replaces the first by the second everywhere in result.json.
func copied(t *testing.T, name string, change ...string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"result.json", "environment.json"} {
		text, err := os.ReadFile(filepath.Join("../../results", name, file))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(change); i += 2 {
			text = bytes.ReplaceAll(text, []byte(change[i]), []byte(change[i+1]))
		}
		write(t, filepath.Join(dir, file), string(text))
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The command of the README: committed evidence is no worse than itself, by the pointer
// of ci/ too.
func TestGateOfEvidenceAgainstItself(t *testing.T) {
	dir := copied(t, "standalone")
	for _, args := range [][]string{
		{dir, "--baseline", "../../results/standalone"},
		{dir, "--baseline", "../../ci/baseline", "--rules", "../../ci/gate.yaml"},
		{dir},
	} {
		code, stdout, stderr := gated(args...)
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		if last := lines[len(lines)-1]; code != ExitOK || !strings.HasPrefix(last, "gate passed: ") {
			t.Errorf("gate %v: exit code %d, last line %q, %s", args, code, last, stderr)
		}
	}
	file, err := os.Open(filepath.Join(dir, gate.File))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if r, err := gate.Decode(file); err != nil || r.Verdict != gate.Pass || r.Head != "ev" {
		t.Errorf("gate.json holds %+v, %v", r, err)
	}
}

// toothless is a copy of the committed evidence in which no race was caught.
func toothless(t *testing.T) (dir string) {
	t.Helper()
	dir = copied(t, "standalone")
	r, err := result.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Cells {
		if c := &r.Cells[i]; c.Expected == "invalid" {
			c.Verdict, c.AsExpected, c.Overshoot = "valid", false, result.Overshoot{}
		}
	}
	if err := result.WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	return dir
}

// unwrapped is a text without the breaks of its lines.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), " ") }

// What got worse is named with its numbers.
func TestGateNamesWhatGotWorse(t *testing.T) {
	for _, c := range []struct {
		name, dir string
		want      []string
	}{
		{"round trip more", copied(t, "standalone", `"round_trips": 1,`, `"round_trips": 2,`),
			[]string{"baseline/standalone/gcra/lua/redigo round_trips (trips and bytes per decision)", "head 2 (n=2), base 1 (n=2), medians: +100 %, at most 1.05"}},
		{"verdict", copied(t, "standalone", "\"verdict\": \"valid\",\n      \"expected\": \"valid\",\n      \"as_expected\": true", "\"verdict\": \"invalid\",\n      \"expected\": \"valid\",\n      \"as_expected\": false"),
			[]string{"concurrent/standalone/gcra/lua/redigo still_valid (what was valid is valid)", "was valid and is invalid"}},
		{"lost teeth", toothless(t),
			[]string{"weighted/standalone/gcra/naive/redigo still_violated (the races are still caught)", "was invalid and is valid: the suite no longer shows"}},
	} {
		code, stdout, stderr := gated(c.dir, "--baseline", "../../ci/baseline")
		if code != ExitUnexpected || !strings.Contains(stderr, "the gate failed: ") || !strings.Contains(stdout, "\ngate FAILED: ") {
			t.Errorf("%s: exit code %d\n%s%s", c.name, code, stdout, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(unwrapped(stdout), want) {
				t.Errorf("%s: output lacks %q:\n%s", c.name, want, stdout)
			}
		}
	}
}

// rulesOfOne is a file of rules with one rule of the given lines.
func rulesOfOne(t *testing.T, lines ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "gate.yaml")
	write(t, path, "schema: "+gate.RulesSchemaID+"\nschema_version: 1\nrules:\n  - name: r\n    "+strings.Join(lines, "\n    ")+"\n")
	return path
}

// Every wrong input has one clear sentence and its exit code.
func TestGateOfWrongInput(t *testing.T) {
	good := "../../results/standalone"
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no run", []string{filepath.Join(t.TempDir(), "none")}, ExitUsage, "there is no folder"},
		{"folder without a result", []string{t.TempDir()}, ExitUsage, "holds no result.json"},
		{"no rules", []string{good, "--rules", "none.yaml"}, ExitUsage, "open rules: open none.yaml: no such file"},
		{"unknown metric", []string{good, "--rules", rulesOfOne(t, "kind: cost", "cells: baseline", "metrics: [round_trip]", "max: 1")}, ExitUsage,
			`line 4: rule "r": unknown cost metric "round_trip" (did you mean round_trips?): valid are round_trips, bytes_in`},
		{"metric of another kind", []string{good, "--rules", rulesOfOne(t, "kind: latency", "cells: baseline", "metrics: [allocs]", "max: 1")}, ExitUsage, `unknown latency metric "allocs"`},
		{"unknown kind", []string{good, "--rules", rulesOfOne(t, "kind: costs", "cells: baseline", "metrics: [allocs]", "max: 1")}, ExitUsage, `unknown kind "costs" (did you mean cost?)`},
		{"unknown expectation", []string{good, "--rules", rulesOfOne(t, "kind: cost", "cells: baseline", "expected: vald", "metrics: [allocs]", "max: 1")}, ExitUsage, `unknown expected verdict "vald" (did you mean valid?)`},
		{"unknown cell", []string{good, "--rules", rulesOfOne(t, "kind: cost", "cells: baseline/standalone/gcrq", "metrics: [allocs]", "max: 1")}, ExitUsage, `unknown algorithm "gcrq" (did you mean gcra?)`},
		{"unknown field", []string{good, "--rules", rulesOfOne(t, "kind: cost", "cell: baseline")}, ExitUsage, `line 6: unknown field "cell"`},
		{"rule without data", []string{good, "--rules", rulesOfOne(t, "kind: cost", "cells: saturate", "metrics: [allocs]", "max: 1")}, ExitInconclusive, "the gate is inconclusive: 1 of 1 decision"},
		{"metric that is null", []string{good, "--rules", rulesOfOne(t, "kind: latency", "cells: baseline", "metrics: [recovery_ms]", "max: 1")}, ExitInconclusive, "inconclusive"},
		{"nothing but skipped rules", []string{good, "--rules", rulesOfOne(t, "kind: cost", "cells: saturate", "metrics: [allocs]", "max: 1", "optional: true")}, ExitInconclusive, "every rule was skipped"},
		{"no baseline", []string{good, "--baseline", "none"}, ExitUsage, "baseline none does not exist"},
		{"baseline of another server", []string{good, "--baseline", "../../results/reference"}, ExitUsage, "cannot be compared: server redis-1 redis_version was 8.0.2 and is 7.0.15"},
		{"baseline of another rate", []string{good, "--baseline", copied(t, "standalone", `"baseline.rate": "2000"`, `"baseline.rate": "3000"`)}, ExitUsage, "baseline.rate was 3000 and is 2000"},
		{"baseline of another limit", []string{good, "--baseline", copied(t, "standalone", `"limit": 50,`, `"limit": 60,`)}, ExitUsage, "cannot be compared: limit was 60 and is 50"},
		{"baseline of another client", []string{good, "--baseline", copied(t, "standalone", `"pool_size": 64`, `"pool_size": 8`)}, ExitUsage, "pool_size was 8 and is 64"},
		{"baseline without the cells", []string{good, "--baseline", copied(t, "standalone", `"technique": "lua"`, `"technique": "luas"`), "--rules",
			rulesOfOne(t, "kind: cost", "cells: '*'", "metrics: [round_trips]", "relative: 0.1")}, ExitInconclusive, "cannot be made"},
		{"baseline of other cells", []string{good, "--baseline", copied(t, "standalone", `"driver": "redigo"`, `"driver": "other"`, `"driver": "goredis"`, `"driver": "another"`, `"driver": "rueidis"`, `"driver": "one more"`)}, ExitInconclusive, "has none of the cells that are judged: name a run of"},
		{"newer schema", []string{copied(t, "standalone", `"schema_version": 1`, `"schema_version": 99`)}, ExitUsage, "written by a newer rlbench"},
		{"negative number", []string{copied(t, "standalone", `"round_trips": 1,`, `"round_trips": -1,`)}, ExitUsage, "round_trips is -1, which no run can have measured"},
		{"no number", []string{copied(t, "standalone", `"round_trips": 1,`, `"round_trips": NaN,`)}, ExitUsage, "is not JSON: invalid character 'N'"},
		{"baseline that is no file", []string{good, "--baseline", "/dev/zero"}, ExitUsage, "is neither a folder nor a file"},
		{"baseline of a variable without a value", []string{good, "--baseline", ""}, ExitUsage, "--baseline is empty"},
		{"rules of a variable without a value", []string{good, "--rules="}, ExitUsage, "--rules is empty"},
		{"cut short", []string{copied(t, "standalone", `"complete": true`, `"complete": false`)}, ExitInconclusive, "the gate is inconclusive: run ev was cut short: "},
		{"cut short, and said to be complete", []string{copied(t, "standalone", `"planned": 144`, `"planned": 150`)}, ExitUsage, "complete is true with 144 of 150 planned cells"},
		{"imitation", []string{copied(t, "standalone", `"real_redis": true`, `"real_redis": false`)}, ExitInconclusive, "the gate is inconclusive: run ev is no evidence: its server was no real Redis"},
		{"baseline was an imitation", []string{good, "--baseline", copied(t, "standalone", `"real_redis": true`, `"real_redis": false`)}, ExitInconclusive, "is no evidence"},
		{"unknown selection", []string{good, "--driver", "jedis"}, ExitUsage, `unknown driver "jedis"`},
	} {
		code, stdout, stderr := gated(append(c.args, "--scenario", "baseline,concurrent,weighted")...) // a part: nothing is written beside the evidence
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit code %d, want %d; stderr %q lacks %q\n%s", c.name, code, c.code, stderr, c.want, stdout)
		}
		if strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: more than one sentence: %q", c.name, stderr)
		}
		if strings.Contains(stderr, "no evidence") && strings.Contains(stdout, "RULE") {
			t.Errorf("%s: rules that nothing was held against are printed:\n%s", c.name, stdout)
		}
	}
}

// The rule about service under faults knows every scenario that has some.
func TestRulesKnowTheFaults(t *testing.T) {
	rules := gate.Default().Rules
	last := rules[len(rules)-1]
	named := strings.Split(last.Cells, ",")
	if last.Name != "service under faults" {
		t.Fatalf("the last rule is %q", last.Name)
	}
	for _, s := range scenarios.All() {
		if slices.Contains(named, s.Name) != (s.Faults != nil) {
			t.Errorf("%s has faults: %t, but the rule selects %s: change ci/gate.yaml and internal/gate/gate.yaml", s.Name, s.Faults != nil, last.Cells)
		}
	}
}

// A pointer is one line that leads to a folder.
func TestGateOfAWrongPointer(t *testing.T) {
	for content, want := range map[string]string{
		"": "not one line", "a\nb": "not one line", "elsewhere": "which is no folder", strings.Repeat("a", 5000): "too long",
	} {
		path := filepath.Join(t.TempDir(), "baseline")
		write(t, path, content)
		if code, _, stderr := gated("../../results/standalone", "--baseline", path); code != ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("a pointer with %.20q: exit code %d, %s", content, code, stderr)
		}
	}
}

// On another machine verdicts and counts are compared, and times are not.
func TestGateOnAnotherMachine(t *testing.T) {
	rules := rulesOfOne(t, "kind: cost", "cells: baseline", "metrics: [round_trips, server_cpu_us]", "relative: 0.1")
	other := copied(t, "standalone", `"cpu": "AMD EPYC"`, `"cpu": "another"`)
	code, stdout, _ := gated(copied(t, "standalone"), "--baseline", other, "--rules", rules)
	if code != ExitInconclusive || !strings.Contains(unwrapped(stdout), "time on two machines cannot be compared: CPU was another and is AMD EPYC") {
		t.Errorf("exit code %d\n%s", code, stdout)
	}
	if strings.Contains(stdout, "round_trips (r)") { // only what did not pass is listed
		t.Errorf("trips were not compared:\n%s", stdout)
	}
}

// A run of another seed is compared, and said to be one.
func TestGateOfAnotherSeed(t *testing.T) {
	code, stdout, stderr := gated(copied(t, "standalone", `"seed": 2`, `"seed": 3`), "--baseline", "../../results/standalone")
	if code != ExitOK || !strings.Contains(unwrapped(stdout), "note: the seeds differ (2 and 3)") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// The file is the same however often it is written.
func TestGateWritesTheSameAgain(t *testing.T) {
	dir := copied(t, "standalone")
	var texts []string
	for range 2 {
		gated(dir, "--baseline", "../../results/standalone")
		text, err := os.ReadFile(filepath.Join(dir, gate.File))
		if err != nil || !json.Valid(text) {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Error("the second gate.json differs from the first")
	}
}
