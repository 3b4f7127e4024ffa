package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestARunThatNeverBeganTakesBackOnlyWhatItMade(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("mine", 0o755); err != nil {
		t.Fatal(err)
	}
	for path, stays := range map[string]bool{"mine": true, "new": false} {
		f, err := newFolder(path, "seed1")
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
		f, err := newFolder("", "seed"+strconv.FormatUint(seed, 10))
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

// A run that was killed in its first moments must not block its folder.
func TestANewRunTakesTheFolderOfOneThatNeverBegan(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("run", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{lockName, ".environment.json.tmp-123"} {
		if err := os.WriteFile(filepath.Join("run", name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := newFolder("run", "seed1")
	if err != nil {
		t.Fatal(err)
	}
	f.close()
	if left, err := os.ReadDir("run"); err != nil || len(left) > 0 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

// The lock of a run that ends must not be taken for that of the folder: two runs
// would hold one each.
func TestARemovedLockLocksNothing(t *testing.T) {
	dir := t.TempDir()
	f, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !isFile(f.lock, f.file(lockName)) {
		t.Error("the lock is not that of its folder")
	}
	if err := os.Remove(f.file(lockName)); err != nil {
		t.Fatal(err)
	}
	next, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer next.close()
	if isFile(f.lock, f.file(lockName)) {
		t.Error("a lock that was removed passes for that of the folder")
	}
	f.lock.Close()
}

// A run that goes on under runs/ is the newest with something to show; what it finds
// half-written is removed, and nothing is taken back.
func TestAStoredFolderIsSweptAndKept(t *testing.T) {
	t.Chdir(t.TempDir())
	path := filepath.Join(runsDir, "a")
	if err := os.MkdirAll(filepath.Join(path, historiesDir), 0o755); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(path, historiesDir, ".x.parquet.tmp-1")
	for _, name := range []string{half, filepath.Join(path, "environment.json")} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a", filepath.Join(path, ".latest")); err != nil {
		t.Fatal(err)
	}
	f, err := storedFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if err := f.sweep(); err != nil {
		t.Fatal(err)
	}
	f.takeBack()
	f.pointLatest()
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half-written history: %v", err)
	}
	if _, err := os.Stat(filepath.Join(runsDir, latest, "environment.json")); err != nil {
		t.Error(err)
	}
}

func TestAFolderInUseOrNotEmptyIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := newFolder("run", "seed1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newFolder("run", "seed1"); exitCode(err) != ExitUsage {
		t.Errorf("a folder in use: %v", err)
	}
	if err := os.WriteFile(f.file("result.json"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f.close()
	if _, err := newFolder("run", "seed1"); exitCode(err) != ExitUsage {
		t.Errorf("a folder with a result: %v", err)
	}
}
