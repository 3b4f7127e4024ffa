package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/atomicfile"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "result.json")
	for _, want := range []string{"first, and longer", "second"} {
		if err := atomicfile.Write(path, text(want)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Fatalf("read %q, %v; want %q", got, err, want)
		}
	}
	if got := names(t, dir); got != "result.json" {
		t.Errorf("folder holds %q", got)
	}
}

// A writer that fails halfway must leave the old file and no other.
func TestWriteKeepsTheOldFileOnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "result.json")
	if err := atomicfile.Write(path, text("old")); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("no space")
	err := atomicfile.Write(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, strings.Repeat("new", 1<<16)); err != nil {
			return err
		}
		return cause
	})
	if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "write result.json: ") {
		t.Errorf("error is %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("file holds %q", got)
	}
	if got := names(t, dir); got != "result.json" {
		t.Errorf("folder holds %q", got)
	}
}

func TestTemporaryKnowsWhatIsBeingWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "result.json")
	err := atomicfile.Write(path, func(io.Writer) error {
		if name := names(t, dir); !atomicfile.Temporary(name) {
			t.Errorf("%q is not temporary", name)
		}
		return nil
	})
	if err != nil || atomicfile.Temporary(names(t, dir)) {
		t.Errorf("folder holds %q, %v", names(t, dir), err)
	}
}

func TestWriteNeedsTheFolder(t *testing.T) {
	err := atomicfile.Write(filepath.Join(t.TempDir(), "absent", "result.json"), text("x"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v, want not exist", err)
	}
}

func TestWriteInTheCurrentFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := atomicfile.Write("result.json", text("x")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, "."); got != "result.json" {
		t.Errorf("folder holds %q", got)
	}
}
