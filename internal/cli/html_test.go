package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/scenarios"
)

// reported runs rlbench report and returns its exit code and both outputs.
func reported(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	p := &Program{
		Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: scenarios.All(), Stdout: &out, Stderr: &errs,
	}
	code = p.Run(append([]string{"report"}, args...))
	return code, out.String(), errs.String()
}

func pageOf(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, pageFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The page is written beside the result, and where it is stands on the last line. A
// part of the run is printed only: the page of the whole run stays.
func TestReportWritesThePage(t *testing.T) {
	dir := copied(t, "standalone")
	code, _, stderr := reported(dir, "--technique", "lua")
	if _, err := os.Stat(filepath.Join(dir, pageFile)); code != ExitOK || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a part of the run: exit code %d, %v, %s", code, err, stderr)
	}
	code, stdout, stderr := reported(dir)
	if want := "\nreport   " + filepath.Join(dir, pageFile) + "\n"; code != ExitOK || !strings.HasSuffix(stdout, want) {
		t.Errorf("exit code %d, output ends with %q, want %q, %s", code, stdout[max(0, len(stdout)-100):], want, stderr)
	}
	if text := pageOf(t, dir); !strings.Contains(text, "its history is not in the run folder") {
		t.Error("the page does not say that the histories are missing")
	}
	// With its histories, and what a gate decided.
	if err := os.CopyFS(filepath.Join(dir, historiesDir), os.DirFS("../../results/standalone/histories")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := gated(dir); code != ExitOK {
		t.Fatalf("gate: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := reported(dir); code != ExitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	text := pageOf(t, dir)
	if strings.Contains(text, "are not shown") || !strings.Contains(text, "The operations at the limit") || !strings.Contains(text, `<section id="gate"`) {
		t.Error("the page lacks operations, or the gate")
	}
}

// A file that cannot be read is named in one sentence; the report is printed all the same.
func TestReportOfDamagedFiles(t *testing.T) {
	for _, c := range []struct {
		file, text, want string
		code             int
	}{
		{gate.File, "{}", "gate.json: read gate report: ", ExitUsage},
		{gate.File, "", "gate.json: read gate report: ", ExitUsage},
		{"environment.json", "{", "environment.json: file is cut off", ExitUsage},
	} {
		dir := copied(t, "sweep-limit")
		write(t, filepath.Join(dir, c.file), c.text)
		code, stdout, stderr := reported(dir)
		if code != c.code || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 || len(stdout) == 0 {
			t.Errorf("%s: exit code %d, want %d; %q, want one line with %q", c.file, code, c.code, stderr, c.want)
		}
	}
}

// A page that cannot be written, or a history that a hand-edited result looks for
// elsewhere, is said.
func TestReportThatCannotBe(t *testing.T) {
	dir := copied(t, "standalone")
	if err := os.Mkdir(filepath.Join(dir, pageFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := reported(dir); code != ExitError || !strings.HasPrefix(stderr, "rlbench: write report.html: ") || len(stdout) == 0 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	dir = copied(t, "standalone", `"history": "histories/`, `"history": "../histories/`)
	if code, _, stderr := reported(dir); code != ExitOK || !strings.Contains(pageOf(t, dir), "its history leaves the run folder") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}
