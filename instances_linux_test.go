package rlbench_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// instancesOf lists the processes that a run has started to play a cell together.
func instancesOf(t *testing.T, dir string) (pids []string) {
	t.Helper()
	for _, pid := range processesIn(t, dir) {
		line, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if bytes.HasPrefix(line, []byte("rlbench-instance\x00")) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// A run that is killed while others play for it takes them along, also those that
// cannot hear of it because they stand still.
func TestInstancesEndWithTheRun(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c := command(t, t.TempDir(), "run", "--server", "local", "--scenario", "multi-instance.3", "--algorithm", "gcra",
		"--technique", "lua", "--driver", "redigo", "--duration", "60s")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	defer func() { _ = c.Process.Kill() }()
	await(t, "three instances", func() bool { return len(instancesOf(t, os.TempDir())) == 3 })
	if err := syscall.Kill(pidOf(t, instancesOf(t, os.TempDir())[1]), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	await(t, "the end of all processes", func() bool { return len(processesIn(t, os.TempDir())) == 0 })
}

func pidOf(t *testing.T, text string) int {
	t.Helper()
	pid, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
