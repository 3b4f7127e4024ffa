package rlbench_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// quick is a run of two cells in a second. A closed loop has no schedule that a busy
// machine could miss, and here no verdict matters.
var quick = []string{"run", "--server", "local", "--scenario", "saturate", "--algorithm", "gcra", "--technique", "naive,lua",
	"--driver", "redigo", "--workers", "4", "--duration", "200ms", "--repeat", "1", "--seed", "7"}

// slow is a run of eight cells in ten seconds.
var slow = append(slices.Clone(quick), "--duration", "1s", "--repeat", "4", "--out", "r")

// done makes a run of quick in dir/r.
func done(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if o := call(t, dir, append(slices.Clone(quick), "--out", "r")...); o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	return dir
}

// whole demands that the run in dir/r is what args plan: every cell once and in
// order, judged again alike, with charts and reports, and nothing half-written.
func whole(t *testing.T, dir string, args []string) {
	t.Helper()
	var r struct {
		Run struct {
			Complete bool
			Planned  int
		}
		Cells []struct{ History string }
	}
	if err := json.Unmarshal(content(t, filepath.Join(dir, "r", "result.json")), &r); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range r.Cells {
		got = append(got, c.History)
	}
	if want := planned(t, dir, args); !r.Run.Complete || r.Run.Planned != len(want) || !slices.Equal(got, want) {
		t.Errorf("complete: %t, planned %d, cells %q\nwant %q", r.Run.Complete, r.Run.Planned, got, want)
	}
	if o := call(t, dir, "check", "r"); o.code != 0 {
		t.Errorf("check: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	tidy(t, filepath.Join(dir, "r"), got)
}

// planned lists the histories that a run with these flags must have.
func planned(t *testing.T, dir string, args []string) (paths []string) {
	t.Helper()
	o := call(t, dir, append(slices.Clone(args), "--dry-run")...)
	for line := range strings.Lines(o.stdout) {
		name, rest, ok := strings.Cut(line, " repeat ")
		repeat, _, _ := strings.Cut(rest, ":")
		if ok {
			paths = append(paths, "histories/"+name+".r"+repeat+".parquet")
		}
	}
	return paths
}

// tidy demands that a run's folder holds the files of a run and no others.
func tidy(t *testing.T, run string, histories []string) {
	t.Helper()
	charts, err := filepath.Glob(filepath.Join(run, "charts", "[a-z]*"))
	if err != nil || len(charts) == 0 {
		t.Errorf("charts: %q, %v", charts, err)
	}
	want := append([]string{"bench.txt", "environment.json", "junit.xml", "report.html", "result.json", "summary.md"}, histories...)
	for _, path := range charts {
		want = append(want, "charts/"+filepath.Base(path))
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(files(t, run))); !slices.Equal(got, want) {
		t.Errorf("the folder holds %q\nwant %q", got, want)
	}
}

// files are the paths in a folder, with what tells whether a file was written.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		out[path] = info.ModTime().String() + string(content(t, filepath.Join(dir, path)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestInterruptedRunGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := begin(t, dir, slow...)
	for _, args := range [][]string{{"run", "--resume", "r"}, slow} {
		if o := call(t, dir, args...); o.code != 2 || !strings.Contains(o.stderr, "in use by another run") {
			t.Errorf("%v beside the run: exit code %d, stderr %q", args, o.code, o.stderr)
		}
	}
	for range 2 { // as a terminal and a program around it do
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	_ = c.Wait()
	if advice := "go on with rlbench run --resume r"; c.ProcessState.ExitCode() != 130 || !strings.Contains(stderr(c), advice) {
		t.Errorf("exit code %d, stderr %q; want 130 and %q", c.ProcessState.ExitCode(), stderr(c), advice)
	}
	if o := call(t, dir, "gate", "r"); o.code != 97 { // and its decisions do not outlive the resumption
		t.Errorf("gate: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	before := files(t, filepath.Join(dir, "r"))
	if o := call(t, dir, "run", "--resume", "r"); o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	whole(t, dir, slow)
	after := files(t, filepath.Join(dir, "r"))
	for name := range before {
		if strings.HasPrefix(name, "histories/") && before[name] != after[name] {
			t.Errorf("%s was finished, and recorded again", name)
		}
	}
}

// The newest run goes on where none is named, and runs/latest stays the way to it.
func TestResumeTakesTheNewestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if o := call(t, dir, quick...); o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	latest := filepath.Join(dir, "runs", "latest")
	damage(t, filepath.Join(latest, luaHistory), nil)
	o := call(t, dir, "run", "--resume")
	if o.code != 0 || !strings.Contains(o.stderr, "1 of 2 cells are finished") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if o := call(t, dir, "run", "--resume"); o.code != 0 || !strings.Contains(o.stdout, "is complete: all 2 cells") {
		t.Errorf("the second time: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

const (
	naiveHistory = "histories/saturate/standalone/gcra/naive/redigo.r1.parquet"
	luaHistory   = "histories/saturate/standalone/gcra/lua/redigo.r1.parquet"
)

func TestResumeRunsDamagedCellsAgain(t *testing.T) {
	t.Parallel()
	dir := done(t)
	run := filepath.Join(dir, "r")
	damage(t, filepath.Join(run, naiveHistory), func(b []byte) []byte { return b[:len(b)/2] })
	before := files(t, run)
	o := call(t, dir, "run", "--resume", "r")
	if o.code != 0 || !strings.Contains(o.stderr, "gcra/naive/redigo r1 is run again: verify history: ") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if after := files(t, run); after[luaHistory] != before[luaHistory] || after[naiveHistory] == before[naiveHistory] {
		t.Error("want the damaged history recorded again, and no other")
	}
	whole(t, dir, quick)
}

func TestResumeOfACompleteRunTouchesNothing(t *testing.T) {
	t.Parallel()
	dir := done(t)
	before := files(t, filepath.Join(dir, "r"))
	o := call(t, dir, "run", "--resume", "r")
	if o.code != 0 || o.stdout != "r is complete: all 2 cells are finished, and nothing is left to run\n" {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if !maps.Equal(before, files(t, filepath.Join(dir, "r"))) {
		t.Error("files were written")
	}
}

// A run that was killed before its first cell has nothing but its environment.
func TestResumeOfARunThatHasFinishedNothing(t *testing.T) {
	t.Parallel()
	dir := done(t)
	for _, name := range []string{"result.json", "histories", "charts", "summary.md", "bench.txt"} {
		if err := os.RemoveAll(filepath.Join(dir, "r", name)); err != nil {
			t.Fatal(err)
		}
	}
	if o := call(t, dir, "run", "--resume", "r"); o.code != 0 {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	whole(t, dir, quick)
}

// A run that was killed after its last cell needs charts and reports, and no server.
func TestResumeOfARunThatWantsOnlyItsCharts(t *testing.T) {
	t.Parallel()
	dir := done(t)
	damage(t, filepath.Join(dir, "r", "result.json"), incomplete)
	if err := os.RemoveAll(filepath.Join(dir, "r", "charts")); err != nil {
		t.Fatal(err)
	}
	c := command(t, dir, "run", "--resume", "r")
	c.Env = append(c.Env, "PATH=/nonexistent")
	if o := finish(t, c); o.code != 0 {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	whole(t, dir, quick)
}

func incomplete(b []byte) []byte {
	return bytes.Replace(b, []byte(`"complete": true`), []byte(`"complete": false`), 1)
}

// replaced returns a damage that writes one text for another.
func replaced(from, to string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
}

// Cells of one run must be comparable: what would make them otherwise is refused, and
// nothing is changed.
func TestResumeRefuses(t *testing.T) {
	dir := done(t)
	damage(t, filepath.Join(dir, "r", luaHistory), nil)
	const environment, result = "environment.json", "result.json"
	for _, c := range []struct {
		flags, file string
		damage      func([]byte) []byte
		want        string
	}{
		{flags: "--limit 30", want: "saturate.burst was 100 and is 30"},
		{flags: "--window 200ms", want: "saturate.window was 1s and is 200ms"},
		{flags: "--algorithm gcra,fixedwindow", want: "algorithm was gcra and is fixedwindow,gcra"},
		{flags: "--technique lua", want: "technique was naive,lua and is lua"},
		{flags: "--scenario saturate,baseline", want: "baseline.burst was absent"},
		{flags: "--repeat 2", want: "saturate.repeat was 1 and is 2"},
		{flags: "--seed 8", want: "seed was 7 and is 8"},
		{flags: "--out x", want: "--out has no effect with --resume"},
		{file: environment, damage: replaced(`"version": "`, `"version": "v9.9.9-`), want: "made by rlbench v9.9.9-"},
		{file: environment, damage: replaced(`"kernel": "`, `"kernel": "9.9-`), want: "not be comparable: kernel was 9.9-"},
		{file: environment, damage: replaced(`"redis_version": "`, `"redis_version": "9.9-`), want: "redis_version was 9.9-"},
		{file: environment, damage: replaced(`"server": "local"`, `"server": "docker"`), want: "server was docker and is local"},
		{file: environment, damage: replaced(`"technique": [`, `"tecnique": [`), want: "flags that this rlbench does not have"},
		{file: environment, damage: func(b []byte) []byte { return b[:len(b)/2] }, want: "file is cut off"},
		{file: environment, want: "environment.json: file does not exist"},
		{file: result, damage: func(b []byte) []byte { return b[:len(b)/2] }, want: "file is cut off"},
		{file: result, damage: replaced(`"schema_version": 4`, `"schema_version": 9`), want: "newer rlbench"},
	} {
		t.Run(c.flags+c.want, func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(filepath.Join(copied, "r"), os.DirFS(filepath.Join(dir, "r"))); err != nil {
				t.Fatal(err)
			}
			if c.file != "" {
				damage(t, filepath.Join(copied, "r", c.file), c.damage)
			}
			before := files(t, copied)
			o := call(t, copied, append([]string{"run", "--resume", "r"}, strings.Fields(c.flags)...)...)
			if o.code != 2 || !strings.Contains(o.stderr, c.want) {
				t.Errorf("exit code %d, stderr %q; want code 2 and %q", o.code, o.stderr, c.want)
			}
			if !maps.Equal(before, files(t, copied)) {
				t.Error("files were written")
			}
		})
	}
}

func TestResumeNeedsARun(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"--resume", "runs/latest does not exist"},
		{"--resume nowhere", "there is no folder nowhere"},
		{"--resume empty", "empty holds no run that has begun"},
		{"--resume empty more", "run takes one run folder, got 2: empty more"},
		{"empty", `run takes no arguments, got "empty"`},
	} {
		o := call(t, dir, append([]string{"run"}, strings.Fields(c.args)...)...)
		if o.code != 2 || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("run %s: exit code %d, stderr %q; want code 2 and one line with %q", c.args, o.code, o.stderr, c.want)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "empty")); err != nil || len(entries) > 0 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}
