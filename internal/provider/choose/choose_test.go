package choose

import (
	"errors"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker/dockertest"
)

const noEngine = "unix:///nonexistent.sock"

func TestAutoPrefersContainers(t *testing.T) {
	dockertest.Provider(t) // sees to the image
	p, err := Choose(t.Context(), "auto", "")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name() != "docker" {
		t.Errorf("chosen: %s (%s)", p.Name(), p.About())
	}
}

func TestAutoFallsBackToProcessesAndSaysWhy(t *testing.T) {
	t.Setenv("DOCKER_HOST", noEngine)
	p, err := Choose(t.Context(), "auto", "")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name() != "local" || !strings.Contains(p.About(), "no Docker Engine") {
		t.Errorf("chosen: %s (%s)", p.Name(), p.About())
	}
}

func TestLocal(t *testing.T) {
	p, err := Choose(t.Context(), "local", "")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name() != "local" || !strings.Contains(p.About(), "--server local") {
		t.Errorf("chosen: %s (%s)", p.Name(), p.About())
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, flag, image string
		kind              error
		says              string
	}{
		{"no engine", "docker", "", provider.ErrNoEngine, "start Docker"},
		{"an image was asked for", "auto", "redis:8.0", provider.ErrNoEngine, "start Docker"},
		{"image without containers", "local", "redis:8.0", provider.ErrUsage, "--server docker"},
		{"not offered", "embedded", "", provider.ErrUsage, "auto, docker, local"},
		{"address", "redis://127.0.0.1:6379", "", provider.ErrUsage, "auto, docker, local"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("DOCKER_HOST", noEngine)
			_, err := Choose(t.Context(), c.flag, c.image)
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Choose(%q, %q): %v; want %v that says %q", c.flag, c.image, err, c.kind, c.says)
			}
		})
	}
	t.Run("neither engine nor program", func(t *testing.T) {
		t.Setenv("DOCKER_HOST", noEngine)
		t.Setenv("PATH", t.TempDir())
		_, err := Choose(t.Context(), "auto", "")
		if !errors.Is(err, provider.ErrNoEngine) || !errors.Is(err, provider.ErrNoBinary) {
			t.Errorf("Choose: %v; want both reasons", err)
		}
	})
}
