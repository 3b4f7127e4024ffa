package rlbench_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/atomicfile"
	"github.com/rlbench/rlbench/internal/provider/docker/dockertest"
	"github.com/rlbench/rlbench/internal/provider/owner"
)

var (
	kills    = flag.Int("kills", 3, "how often each of TestKilledRunsGoOn kills the program")
	killSeed = flag.Uint64("kill-seed", 1, "seed of the instants at which it does")
	killIn   = flag.String("kill-in", "", "flags of the run that it kills, which replace those of a short one without faults")
)

// However often and whenever a run is killed, every cell that it finished is readable,
// it goes on to the same complete run, and nothing of it stays behind.
func TestKilledRunsGoOn(t *testing.T) {
	t.Parallel()
	t.Run("local", func(t *testing.T) {
		t.Parallel()
		killedRunsGoOn(t, "local")
	})
	t.Run("docker", func(t *testing.T) {
		t.Parallel()
		dockertest.Provider(t) // sees to the image
		killedRunsGoOn(t, "docker")
	})
}

func killedRunsGoOn(t *testing.T, server string) {
	args := append(slices.Clone(quick), "--driver", "all")
	if *killIn != "" {
		args = append([]string{"run"}, strings.Fields(*killIn)...)
	}
	v := newVictim(t, append(args, "--out", "r", "--server", server)...)
	begun := time.Now()
	v.finish(t)
	length := time.Since(begun)
	whole(t, v.dir, v.args)
	v.dir = t.TempDir()
	instants := rand.New(rand.NewPCG(*killSeed, 0))
	for n, cells := 0, 0; n < *kills; {
		if !v.kill(t, time.Duration(instants.Int64N(int64(length)))) {
			whole(t, v.dir, v.args)
			v.dir, cells = t.TempDir(), 0
			continue
		}
		n++
		now := finished(t, v.dir)
		if now < cells {
			t.Errorf("%d cells are finished, and %d were before", now, cells)
		}
		cells = now
	}
	v.finish(t)
	whole(t, v.dir, v.args)
	v.leavesNothing(t)
	t.Logf("%d kills within %s of the start; where they met the run: %v", *kills, length, v.met)
}

// victim is a run that is killed and goes on.
type victim struct {
	args   []string
	dir    string
	tmp    string         // its TMPDIR: servers have their folders there
	owners []string       // of all processes that ran it
	met    map[string]int // how often it was killed where
}

func newVictim(t *testing.T, args ...string) *victim {
	t.Helper()
	return &victim{args: args, dir: t.TempDir(), tmp: t.TempDir(), met: map[string]int{}}
}

// start starts the run, or has it go on.
func (v *victim) start(t *testing.T) (c *exec.Cmd, ended chan error) {
	t.Helper()
	args := v.args
	if _, err := os.Stat(filepath.Join(v.dir, "r", "environment.json")); err == nil {
		args = []string{"run", "--resume", "r"}
	}
	c = command(t, v.dir, args...)
	c.Env = append(c.Env, "TMPDIR="+v.tmp)
	c.Stderr = &bytes.Buffer{}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	o, err := owner.Of(c.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	v.owners = append(v.owners, o.String())
	ended = make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return c, ended
}

// finish lets the run come to its end.
func (v *victim) finish(t *testing.T) {
	t.Helper()
	c, ended := v.start(t)
	if err := <-ended; err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, stderr(c))
	}
}

// kill kills the run at an instant after its start, and reports whether it still ran.
func (v *victim) kill(t *testing.T, after time.Duration) bool {
	t.Helper()
	c, ended := v.start(t)
	select {
	case <-time.After(after):
		_ = c.Process.Kill() // fails if the run ends in this instant
		<-ended
	case <-ended:
	}
	if c.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		v.met[v.state(t)]++
		return true
	}
	if c.ProcessState.ExitCode() != 0 {
		t.Errorf("%v: %v\n%s", c.Args, c.ProcessState, stderr(c))
	}
	return false
}

// state says how far the run has come.
func (v *victim) state(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(v.dir, "r", "environment.json")); err != nil {
		return "before its server answered"
	}
	for path := range files(t, filepath.Join(v.dir, "r")) {
		if atomicfile.Temporary(filepath.Base(path)) {
			return "in the middle of a file"
		}
	}
	return fmt.Sprintf("with %d cells finished", finished(t, v.dir))
}

// leavesNothing demands that no process, folder or container of the run stays.
func (v *victim) leavesNothing(t *testing.T) {
	t.Helper()
	await(t, "the end of all processes", func() bool { return len(processesIn(t, v.tmp)) == 0 })
	await(t, "empty "+v.tmp, func() bool {
		left, err := os.ReadDir(v.tmp)
		return err == nil && len(left) == 0
	})
	if slices.Contains(v.args, "docker") {
		await(t, "the end of all containers", func() bool { return len(v.owned(t, "ps", "--all")) == 0 })
		await(t, "the end of all networks", func() bool { return len(v.owned(t, "network", "ls")) == 0 })
	}
}

// owned are the owners of what the engine lists that are processes of the run.
func (v *victim) owned(t *testing.T, list ...string) []string {
	t.Helper()
	out, err := exec.Command("docker", append(list, "--filter", "label=rlbench", "--format", `{{.Label "rlbench.owner"}}`)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(o string) bool { return !slices.Contains(v.owners, o) })
}

// processesIn lists the other processes that work in a folder or have it as TMPDIR.
func processesIn(t *testing.T, dir string) (pids []string) {
	t.Helper()
	list, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		cwd, _ := os.Readlink(filepath.Join(p, "cwd")) // fails for a process that has ended since
		environ, _ := os.ReadFile(filepath.Join(p, "environ"))
		if strings.HasPrefix(cwd, dir) || bytes.Contains(environ, []byte("TMPDIR="+dir+"\x00")) {
			pids = append(pids, filepath.Base(p))
		}
	}
	return pids
}
