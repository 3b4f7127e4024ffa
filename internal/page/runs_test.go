package page_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/page"
	"github.com/rlbench/rlbench/internal/result"
)

const results = "../../results"

// load reads a committed run with its environment and its histories.
func load(t testing.TB, name string) page.Run {
	t.Helper()
	dir := filepath.Join(results, name)
	r, err := result.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	e, err := result.ReadEnvironment(dir)
	if err != nil {
		t.Fatal(err)
	}
	return page.Run{Result: r, Environment: e, Rows: func(c *result.Cell, rows []int) ([]history.Op, error) {
		return history.ReadRows(filepath.Join(dir, c.History), rows)
	}}
}

func render(t testing.TB, run page.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stored writes the page of a run into a file and returns its path.
func stored(t testing.TB, run page.Run) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, render(t, run), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func committed(t testing.TB, name string) string { return stored(t, load(t, name)) }
