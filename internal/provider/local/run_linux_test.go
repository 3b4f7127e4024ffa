package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/owner"
)

// The kernel ends the server with its parent, without any watchdog.
func TestServerDiesWithItsParent(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // what the killed parent leaves goes with the test
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), parentVar+"=1")
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var addr string
	var pid int
	if _, err := fmt.Fscanln(out, &addr, &pid); err != nil {
		t.Fatal(err)
	}
	server, err := owner.Of(pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !server.Dead() { // where this test fails
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	await(t, "the end of the server", server.Dead)
}

// The kernel's signal follows the thread that forked, and Go ends a thread when
// a goroutine that is locked to it returns. That must not end the server.
func TestServerOutlivesTheCallersThread(t *testing.T) {
	p := newProvider(t)
	var n provider.Node
	var err error
	thread := onEndingThread(func() {
		n, err = p.Start(context.Background(), provider.Spec{Name: "redis-1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Stop(context.Background()) })
	await(t, "the end of the thread", func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", thread))
		return errors.Is(err, fs.ErrNotExist)
	})
	if _, err := provider.Identify(t.Context(), n.Addr()); err != nil {
		t.Errorf("the server ended with the thread that asked for it: %v", err)
	}
}

// onEndingThread runs f on a thread that ends afterwards and returns its number.
// The main thread never ends: where the goroutine is on that one, it keeps it
// occupied and has another goroutine, and so another thread, do it.
func onEndingThread(f func()) (thread int) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if thread = syscall.Gettid(); thread != os.Getpid() {
			f()
			return // still locked
		}
		thread = onEndingThread(f)
		runtime.UnlockOSThread()
	}()
	<-done
	return thread
}
