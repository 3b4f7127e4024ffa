package rlbench_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rlbench/rlbench"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/internal/provider/local/namespace"
	"github.com/rlbench/rlbench/internal/reap/watchdog"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/result/resulttest"
)

// asProgram makes the test binary behave as the rlbench program, so that these
// tests see its real exit codes, output, signals and child processes.
const asProgram = "RLBENCH_TEST_AS_PROGRAM"

// Tests that are parallel have no schedule that a busy machine could miss, or demand nothing
// that depends on one. All others run alone, before them.
func TestMain(m *testing.M) {
	watchdog.Main()
	namespace.Main()
	if order := os.Getenv(asRecorder); order != "" {
		if err := record(order); err != nil {
			panic(err)
		}
		return
	}
	if os.Getenv(asProgram) != "" {
		rlbench.Main()
	}
	os.Exit(m.Run())
}

// command is a call of the program in a working directory of the test's own.
func command(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), asProgram+"=1", "CI=1", "GITHUB_ACTIONS=")
	return c
}

type outcome struct {
	code           int
	stdout, stderr string
}

func call(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	return finish(t, command(t, dir, args...))
}

func finish(t *testing.T, c *exec.Cmd) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	started := time.Now()
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %v: %v", c.Args, err)
	}
	if c.Dir != "" {
		resulttest.Conform(t, c.Dir, started) // whatever it wrote
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// small is a run of two cells in under three seconds.
var small = []string{"run", "--server", "local", "--scenario", "concurrent", "--algorithm", "gcra",
	"--technique", "naive,lua", "--driver", "redigo", "--window", "100ms", "--duration", "500ms", "--seed", "7"}

// stored makes a run that the other tests read or damage.
func stored(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if o := call(t, dir, append(small, "--out", "r")...); o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	return dir
}

func TestRunJudgesDrawsAndReports(t *testing.T) {
	dir := t.TempDir()
	o := call(t, dir, small...)
	if o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	first, _, _ := strings.Cut(o.stdout, "\n")
	if !strings.HasPrefix(first, "seed 7; ") || !strings.Contains(first, "redis-server") {
		t.Errorf("first line %q does not say seed and server", first)
	}
	for _, name := range []string{"result.json", "environment.json", "summary.md", "bench.txt", "junit.xml", "report.html", "charts/overshoot.png", "charts/overshoot.svg",
		"histories/concurrent/standalone/gcra/naive/redigo.r1.parquet"} {
		if _, err := os.Stat(filepath.Join(dir, "runs", "latest", name)); err != nil {
			t.Error(err)
		}
	}
	if n := resulttest.Conform(t, dir, time.Time{}); n != 2 {
		t.Errorf("%d files were held to their schemas, want result.json and environment.json", n)
	}
	if got, want := verdicts(t, filepath.Join(dir, "runs", "latest")), "naive invalid, lua valid"; got != want {
		t.Errorf("verdicts %q, want %q", got, want)
	}
	again := call(t, dir, "check")
	if again.code != 0 || !regexp.MustCompile(`(?m)^invalid, expected +concurrent/standalone/gcra/naive/redigo`).MatchString(again.stdout) ||
		!strings.HasSuffix(again.stdout, "\n2 of 2 verdicts are those of result.json; all as expected\n") {
		t.Errorf("check: exit code %d\n%s%s", again.code, again.stdout, again.stderr)
	}
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(content(t, path), into); err != nil {
		t.Fatal(err)
	}
}

func verdicts(t *testing.T, run string) string {
	t.Helper()
	var r struct {
		Cells []struct{ Technique, Verdict string }
	}
	content, err := os.ReadFile(filepath.Join(run, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range r.Cells {
		list = append(list, c.Technique+" "+c.Verdict)
	}
	return strings.Join(list, ", ")
}

// Every mistake gets one sentence on stderr, the exit code of wrong use, and no
// server is started for it.
func TestWrongUseIsExplained(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"rnu", "did you mean run?"},
		{"run --algoritm gcra", "did you mean algorithm?"},
		{"run --algorithm gcar", `unknown algorithm "gcar" (did you mean gcra?): valid are fixedwindow, slidinglog`},
		{"run --technique luna", "did you mean lua?"},
		{"run --driver jedis", "valid are goredis, rueidis, redigo"},
		{"run --scenario concurent", "did you mean concurrent?"},
		{"run --topology ring", "valid are standalone"},
		{"run --client bound", "did you mean bounded?"},
		{"run --server dockr", "did you mean docker?"},
		{"run --limit 0", "limit must be at least 1, got 0"},
		{"run --limit -5", "limit must be at least 1, got -5"},
		{"run --window 0s", "window must be at least 1ms"},
		{"run --window 1500us", "whole number of milliseconds"},
		{"run --burst 0", "burst must be at least 1"},
		{"run --workers 0", "--workers must be at least 1"},
		{"run --duration 0s", "duration must be positive"},
		{"run --duration -1s", "duration must be positive"},
		{"run --duration soon", "--duration must be a duration such as 10s"},
		{"run --rate 0", "rate must be positive"},
		{"run --rate NaN", "rate must be positive"},
		{"run --rate 1e12", "at most"},
		{"run --rate 1e5 --duration 1h", "more than"},
		{"run --limit 1000000", "bursts of"},
		{"run --scenario saturate --rate -5", "--rate must be positive"},
		{"run --scenario saturate --rate 5", "--rate has no effect"},
		{"run --workers 5", "--workers has no effect"},
		{"run --scenario saturate,sweep-workers --workers 5", "--workers contradicts sweep-workers"},
		{"run --scenario sweep-rate --rate 5", "--rate contradicts sweep-rate"},
		{"run --scenario sweep-limit.10 --limit 5", "--limit contradicts sweep-limit"},
		{"run --scenario sweep-limit --burst 5", "--burst contradicts sweep-limit"},
		{"run --scenario sweep-workers.5", "valid are sweep-workers.1, sweep-workers.4"},
		{"run --scenario baseline.5", "unknown scenario"},
		{"run --scenario sweep-workers --duration 0s", "duration must be positive"},
		{"run --persistence aof", `unknown persistence "aof"`},
		{"run --persistence rdb --server embedded", "--persistence is a setting of servers that rlbench starts itself"},
		{"run --min-replicas 1 --server redis://127.0.0.1:1", "--min-replicas is a setting of servers that rlbench starts itself"},
		{"run --min-replicas 1", "a primary of standalone has 0: lower it"},
		{"run --wait 2 --topology sentinel,cluster --dry-run", "a primary of cluster has 1: lower it"},
		{"run --wait 1 --server local --dry-run", "no write could ever be acknowledged so often"},
		{"run --wait -1", "wait must be a number of replicas"},
		{"run --subject http://h/x --contract window --limit 5 --window 1s --wait 1", "--wait has no meaning with --subject"},
		{"run --repeat 0", "repeat must be at least 1"},
		{"run --repeat 1000000", "repeat must be at most"},
		{"run --duration 1000h", "more than"},
		{"run --scenario baseline --duration 1ns", "nothing could be observed"},
		{"run --seed -1", `--seed must be a whole number from 0, got "-1"`},
		{"run --metrics 9464", "not of the form [host]:port"},
		{"run --metrics :99999 --dry-run", "from 0 (any that is free) to 65535"},
		{"run --metrics 192.0.2.1:9464", "this machine has no address 192.0.2.1:9464"},
		{"run extra", `run takes no arguments, got "extra"`},
		{"check a b", "check takes one run folder, got 2: a b"},
		{"run --resume a b", "run takes one run folder, got 2: a b"},
		{"run --algorithm=", `--algorithm must be a comma list of names, or all, got ""`},
		{"run --scenario=", "--scenario must be a comma list"},
		{"check --driver=", "--driver must be a comma list"},
		{"run --burst 3 --algorithm fixedwindow,slidinglog", "--burst has no effect"},
		{"run --subject http://h/x --contract window --limit 5 --window 1s --burst 3", "--burst has no effect"},
		{"check .", ". holds no result.json: name the folder of a run"},
		{"run --algorithm control --technique lua", "no"},
		{"run --out " + file, "not a directory"},
		{"check", "runs/latest does not exist"},
		{"check nowhere", "there is no folder nowhere"},
		{"check " + file, "is a file"},
		{"plot nowhere", "there is no folder nowhere"},
		{"report nowhere", "there is no folder nowhere"},
	} {
		o := call(t, t.TempDir(), strings.Fields(c.args)...)
		if o.code != 2 || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("rlbench %s: exit code %d, stderr %q; want code 2 and one line with %q", c.args, o.code, o.stderr, c.want)
		}
	}
}

func TestDamagedRunsAreExplained(t *testing.T) {
	const history = "histories/concurrent/standalone/gcra/lua/redigo.r1.parquet"
	dir := stored(t)
	for _, c := range []struct {
		name, file, want string
		damage           func([]byte) []byte
	}{
		{"truncated result", "result.json", "", func(b []byte) []byte { return b[:len(b)/2] }},
		{"empty result", "result.json", "", func([]byte) []byte { return nil }},
		{"newer result", "result.json", "newer", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"schema_version": `), []byte(`"schema_version": 9`), 1)
		}},
		{"edited verdict", "result.json", "verdict", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"verdict": "invalid"`), []byte(`"verdict": "perfect"`), 1)
		}},
		{"edited history", history, "changed after it was recorded", func(b []byte) []byte {
			b[len(b)/2] ^= 1
			return b
		}},
		{"truncated history", history, "changed after it was recorded", func(b []byte) []byte { return b[:len(b)/2] }},
		{"missing history", history, "no such file", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(filepath.Join(dir, "r"))); err != nil {
				t.Fatal(err)
			}
			damage(t, filepath.Join(copied, c.file), c.damage)
			o := call(t, copied, "check", ".")
			if o.code != 2 || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
				t.Errorf("exit code %d, stderr %q; want code 2 and one line with %q", o.code, o.stderr, c.want)
			}
		})
	}
}

// damage changes a file, or removes it if change is nil.
func damage(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if change == nil {
		err = os.Remove(path)
	} else {
		changed := change(bytes.Clone(content))
		if bytes.Equal(changed, content) {
			t.Fatalf("%s is as it was", path)
		}
		err = os.WriteFile(path, changed, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The evidence in this repository must be judged today as it was when it was
// recorded: a checker that changes a verdict shows here.
func TestCommittedEvidenceIsJudgedTheSame(t *testing.T) {
	runs, err := filepath.Glob("results/*/result.json")
	experiments, _ := filepath.Glob("results/claims/*/result.json") // the pattern is well-formed
	runs = append(runs, experiments...)
	if err != nil || len(runs) == 0 {
		t.Fatalf("no committed evidence: %v", err)
	}
	for _, run := range runs {
		t.Run(filepath.Dir(run), func(t *testing.T) {
			t.Parallel()
			o := call(t, ".", "check", filepath.Dir(run))
			// Claims try what is known to be wrong: what is not expected there is what was to be shown.
			tried := slices.Contains(experiments, run) && !strings.Contains(o.stderr, "result.json")
			if o.code != 0 && !tried {
				t.Errorf("exit code %d\n%s", o.code, o.stderr)
			}
		})
	}
}

// Whatever promises to hold is in the committed run of several processes, and holds there.
func TestEveryTechniqueIsSharedByTenProcesses(t *testing.T) {
	r, err := result.ReadDir("results/instances-all-techniques")
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]int{}
	for _, c := range r.Cells {
		if c.Verdict == "valid" {
			held[c.Algorithm+"/"+c.Technique]++
		}
	}
	for _, a := range algorithmlist.Algorithms() {
		for _, tech := range a.Techniques {
			promises := tech.Atomic && tech.New != nil && !tech.NoServer && !a.Control
			if name := a.Name + "/" + tech.Name; promises && held[name] != 3 {
				t.Errorf("%s did not hold with 1, 3 and 10 processes", name)
			}
		}
	}
}

// A verdict edited in result.json, consistently, is still found out.
func TestCheckFindsAnEditedVerdict(t *testing.T) {
	dir := stored(t)
	damage(t, filepath.Join(dir, "r", "result.json"), func(b []byte) []byte {
		var r result.Result
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(r.Cells, func(c result.Cell) bool { return c.Verdict == "invalid" })
		r.Cells[i].Verdict, r.Cells[i].Expected, r.Cells[i].Overshoot, r.Cells[i].Reasons = "valid", "valid", result.Overshoot{}, nil
		var edited bytes.Buffer
		if err := result.Encode(&edited, &r); err != nil {
			t.Fatal(err)
		}
		return edited.Bytes()
	})
	o := call(t, dir, "check", "r")
	if o.code != 99 || !strings.Contains(o.stdout, "(was valid)") || !strings.Contains(o.stderr, "1 of 2 cells differs") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// A run's plan says of each trial what it will be, and the seed that repeats it.
func TestADryRunSaysWhatWouldBeRun(t *testing.T) {
	o := call(t, t.TempDir(), "run", "--scenario", "baseline,saturate", "--algorithm", "gcra", "--technique", "lua", "--driver", "redigo", "--repeat", "1",
		"--seed", "7", "--dry-run")
	const want = "seed 7\n" +
		"baseline/standalone/gcra/lua/redigo repeat 1: limit 100 per 1s, trial of 1s, no verdict expected\n" +
		"saturate/standalone/gcra/lua/redigo repeat 1: limit 100 per 1s, trial of 2s, no verdict expected\n" +
		"2 trials, about 4s\n"
	if o.code != 0 || o.stdout != want {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	o = call(t, t.TempDir(), append(slices.Clone(small), "--technique", "lua", "--dry-run")...)
	if o.code != 0 || !strings.Contains(o.stdout, ", expected valid\n") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// What cannot be written must not keep what was found from being read.
func TestReportIsPrintedWhereItCannotBeWritten(t *testing.T) {
	dir := stored(t)
	summary := filepath.Join(dir, "r", "summary.md")
	if err := cmp.Or(os.Remove(summary), os.Mkdir(summary, 0o755)); err != nil {
		t.Fatal(err)
	}
	o := call(t, dir, "report", "r")
	if o.code != 1 || !strings.Contains(o.stdout, "2 cells: 1 invalid, 1 valid") || !strings.HasPrefix(o.stderr, "rlbench: write summary.md: ") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// A folder that holds no run, or a run that holds nothing yet, is told from a wrong
// selection.
func TestRunsWithoutCellsAreExplained(t *testing.T) {
	dir := t.TempDir()
	if err := cmp.Or(os.MkdirAll(filepath.Join(dir, "runs", "one"), 0o755), os.Symlink("one", filepath.Join(dir, "runs", "latest")),
		os.WriteFile(filepath.Join(dir, "runs", "one", "result.json"), []byte(`{"schema": "https://rlbench.dev/schema/result", "schema_version": 1}`), 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"check", "plot", "report"} {
		for args, want := range map[string]string{
			"":     "rlbench: the run holds no finished cell\n",
			"runs": "rlbench: runs holds no result.json: name a run inside it, such as runs/latest\n",
		} {
			o := call(t, dir, append([]string{command}, strings.Fields(args)...)...)
			if o.code != 2 || o.stderr != want {
				t.Errorf("%s %s: exit code %d, stderr %q; want code 2 and %q", command, args, o.code, o.stderr, want)
			}
		}
	}
}

func TestARunNeverOverwritesAnother(t *testing.T) {
	dir := stored(t)
	before := content(t, filepath.Join(dir, "r", "result.json"))
	o := call(t, dir, append(small, "--out", "r")...)
	if o.code != 2 || !strings.Contains(o.stderr, "not empty") {
		t.Errorf("exit code %d, stderr %q", o.code, o.stderr)
	}
	if !bytes.Equal(before, content(t, filepath.Join(dir, "r", "result.json"))) {
		t.Error("the result of the first run was changed")
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWithoutAnyServer(t *testing.T) {
	c := command(t, t.TempDir(), append(small, "--out", "r")...)
	c.Env = append(c.Env, "PATH=/nonexistent")
	o := finish(t, c)
	if o.code != 1 || !strings.Contains(o.stderr, "redis-server") || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("exit code %d, stderr %q; want code 1 and one line that names redis-server", o.code, o.stderr)
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "r")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a run that never began left its folder behind")
	}
}

// A sweep is a run like any other: every step is recorded, judged again, and drawn.
func TestASweepIsDrawnAndJudgedAgain(t *testing.T) {
	dir := t.TempDir()
	o := call(t, dir, "run", "--server", "local", "--scenario", "sweep-workers.1,sweep-workers.16,many-keys.zipf-1000", "--algorithm", "gcra",
		"--technique", "lua", "--driver", "goredis,rueidis", "--duration", "200ms", "--repeat", "1", "--seed", "7", "--out", "r")
	if o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	for _, name := range []string{"charts/sweep-workers.png", "charts/sweep-workers.svg", "charts/many-keys.png",
		"histories/sweep-workers.16/standalone/gcra/lua/rueidis.r1.parquet"} {
		if _, err := os.Stat(filepath.Join(dir, "r", name)); err != nil {
			t.Error(err)
		}
	}
	if summary := content(t, filepath.Join(dir, "r", "summary.md")); !bytes.Contains(summary, []byte("## sweep-workers/standalone: 2 steps, workers of 1 to 16")) {
		t.Errorf("the summary does not show the sweep:\n%s", summary)
	}
	again := call(t, dir, "check", "r", "--scenario", "sweep-workers")
	if again.code != 0 || !strings.HasSuffix(again.stdout, "\n4 of 4 verdicts are those of result.json; all as expected\n") || strings.Contains(again.stdout, "differs") {
		t.Errorf("check: exit code %d\n%s%s", again.code, again.stdout, again.stderr)
	}
	one := call(t, dir, "plot", "r", "--scenario", "sweep-workers.16", "--out", "one")
	if one.code != 0 || one.stdout != filepath.Join("one", "sweep-workers.png")+"\n" {
		t.Errorf("plot: exit code %d\n%s%s", one.code, one.stdout, one.stderr)
	}
}

// endless is a run whose cells take long enough to be interrupted in.
var endless = append(slices.Clone(quick), "--duration", "2s", "--repeat", "50", "--out", "r")

// begin starts a run into the folder r and waits until it has finished its first cell.
func begin(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	c := command(t, dir, args...)
	c.Stderr = &bytes.Buffer{}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	result := filepath.Join(dir, "r", "result.json")
	await(t, "the first cell", func() bool {
		_, err := os.Stat(result)
		return err == nil
	})
	return c
}

// stderr is what a program from begin has written, once it has ended.
func stderr(c *exec.Cmd) string { return c.Stderr.(*bytes.Buffer).String() }

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}

func TestInterruptedRunKeepsWhatItFinished(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := begin(t, dir, endless...)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	readable(t, dir)
	if _, err := os.Stat(filepath.Join(dir, "r", "summary.md")); err != nil {
		t.Error(err)
	}
}

func TestKilledRunKeepsWhatItFinishedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := begin(t, dir, endless...)
	server := childServer(t, c.Process.Pid)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	readable(t, dir)
	await(t, "the end of the server", func() bool { return errors.Is(syscall.Kill(server, 0), syscall.ESRCH) })
}

// readable demands that the stored run can be judged again.
func readable(t *testing.T, dir string) {
	t.Helper()
	if o := call(t, dir, "check", "r"); o.code != 0 || !strings.HasSuffix(o.stdout, " of result.json; all as expected\n") {
		t.Errorf("check: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if b := content(t, filepath.Join(dir, "r", "result.json")); !bytes.Contains(b, []byte(`"complete": false`)) {
		t.Error("a run that was cut short is not marked incomplete")
	}
}

// childServer returns the pid of the redis-server that a process has started.
func childServer(t *testing.T, parent int) (pid int) {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range dirs {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended since
		}
		var p, ppid int
		var name, state string
		if n, _ := fmt.Sscan(string(stat), &p, &name, &state, &ppid); n == 4 && ppid == parent && name == "(redis-server)" {
			return p
		}
	}
	t.Fatal("the run has no redis-server")
	return 0
}
