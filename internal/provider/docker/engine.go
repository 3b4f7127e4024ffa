package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
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

// scheme is how the address of an engine on a socket of this machine begins.
const scheme = "unix://"

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
	return nil, &provider.Missing{Kind: provider.ErrNoEngine, What: failed.Error(), Do: remedy(failed)}
}

// remedy tells an engine that is not there from one that is closed to this user.
func remedy(failed error) string {
	if errors.Is(failed, fs.ErrPermission) || strings.Contains(failed.Error(), "permission denied") {
		return "add this user to the group docker, or use --server local"
	}
	return "start Docker, or name its socket in DOCKER_HOST"
}

// Close gives back the idle connections to the engine.
func (e *Engine) Close() error { return e.client.Close() }

// hosts lists where an engine may listen: the system's socket, the rootless one,
// and that of Docker Desktop.
func hosts() []string {
	if host := os.Getenv(client.EnvOverrideHost); host != "" {
		return []string{host}
	}
	all := []string{client.DefaultDockerHost}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		all = append(all, scheme+filepath.Join(dir, "docker.sock"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		all = append(all, scheme+filepath.Join(home, ".docker", "run", "docker.sock"))
	}
	return all
}

func connect(ctx context.Context, host string) (*Engine, error) {
	socket, ok := strings.CutPrefix(host, scheme)
	if !ok {
		// Its published ports, and the run's load, would be on another machine.
		return nil, fmt.Errorf("the engine at %s is not on a socket of this machine", host)
	}
	c, err := client.New(client.FromEnv, client.WithHost(host))
	if err != nil {
		return nil, fmt.Errorf("create client of %s: %w", host, err)
	}
	v, err := c.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return nil, errors.Join(explain(ctx, socket, err), c.Close())
	}
	return &Engine{Version: v.Version, Host: host, client: c}, nil
}

// explain prefers what the socket itself says, such as "permission denied", to
// the advice that the client gives instead.
func explain(ctx context.Context, socket string, err error) error {
	c, derr := new(net.Dialer).DialContext(ctx, "unix", socket)
	if derr != nil {
		return derr
	}
	return errors.Join(fmt.Errorf("no answer at %s: %w", socket, err), c.Close())
}
