// Package atomicfile writes files that are there whole or not at all, so that a
// run killed at any moment leaves nothing that looks like evidence and is not.
// It knows no format.
package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// infix stands between the name of a file that is being written and a random number.
const infix = ".tmp-"

// Temporary says that name, without its folder, is of a file that is being written,
// or of one that a killed process left half-written.
func Temporary(name string) bool {
	return strings.HasPrefix(name, ".") && strings.Contains(name, infix)
}

// Write calls write with a buffered file beside path, and gives it the name path
// only when everything is on the disk. On error, path is as it was before. The
// folder must exist; a killed process may leave a file whose name is Temporary.
func Write(path string, write func(io.Writer) error) error {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, "."+base+infix+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", base, err)
	}
	err = fill(f, write)
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", base, err)
	}
	return syncDir(dir)
}

// fill writes, flushes and closes f. The sync comes before the rename: otherwise a
// power loss could leave the new name with no content.
func fill(f *os.File, write func(io.Writer) error) error {
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil { // CreateTemp made it private
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// syncDir makes the new name itself survive a power loss.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}
