package virtual

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/provider/owner"
)

func left(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// The directories of this test's name are longer than the address of a socket may be.
func TestNothingIsLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	everyProgram(t, func(t *testing.T, s *Server) {
		if !strings.HasPrefix(s.Version(), s.program.Product+" "+s.program.Version) {
			t.Errorf("%v says that it is %s", s.program, s.Version())
		}
		for range 2 { // Close is idempotent
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if names := left(t); len(names) > 0 {
			t.Errorf("left behind: %v", names)
		}
	})
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	server := first(t)
	for _, c := range []struct {
		name    string
		program func(t *testing.T) Program
		kind    error
		says    string
	}{
		{"no compiler", func(t *testing.T) Program { t.Setenv("PATH", ""); return server }, ErrNoCompiler, "gcc"},
		{"a script", func(t *testing.T) Program { return fake(t, "#!/bin/sh\n") }, ErrNoClock, "not a program"},
		{"linked statically", func(t *testing.T) Program { return static(t) }, ErrNoClock, "statically"},
		{"no such image", func(*testing.T) Program { return Program{Image: "rlbench/redis:0.1"} }, nil, "rlbench/redis:0.1"},
		{"no such program", func(*testing.T) Program { return Program{Path: "/nonexistent/redis-server"} }, os.ErrNotExist, "redis-server"},
		{"not a server", func(t *testing.T) Program { return Program{Path: found(t, "sleep")} }, nil, "exited"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.program(t)
			t.Setenv("TMPDIR", t.TempDir())
			_, err := Start(t.Context(), p)
			if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("start: %v, want one that says %q", err, c.says)
			}
			if names := left(t); len(names) > 0 {
				t.Errorf("left behind: %v", names)
			}
		})
	}
}

func fake(t *testing.T, text string) Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "redis-server")
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return Program{Path: path}
}

// static builds a program that no library can be loaded before.
func static(t *testing.T) Program {
	t.Helper()
	p := fake(t, "")
	cc := exec.Command("cc", "-static", "-nostdlib", "-x", "c", "-o", p.Path, "-")
	cc.Stdin = strings.NewReader("void _start(void) { for (;;); }")
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return p
}

func found(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindRefusesWhatIsNoServer(t *testing.T) {
	if _, err := Find(t.Context(), "/nonexistent/redis-server"); !errors.Is(err, provider.ErrNoBinary) {
		t.Errorf("Find: %v", err)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	p := first(t)
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, p); !errors.Is(err, context.Canceled) {
		t.Errorf("start with a cancelled context: %v", err)
	}
	if names := left(t); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

// parentVar makes this test program the parent of a server.
const parentVar = "RLBENCH_TEST_VIRTUAL_PARENT"

// holdServer starts the server that parentVar names, prints its process id, and waits
// to be killed. It ends with its input too.
func holdServer() {
	s, err := Start(context.Background(), Program{Path: os.Getenv(parentVar)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.cmd.Process.Pid)
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = s.Close()
	os.Exit(0)
}

// After a SIGKILL the kernel ends the server, and the next start removes the rest.
func TestNothingIsLeftOfAKilledParent(t *testing.T) {
	programs, err := installed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVar+"="+programs[0].Path)
	server := killedParent(t, parent)
	awaitEnd(t, server)
	if _, err := local.Reap(); err != nil {
		t.Fatal(err)
	}
	if names := left(t); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

// killedParent runs the parent until its server runs, kills it, and returns the server.
func killedParent(t *testing.T, parent *exec.Cmd) owner.Owner {
	t.Helper()
	parent.Stderr = os.Stderr
	if _, err := parent.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscanln(out, &pid); err != nil {
		t.Fatal(err)
	}
	server, err := owner.Of(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	return server
}

// awaitEnd waits for the end of a process. The bound only ends a test that would fail.
func awaitEnd(t *testing.T, server owner.Owner) {
	t.Helper()
	deadline, tick := time.After(30*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !server.Dead() {
		select {
		case <-tick.C:
		case <-deadline:
			_ = syscall.Kill(server.PID, syscall.SIGKILL)
			t.Fatal("the server outlived its parent")
		}
	}
}
