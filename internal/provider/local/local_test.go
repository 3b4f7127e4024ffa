package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/rlbench/rlbench/internal/provider"
)

func TestMain(m *testing.M) {
	if os.Getenv(parentVar) != "" {
		holdServer()
	}
	goleak.VerifyTestMain(m)
}

func newProvider(t *testing.T) *Provider {
	t.Helper()
	p, err := New(t.Context(), "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func start(t *testing.T, args ...string) *node {
	t.Helper()
	n, err := newProvider(t).Start(t.Context(), provider.Spec{Name: "redis-1", Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n.(*node)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestNodeLivesFromStartToStop(t *testing.T) {
	n := start(t)
	s, err := provider.Identify(t.Context(), n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if n.Facts()["server"] != s.Version || !filepath.IsAbs(n.Facts()["path"]) {
		t.Errorf("facts %v do not match the running server %+v", n.Facts(), s)
	}
	for range 2 { // Stop is idempotent
		if err := n.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := provider.Identify(t.Context(), n.Addr()); err == nil {
		t.Error("server answers after Stop")
	}
	if exists(n.dir) {
		t.Errorf("%s is there after Stop", n.dir)
	}
}

func TestNodesStartInParallel(t *testing.T) {
	const count = 6
	p := newProvider(t)
	addrs := make([]string, count)
	var wg sync.WaitGroup
	for i := range count {
		wg.Go(func() {
			n, err := p.Start(t.Context(), provider.Spec{Name: "redis"})
			if err != nil {
				t.Error(err)
				return
			}
			addrs[i] = n.Addr()
			t.Cleanup(func() { _ = n.Stop(context.Background()) })
		})
	}
	wg.Wait()
	seen := make(map[string]bool)
	for _, a := range addrs {
		if seen[a] {
			t.Errorf("two nodes have the address %q", a)
		}
		seen[a] = true
	}
}

// A failed start quotes the server and leaves nothing behind.
func TestStartSaysWhyTheServerExited(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, err := newProvider(t).Start(t.Context(), provider.Spec{Name: "redis-1", Args: []string{"--no-such-option", "1"}})
	if err == nil || !strings.Contains(err.Error(), "no-such-option") {
		t.Errorf("start with an unknown option: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	p := newProvider(t)
	cancel()
	if _, err := p.Start(ctx, provider.Spec{Name: "redis-1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("start with a cancelled context: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Another server that took the port between its choice and its use answers PING
// as well; it must not be taken for the node.
func TestSettleNoticesAnotherServer(t *testing.T) {
	theirs, ours := start(t), start(t)
	n := &node{program: ours.program, dir: ours.dir, addr: theirs.addr, cmd: ours.cmd, exited: ours.exited}
	if err := n.settle(t.Context()); !errors.Is(err, errPortTaken) {
		t.Errorf("settle at another server's address: %v", err)
	}
}

// The server itself may find the port taken: then another one is tried.
func TestTakenPortIsRecognised(t *testing.T) {
	theirs := start(t)
	_, port, _ := strings.Cut(theirs.addr, ":")
	_, err := newProvider(t).Start(t.Context(), provider.Spec{Name: "redis-1", Args: []string{"--port", port}})
	if !errors.Is(err, errPortTaken) {
		t.Errorf("start on a taken port: %v", err)
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	t.Run("no program on PATH", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := New(t.Context(), "", "")
		if !errors.Is(err, provider.ErrNoBinary) || !strings.Contains(err.Error(), "install") {
			t.Errorf("New: %v", err)
		}
	})
	for _, path := range []string{"/nonexistent/redis-server", "/bin/sh", "/bin/echo"} {
		t.Run(path, func(t *testing.T) {
			if _, err := New(t.Context(), path, ""); !errors.Is(err, provider.ErrNoBinary) {
				t.Errorf("New: %v", err)
			}
		})
	}
}

func TestParseVersion(t *testing.T) {
	for out, want := range map[string]string{
		"Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0\n": "7.0.15",
		"Valkey server v=8.1.1 sha=00000000:0\n":                       "8.1.1",
		"Redis server v=8.0.2\n":                                       "8.0.2",
		"echo (GNU coreutils) 9.1\n":                                   "",
		"Redis server v=":                                              "",
	} {
		if got, ok := parseVersion(out); got != want || ok != (want != "") {
			t.Errorf("parseVersion(%q) = %q, %v; want %q", out, got, ok, want)
		}
	}
}

// A server without PEXPIRETIME would fail in the middle of a run.
func TestAnOldServerIsRefusedBeforeItStarts(t *testing.T) {
	old := filepath.Join(t.TempDir(), "redis-server")
	script := "#!/bin/sh\necho 'Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=1'\n"
	if err := os.WriteFile(old, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := New(t.Context(), old, "")
	if !errors.Is(err, provider.ErrNoBinary) || !strings.Contains(err.Error(), "6.0.16") {
		t.Errorf("error %v, want one that names the version", err)
	}
}
