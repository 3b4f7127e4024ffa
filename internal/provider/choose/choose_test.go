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

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, flag, image string
		kind              error
		says              string
	}{
		{"no engine", "docker", "", provider.ErrNoEngine, "start Docker"},
		{"an image was asked for", "auto", "redis:8.0", provider.ErrNoEngine, "start Docker"},
		{"image without containers", "local", "redis:8.0", provider.ErrUsage, "--server docker"},
		{"image without any Redis", "embedded", "redis:8.0", provider.ErrUsage, "--server docker"},
		{"image of a given server", "redis://:pw@h", "redis:8.0", provider.ErrUsage, "--server redis://h:6379 has none"},
		{"no such name", "dockr", "", provider.ErrUsage, "auto, docker, local, embedded, or redis://"},
		{"no such scheme", "http://h", "", provider.ErrUsage, "redis://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("DOCKER_HOST", noEngine)
			_, err := Choose(t.Context(), c.flag, c.image)
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Choose(%q, %q): %v; want %v that says %q", c.flag, c.image, err, c.kind, c.says)
			}
		})
	}
}

// The imitation is the last resort, and says all that is missing.
func TestAutoFallsBackToAnImitation(t *testing.T) {
	t.Setenv("DOCKER_HOST", noEngine)
	t.Setenv("PATH", t.TempDir())
	p, err := Choose(t.Context(), "auto", "")
	if err != nil {
		t.Fatal(err)
	}
	about := p.About()
	for _, want := range []string{"not a real Redis", "no Docker Engine", "no redis-server"} {
		if !strings.Contains(about, want) {
			t.Errorf("about %q lacks %q", about, want)
		}
	}
	if p.Name() != "embedded" || !p.Traits().InProcess {
		t.Errorf("chosen: %s with %+v", p.Name(), p.Traits())
	}
}

func TestNamedServers(t *testing.T) {
	for flag, want := range map[string]struct {
		name, about string
		traits      provider.Traits
	}{
		"local":                 {"local", "--server local", provider.Traits{}},
		"embedded":              {"embedded", "not a real Redis", provider.Traits{InProcess: true}},
		"redis://u:secret@h/3":  {"given", "redis://u@h:6379/3", provider.Traits{Shared: true}},
		"rediss://:secret@h:70": {"given", "rediss://h:70", provider.Traits{Shared: true}},
	} {
		p, err := Choose(t.Context(), flag, "")
		if err != nil {
			t.Fatal(err)
		}
		if p.Name() != want.name || !strings.Contains(p.About(), want.about) || p.Traits() != want.traits || strings.Contains(p.About(), "secret") {
			t.Errorf("%s: %s (%s) with %+v", flag, p.Name(), p.About(), p.Traits())
		}
	}
}
