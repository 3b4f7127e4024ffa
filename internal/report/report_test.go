package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type writeFunc func(io.Writer, *result.Result) error

func onTerminal(w io.Writer, r *result.Result) error { return report.Terminal(w, r, nil) }

func text(t *testing.T, write writeFunc, r *result.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	for _, c := range []struct {
		file  string
		write writeFunc
		run   *result.Result
	}{
		{"full.md", report.Summary, run()}, {"full.txt", onTerminal, run()}, {"full.bench", report.Bench, run()}, {"full.brief.md", brief, run()},
		{"broken.md", report.Summary, broken()}, {"broken.txt", onTerminal, broken()}, {"broken.brief.md", brief, broken()},
		{"sweeps.md", report.Summary, swept()}, {"sweeps.txt", onTerminal, swept()}, {"sweeps.bench", report.Bench, swept()},
		{"empty.md", report.Summary, &result.Result{}}, {"empty.txt", onTerminal, &result.Result{}},
	} {
		path := filepath.Join("testdata", c.file)
		got := text(t, c.write, c.run)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; if that is meant, run go test ./internal/report -update. Got:\n%s", c.file, got)
		}
	}
}

// Only a command may be wider than the terminal: broken, it could not be copied.
func TestTerminalFitsTheTerminal(t *testing.T) {
	long := run()
	for i := range long.Cells {
		long.Cells[i].Algorithm += "-of-another-repository"
		long.Cells[i].Overshoot.Ratio *= 1000
	}
	for _, r := range []*result.Result{run(), broken(), long, swept()} {
		for line := range strings.Lines(text(t, onTerminal, r)) {
			if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > 100 && !strings.HasPrefix(line, "  rlbench run ") {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}
