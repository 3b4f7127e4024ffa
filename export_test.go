package rlbench_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rlbench/rlbench/internal/result/resulttest"
)

// Every committed run keeps to the published schemas.
func TestCommittedRunsConform(t *testing.T) {
	if n := resulttest.Conform(t, "results", time.Time{}); n < 10 {
		t.Errorf("%d files of committed runs were found", n)
	}
}

// playedOnce makes a run; a loaded machine may keep its cells from being judged.
func playedOnce(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if o := call(t, dir, append(small, "--out", "r")...); o.code != 0 && o.code != 97 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	return dir
}

// A run is exported from result.json alone: no history is needed, however many
// operations it had.
func TestExportReadsNoHistory(t *testing.T) {
	dir := playedOnce(t)
	if err := os.RemoveAll(filepath.Join(dir, "r", "histories")); err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string]string{
		"benchstat": "Unit overshoot assume=exact\n", "junit": `<testsuite name="concurrent" tests="2"`,
		"csv": "run.name,run.seed,", "markdown": "| `concurrent/standalone/gcra/naive/redigo` |",
		"comment": "<!-- rlbench -->\n", "annotations": "::notice title=rlbench::",
	} {
		o := call(t, dir, "export", "r", "--format", format)
		if o.code != 0 || !strings.Contains(o.stdout, want) {
			t.Errorf("%s: exit code %d, want %q in\n%s%s", format, o.code, want, o.stdout, o.stderr)
		}
		file := call(t, dir, "export", "r", "--format", format, "--out", "file")
		if got := string(content(t, filepath.Join(dir, "file"))); file.code != 0 || file.stdout != "" || got != o.stdout {
			t.Errorf("%s: --out writes otherwise: %s%s", format, file.stdout, file.stderr)
		}
	}
	if junit := call(t, dir, "export", "r", "--format", "junit"); junit.stdout != string(content(t, filepath.Join(dir, "r", "junit.xml"))) {
		t.Error("the run's own junit.xml differs")
	}
}

func TestExportRefusals(t *testing.T) {
	dir := t.TempDir()
	damaged := filepath.Join(dir, "damaged")
	if err := os.MkdirAll(damaged, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(damaged, "result.json"), []byte(`{"schema":"https://rlbench.dev/schema/result","schema_version":1,"cells":[{"offered":NaN}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"export"}, "no format is given: name one with --format: benchstat, junit, csv,"},
		{[]string{"export", "--format", "junitt"}, "did you mean junit?"},
		{[]string{"export", "--format", "csv"}, "start a run with rlbench run"},
		{[]string{"export", "none", "--format", "csv"}, "there is no folder none: name the folder of a run"},
		{[]string{"export", ".", "--format", "csv"}, ". holds no result.json"},
		{[]string{"export", "damaged", "--format", "csv"}, "line 1 is not JSON"},
	} {
		if o := call(t, dir, c.args...); o.code != 2 || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d, want 2 and one line with %q:\n%s", c.args, o.code, c.want, o.stderr)
		}
	}
}

// In GitHub Actions a run and a check end with annotations, which nobody else sees.
func TestAnnotationsInGitHubActions(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{append(small, "--out", "r"), {"check", "r"}} {
		c := command(t, dir, args...)
		c.Env = append(c.Env, "GITHUB_ACTIONS=true")
		o := finish(t, c)
		if o.code != 0 && o.code != 97 || !strings.Contains(o.stdout, "\n::notice title=rlbench::") { // 97: a loaded machine
			t.Errorf("%s: exit code %d\n%s%s", args[0], o.code, o.stdout, o.stderr)
		}
	}
	if o := call(t, dir, "check", "r"); strings.Contains(o.stdout, "::") {
		t.Errorf("an annotation where nobody reads it:\n%s", o.stdout)
	}
}

// What a gate decides is written as its schema says, and told by every export.
func TestGateReportConforms(t *testing.T) {
	dir := playedOnce(t)
	if o := call(t, dir, "gate", "r"); o.code != 0 && o.code != 97 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	schema, err := validator.NewCompiler().Compile("internal/gate/gate.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(content(t, filepath.Join(dir, "r", "gate.json"))))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	for format, want := range map[string]string{"junit": `<testsuite name="gate"`, "comment": "#### Gate "} {
		if o := call(t, dir, "export", "r", "--format", format); !strings.Contains(o.stdout, want) {
			t.Errorf("%s has no %s:\n%s%s", format, want, o.stdout, o.stderr)
		}
	}
}
