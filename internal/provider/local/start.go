package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/rlbench/rlbench/internal/provider"
)

// maxTries bounds how often a node is started on another port. A port is free
// when it is chosen and may be taken before the server listens on it.
const maxTries = 5

// loopback is where a node on no network listens.
const loopback = "127.0.0.1"

// Start implements provider.Provider.
func (p *Provider) Start(ctx context.Context, spec provider.Spec) (provider.Node, error) {
	var err error
	for range maxTries {
		var n *node
		if n, err = p.startAnywhere(ctx, spec); err == nil {
			return n, nil
		}
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, fmt.Errorf("start %s: %w", spec.Name, err)
}

// startAnywhere makes one attempt on a free port.
func (p *Provider) startAnywhere(ctx context.Context, spec provider.Spec) (*node, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	return p.start(ctx, spec, loopback, port)
}

// start starts a node at an address, with more arguments of its network before
// those of the spec. On error the process and its directory are gone.
func (p *Provider) start(ctx context.Context, spec provider.Spec, host string, port int, more ...string) (*node, error) {
	dir, err := MakeDir()
	if err != nil {
		return nil, err
	}
	n := &node{name: spec.Name, program: p.program, dir: dir, addr: net.JoinHostPort(host, strconv.Itoa(port))}
	if n.args, err = n.configure(spec); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	n.args = slices.Concat(n.args, arguments(host, port, dir), more, spec.Args)
	if err := n.launch(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := n.settle(ctx); err != nil {
		return nil, errors.Join(err, n.Stop(context.WithoutCancel(ctx)))
	}
	return n, nil
}

// configure writes the configuration file of the spec, if it has one, and returns
// it as the first argument of the server.
func (n *node) configure(spec provider.Spec) ([]string, error) {
	if spec.Config == "" {
		return nil, nil
	}
	path := filepath.Join(n.dir, configName)
	if err := os.WriteFile(path, []byte(spec.Config), 0o600); err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return []string{path}, nil
}

// arguments are those that every node gets: nothing is kept on disk, so that the
// disk of the machine is not what is measured, and DEBUG may be used to keep a server busy.
func arguments(host string, port int, dir string) []string {
	return []string{
		"--port", strconv.Itoa(port), "--bind", host, "--dir", dir,
		"--save", "", "--appendonly", "no", "--enable-debug-command", "yes",
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// launch starts the process.
func (n *node) launch() error {
	cmd := exec.Command(n.program.Path, n.args...)
	exited, err := Launch(n.dir, cmd)
	if err != nil {
		return err
	}
	n.cmd, n.exited = cmd, exited
	return nil
}

// settle records the process and returns when this very one answers PING.
func (n *node) settle(ctx context.Context) error {
	server, err := Settle(ctx, n.dir, n.addr, n.cmd, n.exited)
	if err != nil {
		return err
	}
	n.server = server
	return nil
}
