package rlbench_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// ownMounts marks the process whose mounts nobody else sees, and which the kernel
// unmounts when it ends, however it ends.
const ownMounts = "RLBENCH_TEST_OWN_MOUNTS"

// withMounts runs the test again in a process that may mount, and returns true in it.
func withMounts(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownMounts) != "" {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	c.Env = append(os.Environ(), ownMounts+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if uid := os.Getuid(); uid != 0 {
		c.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// A disk that grows little by little is full at one kind of file after the other. Each
// time the run must stop with what it has, say so in one sentence, and go on when there
// is space.
func TestFullDisk(t *testing.T) {
	if !withMounts(t) {
		return
	}
	dir, cells, said := t.TempDir(), 0, ""
	size := 16 << 10
	if err := unix.Mount("rlbench", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, 0) })
	for ; size < 16<<20; size += size / 4 {
		if err := unix.Mount("rlbench", dir, "tmpfs", unix.MS_REMOUNT, fmt.Sprintf("size=%d", size)); err != nil {
			t.Fatal(err)
		}
		args := append(slices.Clone(quick), "--out", "r")
		if cells > 0 {
			args = []string{"run", "--resume", "r"}
		}
		o := call(t, dir, args...)
		if o.code == 0 {
			break
		}
		cells = finished(t, dir)
		stopped(t, o, cells)
		said += o.stderr
	}
	for _, want := range []string{"write environment.json: ", ".parquet: ", "save chart "} {
		if !strings.Contains(said, want) {
			t.Errorf("the disk was never full at %q", want)
		}
	}
	whole(t, dir, quick)
}

// finished is the number of cells in dir/r, whose result must be readable if there is
// one.
func finished(t *testing.T, dir string) int {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, "r", "result.json")); err != nil {
		return 0
	}
	o := call(t, dir, "check", "r")
	if o.code != 0 {
		t.Errorf("check: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	var same, cells int
	last := o.stdout[strings.LastIndex(strings.TrimSpace(o.stdout), "\n")+1:]
	if _, err := fmt.Sscanf(last, "%d of %d ", &same, &cells); err != nil || same != cells {
		t.Errorf("check ends with %q: %v", last, err)
	}
	return cells
}

// stopped demands one sentence about the cause and what is finished.
func stopped(t *testing.T, o outcome, cells int) {
	t.Helper()
	want := "free some space, or choose another place with --out\n"
	if cells > 0 {
		want = fmt.Sprintf("%d of 2 cells are finished and in r: free some space and go on with rlbench run --resume r\n", cells)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(o.stderr, "\n"), "\n")
	last := lines[len(lines)-1] + "\n"
	if o.code != 1 || !strings.Contains(last, "no space left on device: ") || !strings.HasSuffix(last, want) {
		t.Errorf("exit code %d, stderr %q; want code 1 and %q", o.code, o.stderr, want)
	}
}
