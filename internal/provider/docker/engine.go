package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/moby/client"

	"github.com/rlbench/rlbench/internal/provider"
)

// answerWithin bounds the wait for an engine, so that a machine with a hanging
// one still gets to know it.
const answerWithin = 3 * time.Second

// Engine is a Docker Engine on this machine that has answered.
type Engine struct {
	Version string // 20.10.24
	Host    string // unix:///var/run/docker.sock
	client  *client.Client
}

// Connect finds the engine of this machine: the one of DOCKER_HOST, or the first
// that answers on one of its usual sockets. The error is ErrNoEngine.
func Connect(ctx context.Context) (*Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var failed error
	for _, host := range hosts() {
		e, err := connect(ctx, host)
		if err == nil {
			return e, nil
		}
		failed = cmp.Or(failed, err)
	}
	return nil, &provider.Missing{
		Kind: provider.ErrNoEngine,
		What: failed.Error(),
		Do:   "start Docker, or name its socket in DOCKER_HOST",
	}
}

// Close gives back the idle connections to the engine.
func (e *Engine) Close() error { return e.client.Close() }

// hosts lists where an engine may listen: the system's, the rootless one, and
// that of Docker Desktop.
func hosts() []string {
	if host := os.Getenv(client.EnvOverrideHost); host != "" {
		return []string{host}
	}
	return []string{
		client.DefaultDockerHost,
		"unix://" + filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "docker.sock"),
		"unix://" + filepath.Join(os.Getenv("HOME"), ".docker", "run", "docker.sock"),
	}
}

func connect(ctx context.Context, host string) (*Engine, error) {
	if !strings.HasPrefix(host, "unix://") {
		// Its published ports, and the run's load, would be on another machine.
		return nil, fmt.Errorf("the engine at %s is not on a socket of this machine", host)
	}
	c, err := client.New(client.FromEnv, client.WithHost(host))
	if err != nil {
		return nil, fmt.Errorf("create client of %s: %w", host, err)
	}
	v, err := c.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &Engine{Version: v.Version, Host: host, client: c}, nil
}
