package docker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker"
	"github.com/rlbench/rlbench/internal/provider/docker/dockertest"
)

// TestMain sees to the image for all tests of this folder.
func TestMain(m *testing.M) {
	if _, err := dockertest.Open(); err != nil && !errors.Is(err, provider.ErrNoEngine) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func start(t *testing.T, p *docker.Provider) provider.Node {
	t.Helper()
	n, err := p.Start(t.Context(), provider.Spec{Name: "redis-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n
}

func TestNodeLivesFromStartToStop(t *testing.T) {
	p := dockertest.Provider(t)
	n := start(t, p)
	s, err := provider.Identify(t.Context(), n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	facts := n.Facts()
	if facts["server"] != s.Version || !strings.HasPrefix(facts["image_digest"], "sha256:") {
		t.Errorf("facts %v do not match the running server %+v", facts, s)
	}
	host, _, _ := net.SplitHostPort(n.Addr())
	if published := host == "127.0.0.1"; published != (facts["reached_by"] == "published port") {
		t.Errorf("server at %s is said to be reached by %s", n.Addr(), facts["reached_by"])
	}
	for range 2 { // Stop is idempotent
		if err := n.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := provider.Identify(t.Context(), n.Addr()); err == nil {
		t.Error("server answers after Stop")
	}
}

func TestAboutNamesImageAndReason(t *testing.T) {
	p := dockertest.Provider(t)
	n := start(t, p)
	for _, want := range []string{n.Facts()["image"], n.Facts()["docker_engine"], "a test asked for it"} {
		if !strings.Contains(p.About(), want) {
			t.Errorf("About() = %q lacks %q", p.About(), want)
		}
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	p := dockertest.Provider(t)
	t.Run("image that is built", func(t *testing.T) {
		_, err := docker.New(t.Context(), "rlbench/none:0", "")
		if !errors.Is(err, provider.ErrNoImage) || !strings.Contains(err.Error(), "make image") {
			t.Errorf("New: %v", err)
		}
	})
	t.Run("image that is pulled", func(t *testing.T) {
		// A registry on this machine that refuses connections: nothing leaves it.
		_, err := docker.New(t.Context(), "127.0.0.1:1/redis:none", "")
		if !errors.Is(err, provider.ErrNoImage) || !strings.Contains(err.Error(), "refused") {
			t.Errorf("New: %v", err)
		}
	})
	t.Run("named image that is present", func(t *testing.T) {
		image := start(t, p).Facts()["image"]
		if _, err := docker.New(t.Context(), image, ""); err != nil {
			t.Errorf("New: %v", err)
		}
	})
}

func TestConnectSaysWhatIsMissing(t *testing.T) {
	for host, want := range map[string]string{
		"unix:///nonexistent.sock": "no such file",
		"tcp://127.0.0.1:1":        "not on a socket of this machine",
	} {
		t.Run(host, func(t *testing.T) {
			t.Setenv("DOCKER_HOST", host)
			_, err := docker.Connect(t.Context())
			if !errors.Is(err, provider.ErrNoEngine) || !strings.Contains(err.Error(), want) {
				t.Errorf("Connect: %v, want an error about %q", err, want)
			}
		})
	}
}

// A registry that takes connections and never answers: Ctrl-C must end the wait,
// and must not be mistaken for an image that does not exist.
func TestNewEndsWithItsContext(t *testing.T) {
	dockertest.Provider(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := silent.Accept(); err == nil {
			defer c.Close()
		}
		cancel()
	}()
	_, err = docker.New(ctx, silent.Addr().String()+"/redis:none", "")
	if !errors.Is(err, context.Canceled) || errors.Is(err, provider.ErrNoImage) {
		t.Errorf("New: %v, want a cancelled context", err)
	}
}
