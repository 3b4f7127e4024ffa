package rlbench_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// seeded builds testdata/seeded with a regression.
func seeded(t *testing.T, regression string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), regression)
	out, err := exec.Command("go", "build", "-ldflags", "-w -X main.seeded="+regression, "-o", program, "./testdata/seeded").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// versus are the flags of a comparison of two builds with one cell that is judged and one
// that is timed, each as short as can be.
var versus = []string{"--server", "local", "--algorithm", "fixedwindow", "--technique", "mine", "--driver", "redigo",
	"--window", "20ms", "--duration", "140ms", "--rate", "800", "--seed", "7", "--out", "r"}

// A script that has lost its atomicity is found, and named; both builds are kept as runs
// like any other.
func TestABFindsALostAtomicity(t *testing.T) {
	base, head := seeded(t, "none"), seeded(t, "race")
	dir := t.TempDir()
	o := call(t, dir, slices.Concat([]string{"ab", base, head}, versus, []string{"--scenario", "concurrent"})...)
	if o.code != 99 || !strings.HasPrefix(o.stdout, "seed 7; ") {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	named := false
	for line := range strings.Lines(o.stdout) {
		named = named || strings.HasPrefix(line, "fail ") && strings.Contains(line, "concurrent/standalone/fixedwindow/mine/redigo as_expected")
	}
	if !named {
		t.Errorf("the cell and what is wrong with it are not named:\n%s", o.stdout)
	}
	for _, file := range []string{"junit.xml", "report.html"} { // as they were left
		if !strings.Contains(string(content(t, filepath.Join(dir, "r", "head", file))), "trips and bytes per decision") {
			t.Errorf("%s of head does not tell what the gate decided", file)
		}
	}
	for _, side := range []string{"base", "head"} {
		run := filepath.Join(dir, "r", side)
		r, err := result.ReadDir(run)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Run.Complete || len(r.Cells) != 10 || r.Cells[9].Repeat != 10 || r.Cells[9].ServerCPUus == nil || !strings.HasSuffix(r.Run.Server, "(local)") {
			t.Errorf("%s: %+v", side, r.Run)
		}
		if o := call(t, dir, "check", run); !strings.Contains(o.stdout, "\n10 of 10 verdicts are those of result.json") || strings.Contains(o.stdout, "differs") {
			t.Errorf("check %s: exit code %d\n%s%s", side, o.code, o.stdout, o.stderr)
		}
		if o := call(t, dir, "report", run); o.code != 0 {
			t.Errorf("report %s: exit code %d\n%s", side, o.code, o.stderr)
		}
	}
	again := call(t, dir, "gate", filepath.Join("r", "head"), "--baseline", filepath.Join("r", "base"))
	if again.code != 99 {
		t.Errorf("gate: exit code %d\n%s%s", again.code, again.stdout, again.stderr)
	}
}

// A program is no worse than itself. On a machine that is too busy that cannot be told.
func TestGateMeasuresItsFalseAlarms(t *testing.T) {
	program := seeded(t, "none")
	c := exec.Command(program, slices.Concat([]string{"gate", "--aa", "--runs", "1", "--scenario", "baseline"}, versus,
		[]string{"--duration", "500ms", "--rate", "2000"})...) // enough decisions that what the program allocates besides hardly counts
	c.Dir, c.Env = t.TempDir(), append(os.Environ(), "CI=1")
	o := finish(t, c)
	told := map[int]string{
		0:  "\n0 false alarms in 1 conclusive comparison of 1: with 95 % confidence the rate of false alarms is at most 95.0 %\n",
		97: "\n0 false alarms in 0 conclusive comparisons of 1: with 95 % confidence the rate of false alarms is at most 100.0 %\n",
	}
	if want, known := told[o.code]; !known || !strings.Contains(o.stdout, want) {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "r", "1", "gate.json")); err != nil {
		t.Error(err)
	}
}

// Whatever is wrong with a build is one sentence, before any server is started.
func TestABExplainsBadBuilds(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plan := "#!/bin/sh\ncase $2 in --dry-run) echo 'concurrent/standalone/gcra/lua/redigo repeat 1: limit 1 per 1s, trial of 10ms, expected valid';; *) "
	crash := script("crash", plan+"echo first >&2; echo rlbench: out of luck >&2; exit 1;; esac\n", 0o755)
	dead := script("dead", plan+"kill -9 $$;; esac\n", 0o755)
	newer := script("newer", plan+`for a; do case $a in --out=*) d=${a#--out=};; esac; done; mkdir -p "$d"
echo '{"schema": "https://rlbench.dev/schema/result", "schema_version": 999}' >"$d/result.json";; esac`+"\n", 0o755)
	nothing := script("nothing", plan+"exit 0;; esac\n", 0o755)
	small := []string{"--algorithm", "gcra", "--technique", "lua", "--driver", "redigo", "--scenario", "concurrent", "--server", "local", "--out", "r"}
	for _, c := range []struct {
		base, head string
		flags      []string
		code       int
		want       string
	}{
		{self, filepath.Join(dir, "none"), small, 2, "head: stat "},
		{dir, self, small, 2, "is a folder"},
		{script("plain", "#!/bin/sh\n", 0o644), self, small, 2, "is not executable"},
		{script("garbage", "\x00\x01", 0o755), self, small, 2, "base: " + filepath.Join(dir, "garbage") + " cannot be started"},
		{script("other", "#!/bin/sh\necho hello\n", 0o755), self, small, 2, "is no build of rlbench"},
		{self, script("strict", "#!/bin/sh\necho 'Try strict --help' >&2\nexit 2\n", 0o755), small, 2, "is no build of rlbench"},
		{self, script("chatter", "#!/bin/sh\nexec yes\n", 0o755), small, 2, "is no build of rlbench"},
		{self, self, []string{"--technique", "mine"}, 2, `base: unknown technique "mine"`},
		{self, self, []string{"--algorithm", "gcra", "--technique", "naive,multi,lua", "--driver", "all"}, 2, "9 cells would be timed, and at most 6"},
		{self, self, append(slices.Clone(small), "--limit", "0"), 2, "base: scenario concurrent: limit must be at least 1"},
		{self, self, []string{"--pairs", "9"}, 2, "--pairs must be 10 to 1000, got 9"},
		{self, self, []string{"--server", "embedded"}, 2, "no real Redis"},
		{self, self, []string{"--server", "dockr"}, 2, "did you mean docker?"},
		{self, self, append(slices.Clone(small), "--rules", "none.yaml"), 2, "open rules: "},
		{self, script("elsewhere", strings.Replace(plan, "limit 1", "limit 2", 1)+";; esac\n", 0o755), small, 2, "would not play the same: base plays concurrent/"},
		{crash, crash, small, 1, "base: " + crash + " ended with exit code 1: out of luck: no pair was finished"},
		{dead, dead, small, 1, "was ended by a signal: killed: it said nothing"},
		{newer, newer, small, 2, "writes a result that this program cannot read"},
		{nothing, nothing, small, 1, "finished nothing"},
	} {
		o := call(t, dir, slices.Concat([]string{"ab", c.base, c.head}, c.flags)...)
		if o.code != c.code || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%s %s %v: exit code %d, stderr %q; want code %d and one line with %q", c.base, c.head, c.flags, o.code, o.stderr, c.code, c.want)
		}
		if _, err := os.Stat(filepath.Join(dir, "r")); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%s %s %v: left a folder behind", c.base, c.head, c.flags)
		}
	}
	for args, want := range map[string]string{
		"ab": "got 0", "ab a b c": "got 3", "gate --runs 5": "--runs has no effect without --aa", "gate --aa r": "name neither a run nor a baseline", "gate --aa --all": "--all has no effect with --aa",
		"gate --aa --runs 0": "--runs must be 1 to 1000",
	} {
		if o := call(t, dir, strings.Fields(args)...); o.code != 2 || !strings.Contains(o.stderr, want) {
			t.Errorf("%s: exit code %d, stderr %q; want %q", args, o.code, o.stderr, want)
		}
	}
}

// beginAB starts a comparison that takes long, and waits until it has finished a pair.
func beginAB(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := command(t, dir, "ab", self, self, "--server", "local", "--algorithm", "gcra", "--driver", "redigo", "--scenario", "concurrent",
		"--window", "20ms", "--duration", "140ms", "--rate", "400", "--pairs", "1000", "--out", "r")
	c.Stderr = &bytes.Buffer{}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "the first pair", func() bool {
		r, err := result.ReadDir(filepath.Join(dir, "r", "head"))
		return err == nil && len(r.Cells) > 0
	})
	return c
}

func TestInterruptedABKeepsItsPairs(t *testing.T) {
	dir := t.TempDir()
	c := beginAB(t, dir)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 130 || !strings.Contains(stderr(c), "rlbench: interrupted: ") {
		t.Errorf("exit code %d, want 130\n%s", code, stderr(c))
	}
	n := map[string]int{}
	for _, side := range []string{"base", "head"} {
		run := filepath.Join("r", side)
		if o := call(t, dir, "check", run); o.code != 0 || !strings.Contains(o.stdout, "the run was cut short") {
			t.Errorf("check %s: exit code %d\n%s%s", side, o.code, o.stdout, o.stderr)
		}
		r, err := result.ReadDir(filepath.Join(dir, run))
		if err != nil {
			t.Fatal(err)
		}
		n[side] = len(r.Cells)
	}
	if n["base"] == 0 || n["base"] != n["head"] {
		t.Errorf("cells: %v, want pairs", n)
	}
}

func TestKilledABLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // servers, and what builds write, have their folders there
	dir := t.TempDir()
	c := beginAB(t, dir)
	server := childServer(t, c.Process.Pid)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	await(t, "the end of the server", func() bool { return errors.Is(syscall.Kill(server, 0), syscall.ESRCH) })
	await(t, "the end of all processes", func() bool { return len(processesIn(t, os.TempDir())) == 0 })
	await(t, "empty "+os.TempDir(), func() bool {
		left, err := os.ReadDir(os.TempDir())
		return err == nil && len(left) == 0
	})
	for _, side := range []string{"base", "head"} {
		if o := call(t, dir, "check", filepath.Join("r", side)); o.code != 0 {
			t.Errorf("check %s: exit code %d\n%s%s", side, o.code, o.stdout, o.stderr)
		}
	}
}

// A plan says what would be compared, and how long it takes.
func TestADryRunOfABSaysWhatWouldBeCompared(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := call(t, t.TempDir(), "ab", self, self, "--algorithm", "gcra", "--seed", "7", "--dry-run")
	const want = "seed 7\n" +
		"concurrent/standalone/gcra/lua/goredis repeat 1: limit 50 per 250ms, trial of 1.75s, expected valid\n" +
		"baseline/standalone/gcra/lua/goredis repeat 1: limit 100 per 1s, trial of 1s, no verdict expected\n" +
		"10 pairs of 2 trials, about 1m11s; a second block of what must be confirmed takes at most as long\n"
	if o.code != 0 || o.stdout != want {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}
