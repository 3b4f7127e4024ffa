package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/internal/result"
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
	// made says that this run made the folder, named that it did so under runs/.
	made, named bool
}

// newFolder creates the folder of a new run. It refuses one that holds anything
// already: a result must never be overwritten by another.
func newFolder(path string, seed uint64) (*folder, error) {
	named := path == ""
	if named {
		path = filepath.Join(runsDir, time.Now().UTC().Format("20060102T150405Z")+"-seed"+strconv.FormatUint(seed, 10))
	}
	_, err := os.Stat(path)
	made := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, usagef("create run folder: %w", err)
	}
	f, err := lockFolder(path)
	if err != nil {
		return nil, err
	}
	f.made, f.named = made, named
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

// pointLatest makes runs/latest this run, once it has something to show. It is a
// convenience: a file system without symbolic links does without.
func (f *folder) pointLatest() {
	if !f.named {
		return
	}
	link, next := filepath.Join(runsDir, latest), f.file(".latest")
	if os.Symlink(filepath.Base(f.path), next) == nil {
		_ = os.Rename(next, link) // never a moment without a link
	}
	f.named = false
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// close releases the lock.
func (f *folder) close() {
	_ = os.Remove(f.file(lockName))
	_ = f.lock.Close()
}

// takeBack removes what a run without any result has made.
func (f *folder) takeBack() {
	_ = os.Remove(f.file(result.EnvironmentFile))
	_ = os.Remove(f.file(lockName))
	if f.made {
		_ = os.Remove(f.path) // fails, as it should, if there is anything in it
	}
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
		return "", usagef("%s does not exist: start a run with rlbench run, or name a run folder", path)
	case err != nil:
		return "", usagef("open run: %w", err)
	case !info.IsDir():
		return "", usagef("open run: %s is a file: name the folder that holds result.json", path)
	}
	return path, nil
}
