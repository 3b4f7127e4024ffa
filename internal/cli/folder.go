package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// runsDir is where runs go by default; latest in it points to the newest.
const (
	runsDir = "runs"
	latest  = "latest"
)

// folder is a run's folder, locked while it is being written.
type folder struct {
	path string
	lock *os.File
}

// newFolder creates the folder of a new run. It refuses one that holds anything
// already: a result must never be overwritten by another.
func newFolder(path string, seed uint64) (*folder, error) {
	byDefault := path == ""
	if byDefault {
		path = filepath.Join(runsDir, time.Now().UTC().Format("20060102T150405Z")+"-seed"+strconv.FormatUint(seed, 10))
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, usagef("create run folder: %w", err)
	}
	f, err := lockFolder(path)
	if err != nil {
		return nil, err
	}
	if byDefault {
		f.pointLatest()
	}
	return f, nil
}

const lockName = ".lock"

// lockFolder takes the lock that a living run holds on its folder. The kernel
// releases it when the process dies, however it dies.
func lockFolder(path string) (*folder, error) {
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, usagef("open run folder: %w", err)
	}
	f := &folder{path: path, lock: lock}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, usagef("run folder %s is in use by another run: choose another with --out", path)
	}
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) > 1 {
		f.close()
		return nil, errors.Join(err, usagef("run folder %s is not empty: choose another with --out, so that no result is overwritten", path))
	}
	return f, nil
}

// pointLatest is a convenience: a file system without symbolic links does without.
func (f *folder) pointLatest() {
	link := filepath.Join(filepath.Dir(f.path), latest)
	_ = os.Remove(link)
	_ = os.Symlink(filepath.Base(f.path), link)
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// close releases the lock.
func (f *folder) close() {
	_ = os.Remove(f.file(lockName))
	_ = f.lock.Close()
}

// removeIfEmpty takes back a folder in which nothing was recorded.
func (f *folder) removeIfEmpty() {
	_ = os.Remove(f.file(lockName))
	_ = os.Remove(f.path)
}

// existingRun is the folder that a command over a stored run works on: its only
// argument, or the newest run.
func existingRun(args []string) (string, error) {
	path := filepath.Join(runsDir, latest)
	if len(args) > 0 {
		path = args[0]
	}
	info, err := os.Stat(path)
	switch {
	case err != nil && len(args) == 0:
		return "", usagef("there is no run yet: start one with rlbench run, or name a run folder")
	case err != nil:
		return "", usagef("open run: %w", err)
	case !info.IsDir():
		return "", usagef("open run: %s is a file: name the folder that holds result.json", path)
	}
	return path, nil
}
