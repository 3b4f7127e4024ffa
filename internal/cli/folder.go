package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rlbench/rlbench/internal/atomicfile"
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
	// made says that this run made the folder, named that it lies under runs/, stored
	// that a run was in it before.
	made, named, stored bool
}

// newFolder creates the folder of a new result; without a path one under runs/ that
// ends with kind. It refuses one that holds anything already: a result must never be
// overwritten by another.
func newFolder(path, kind string) (*folder, error) {
	named := path == ""
	if named {
		path = newName(kind)
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
	if err := f.clear(); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// newName is a folder under runs/ that is not there yet: several may begin in one second.
func newName(kind string) string {
	name := filepath.Join(runsDir, time.Now().UTC().Format("20060102T150405Z")+"-"+kind)
	for n, path := 2, name; ; n++ {
		if _, err := os.Stat(path); err != nil {
			return path
		}
		path = name + "-" + strconv.Itoa(n)
	}
}

// storedFolder locks the folder of a run that goes on.
func storedFolder(path string) (*folder, error) {
	path, err := filepath.EvalSymlinks(path) // another run may move latest meanwhile
	if err != nil {
		return nil, usagef("open run folder: %w", err)
	}
	f, err := lockFolder(path)
	if err != nil {
		return nil, err
	}
	f.stored, f.named = true, filepath.Dir(path) == runsDir
	return f, nil
}

// clear demands that the folder of a new run is empty but for what a run that was
// killed in its first moments has left.
func (f *folder) clear() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return usagef("open run folder: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() || e.Name() != lockName && !atomicfile.Temporary(e.Name()) {
			return usagef("run folder %s is not empty: choose another with --out, so that no result is overwritten, or go on with rlbench run --resume %s", f.path, f.path)
		}
	}
	return f.sweep()
}

// unwritable gives a place in which nothing may be written the code of a wrong flag.
func unwritable(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) || errors.Is(err, unix.ENOTDIR) {
		return usagef("%w: choose another place with --out", err)
	}
	return err
}

// sweep removes what a killed run left half-written.
func (f *folder) sweep() error {
	err := filepath.WalkDir(f.path, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && atomicfile.Temporary(e.Name()) {
			return os.Remove(path)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("remove half-written files: %w", err)
	}
	return nil
}

const lockName = ".lock"

// lockFolder takes the lock that a living run holds on its folder. The kernel
// releases it when the process dies, however it dies.
func lockFolder(path string) (*folder, error) {
	name := filepath.Join(path, lockName)
	lock, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, usagef("open run folder: %w", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, usagef("run folder %s is in use by another run: wait for its end, or name another folder", path)
	}
	if !isFile(lock, name) { // its run has ended in this instant, and removed it
		lock.Close()
		return lockFolder(path)
	}
	return &folder{path: path, lock: lock}, nil
}

// isFile says whether name still is the open file f.
func isFile(f *os.File, name string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(name)
	return err == nil && os.SameFile(opened, named)
}

// pointLatest makes runs/latest this run, once it has something to show. It is a
// convenience: a file system without symbolic links does without.
func (f *folder) pointLatest() {
	if !f.named {
		return
	}
	link, next := filepath.Join(runsDir, latest), f.file("."+latest)
	_ = os.Remove(next) // of a run that was killed here
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

// takeBack removes what a new run without any result has made.
func (f *folder) takeBack() {
	if f.stored {
		return
	}
	_ = os.RemoveAll(f.file(historiesDir)) // of a cell that could not be recorded
	_ = os.Remove(f.file(result.EnvironmentFile))
	_ = os.Remove(f.file(lockName))
	if f.made {
		_ = os.Remove(f.path) // fails, as it should, if there is anything in it
	}
}

// noRun refuses a folder without a result, and says which one is meant if it is the
// one that runs are in.
func noRun(dir string) error {
	name := "name the folder of a run"
	if _, err := os.Stat(filepath.Join(dir, latest)); err == nil {
		name = "name a run inside it, such as " + filepath.Join(dir, latest)
	}
	return usagef("%s holds no %s: %s", dir, result.File, name)
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
	case errors.Is(err, fs.ErrNotExist):
		return "", usagef("there is no folder %s: name the folder of a run, or none for the newest, %s", path, filepath.Join(runsDir, latest))
	case err != nil:
		return "", usagef("open run: %w", err)
	case !info.IsDir():
		return "", usagef("open run: %s is a file: name the folder that holds result.json", path)
	}
	return path, nil
}
