package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestARunThatNeverBeganTakesBackOnlyWhatItMade(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("mine", 0o755); err != nil {
		t.Fatal(err)
	}
	for path, stays := range map[string]bool{"mine": true, "new": false} {
		f, err := newFolder(path, 1)
		if err != nil {
			t.Fatal(err)
		}
		f.takeBack()
		f.close()
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) == stays {
			t.Errorf("%s: %v; want it to stay: %t", path, err, stays)
		}
	}
}

// latest must point to the newest run that has something to show, at any time.
func TestLatestMovesWithTheFirstResult(t *testing.T) {
	t.Chdir(t.TempDir())
	for seed := range uint64(2) {
		f, err := newFolder("", seed)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := os.Readlink(filepath.Join(runsDir, latest))
		if before == filepath.Base(f.path) {
			t.Error("latest points to a run that has recorded nothing")
		}
		f.pointLatest()
		if after, err := os.Readlink(filepath.Join(runsDir, latest)); err != nil || after != filepath.Base(f.path) {
			t.Errorf("latest points to %q, %v; want %s", after, err, f.path)
		}
		f.close()
	}
}

func TestAFolderInUseOrNotEmptyIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := newFolder("run", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newFolder("run", 1); exitCode(err) != ExitUsage {
		t.Errorf("a folder in use: %v", err)
	}
	if err := os.WriteFile(f.file("result.json"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f.close()
	if _, err := newFolder("run", 1); exitCode(err) != ExitUsage {
		t.Errorf("a folder with a result: %v", err)
	}
}
