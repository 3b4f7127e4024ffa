package rlbench_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// counterexample explores one broken technique in dir and returns the file of a trace.
func counterexample(t *testing.T, dir string) string {
	t.Helper()
	o := call(t, dir, "explore", "--algorithm", "fixedwindow", "--technique", "incr-expire", "--out", "x")
	if o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	return filepath.Join(dir, "x", "traces", "fixedwindow-incr-expire", "false-rejection.json")
}

func TestExploreShowsTheCounterexample(t *testing.T) {
	dir := t.TempDir()
	trace := counterexample(t, dir)
	o := call(t, dir, "explore", "--algorithm", "fixedwindow", "--technique", "incr-expire", "--scenario", "death", "--out", "y")
	for _, want := range []string{
		"key without TTL by client death 1", "INCR rl{u}:ie", `rl{u}:ie = "1", no TTL`, "client A dies here", "exhausted", "y/README.md",
	} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("%q is not said:\n%s", want, o.stdout)
		}
	}
	for _, beside := range []string{".svg", ".md"} {
		if text, err := os.ReadFile(strings.TrimSuffix(trace, ".json") + beside); err != nil || len(text) < 500 {
			t.Errorf("there is no %s beside the trace: %v", beside, err)
		}
	}
}

func TestExplorePrintsJSON(t *testing.T) {
	o := call(t, t.TempDir(), "explore", "--algorithm", "gcra", "--technique", "naive,lua", "--scenario", "race,eviction", "--json", "--out", "x")
	var d evidence.Document
	if err := json.Unmarshal([]byte(o.stdout), &d); err != nil || o.code != 0 {
		t.Fatalf("exit code %d, %v\n%s%s", o.code, err, o.stdout, o.stderr)
	}
	if !d.Suite.Exhausted || d.Suite.Pairs != 12 || d.Suite.Schedules.IsZero() || d.Suite.Seconds == nil {
		t.Errorf("the suite is %+v", d.Suite)
	}
	if len(d.Findings) != 2 || d.Findings[0].Subject != "gcra/naive" || d.Findings[0].Property != "overshoot" || d.Findings[0].Steps != 6 {
		t.Errorf("the findings are %+v", d.Findings)
	}
	if f := d.Findings[1]; f.Subject != "gcra/lua" || f.Scenario != "eviction" || f.Trace != "traces/gcra-lua/eviction-overshoot.json" {
		t.Errorf("the second finding is %+v", f)
	}
	if len(d.Clean) != 1 || d.Clean[0].Subject != "gcra/lua" || d.Clean[0].Scenario != "race" || d.Clean[0].Schedules.String() != "6" {
		t.Errorf("clean are %+v", d.Clean)
	}
	if len(d.NothingNew) != 1 || d.NothingNew[0].Subject != "gcra/naive" || d.NothingNew[0].Scenario != "eviction" {
		t.Errorf("nothing is new in %+v", d.NothingNew)
	}
}

// What the README says to type works: but for what takes long, which is tested elsewhere.
func TestReadmeCommandsExplore(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir, ran := t.TempDir(), 0
	if err := os.Symlink(filepath.Join(here(t), "results"), filepath.Join(dir, "results")); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(readme)) {
		typed, _, _ := strings.Cut(strings.TrimSpace(line), "#")
		words := strings.Fields(typed)
		if len(words) < 3 || words[0] != "./rlbench" || words[1] != "explore" && words[1] != "replay" || words[2] == "--confirm" || words[2] == "TRACE" {
			continue
		}
		ran++
		if o := call(t, dir, words[1:]...); o.code != 0 {
			t.Errorf("%s: exit code %d\n%s%s", typed, o.code, o.stdout, o.stderr)
		}
	}
	if ran < 3 {
		t.Errorf("the README has %d commands to explore and replay, want 3", ran)
	}
}

func here(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReplayRunsOnARealServer(t *testing.T) {
	dir := t.TempDir()
	o := call(t, dir, "replay", counterexample(t, dir), "--times", "20")
	if o.code != 0 || !strings.Contains(o.stdout, "replayed 20 of 20 times on ") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if strings.Contains(o.stdout, "emulated") {
		t.Errorf("the clock was not virtual:\n%s", o.stdout)
	}
}

// A subject that WATCHes has no edges, and is confirmed all the same. Without a compiler
// nothing is but the counterexamples, which is less than was asked for.
func TestConfirmSaysWhetherItDid(t *testing.T) {
	args := []string{"explore", "--confirm", "--algorithm", "gcra", "--technique", "multi", "--scenario", "race", "--limit", "1", "--out"}
	dir := t.TempDir()
	if o := call(t, dir, append(args, "with")...); o.code != 0 || !strings.Contains(o.stdout, "0 divergences") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	c := command(t, dir, append(args, "without")...)
	c.Env = append(c.Env, "PATH="+withoutCompiler(t))
	o := finish(t, c)
	if o.code != 97 || !strings.Contains(o.stderr, "the graphs are not confirmed: that takes a virtual clock") {
		t.Errorf("without a compiler: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// withoutCompiler is a folder for PATH that holds a redis-server and nothing else.
func withoutCompiler(t *testing.T) string {
	t.Helper()
	server, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(server, filepath.Join(bin, "redis-server")); err != nil {
		t.Fatal(err)
	}
	return bin
}

// Where there is no compiler the clock cannot be virtual, and the trace says so.
func TestReplayWithoutACompiler(t *testing.T) {
	dir := t.TempDir()
	c := command(t, dir, "replay", counterexample(t, dir), "--times", "2")
	c.Env = append(c.Env, "PATH="+withoutCompiler(t))
	o := finish(t, c)
	if o.code != 0 || !strings.Contains(o.stderr, "no C compiler") || !strings.Contains(o.stdout, "time was emulated by waiting") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// A server of the user's own is used only while it is empty, and is left empty.
func TestReplayOnAGivenServer(t *testing.T) {
	dir := t.TempDir()
	trace := filepath.Join(filepath.Dir(counterexample(t, dir)), "client-death-key-without-ttl.json")
	addr := providertest.Redis(t)
	o := call(t, dir, "replay", trace, "--server", "redis://"+addr, "--times", "3")
	if o.code != 0 || !strings.Contains(o.stdout, "replayed 3 of 3 times") || !strings.Contains(o.stderr, "time is emulated") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	conn, err := redigo.Driver{}.Open(t.Context(), drivers.Endpoints{Addrs: []string{addr}}, drivers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if left, err := conn.Do(t.Context(), "DBSIZE"); err != nil || left.Int != 0 {
		t.Errorf("%d keys are left, %v", left.Int, err)
	}
	if _, err := conn.Do(t.Context(), "SET", "mine", "1"); err != nil {
		t.Fatal(err)
	}
	wants(t, call(t, dir, "replay", trace, "--server", "redis://"+addr), 2, "name an empty one")
	wants(t, call(t, dir, "replay", trace, "--server", "redis://127.0.0.1:1"), 1, "127.0.0.1:1")
	wants(t, call(t, dir, "replay", trace, "--server", "redis-cluster://"+addr), 2, "write redis://host:port")
}

// What is wrong with a trace is said in one sentence, and never played.
func TestReplayRefusesBadTraces(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(counterexample(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ from, to, says string }{
		"edited reply":      {`"reply": "(integer) 2"`, `"reply": "(integer) 1"`, "step 2 of the trace is not what fixedwindow/incr-expire does: its reply is"},
		"another subject":   {`"subject": "fixedwindow/incr-expire"`, `"subject": "fixedwindow/naive"`, "fixedwindow/naive"},
		"no subject":        {`"subject": "fixedwindow/incr-expire"`, `"subject": "fixedwindow/incr-expires"`, `did you mean fixedwindow/incr-expire?`},
		"a newer version":   {`"schema": 1`, `"schema": 2`, "newer"},
		"half of a file":    {`"schedule"`, "\x00", "trace: "},
		"another limit":     {`"limit": 2`, `"limit": 3`, "is not what fixedwindow/incr-expire does"},
		"a field too many":  {`"schema": 1`, `"schema": 1, "colour": "red"`, "colour"},
		"a schedule beyond": {`"A"`, `"Z"`, `"Z"`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(string(text), c.from, c.to, 1)
			if changed == string(text) {
				t.Fatalf("the trace holds no %s", c.from)
			}
			path := filepath.Join(dir, "bad.json")
			if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
			wants(t, call(t, dir, "replay", path), 2, c.says)
		})
	}
}

// wants demands an exit code and one line on stderr that says something.
func wants(t *testing.T, o outcome, code int, says string) {
	t.Helper()
	if o.code != code || !strings.Contains(o.stderr, says) || strings.Count(strings.TrimSpace(o.stderr), "\n") > 0 {
		t.Errorf("exit code %d, want %d and one line with %q\n%s%s", o.code, code, says, o.stdout, o.stderr)
	}
}

func TestExploreBadInput(t *testing.T) {
	dir := t.TempDir()
	trace := counterexample(t, dir)
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho 'Redis server v=7.0.15 sha=0'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"explore --technique incr-expires", 2, "did you mean incr-expire?"},
		{"explore --algorithm gcra --technique incr-expire", 2, "unknown technique"},
		{"explore --scenario races", 2, "did you mean race?"},
		{"explore --events evicts", 2, "did you mean evict?"},
		{"explore --clients 0", 2, "1 to 5 clients, got 0"},
		{"explore --requests 0", 2, "got 0"},
		{"explore --clients 3 --scenario race", 2, "choose one of the two"},
		{"explore --limit 0", 2, "limit must be at least 1, got 0"},
		{"explore --window 1500us", 2, "whole number of milliseconds"},
		{"explore --budget states=0", 2, "a budget of nothing proves nothing"},
		{"explore --budget time=-1s", 2, "a budget of nothing proves nothing"},
		{"explore --budget speed=3", 2, "states=N, memory=GiB or time=DURATION"},
		{"explore --algorithm gcra --technique naive --budget states=5 --out b", 97, "NOT a proof"},
		{"explore --algorithm gcra --technique lua --clients 2 --events evict --out e", 0, ""},
		{"explore --algorithm inprocess --technique memory", 2, "never talks to a server"},
		{"explore --algorithm gcra --technique lua --requests 2 --events step-clock,tick --limit 1 --out s", 0, ""},
		{"explore --redis-server redis-server", 2, "give --confirm too"},
		{"explore more", 2, "more"},
		{"explore --out x", 2, "is not empty"},
		{"replay", 2, "wants one trace"},
		{"replay nothing.json", 2, "no such file"},
		{"replay x", 2, "x"},
		{"replay " + trace + " --times 0", 2, "at least 1, got 0"},
		{"replay " + trace + " --redis-server /nowhere/redis-server", 2, "/nowhere/redis-server"},
		{"replay " + trace + " --redis-server " + script, 1, "server exited"},
	} {
		t.Run(c.args, func(t *testing.T) { wants(t, call(t, dir, strings.Fields(c.args)...), c.code, c.says) })
	}
}
