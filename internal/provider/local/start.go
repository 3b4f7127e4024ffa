package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/rlbench/rlbench/internal/provider"
)

// maxTries bounds how often a node is started on another port. A port is free
// when it is chosen and may be taken before the server listens on it.
const maxTries = 5

// errPortTaken means that another server answers on the chosen port.
var errPortTaken = errors.New("port was taken by another process")

// errExited is the cause that ends the wait for a server that has ended.
var errExited = errors.New("server exited")

// Start implements provider.Provider.
func (p *Provider) Start(ctx context.Context, spec provider.Spec) (provider.Node, error) {
	var err error
	for range maxTries {
		var n *node
		if n, err = p.start(ctx, spec); err == nil {
			return n, nil
		}
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, fmt.Errorf("start %s: %w", spec.Name, err)
}

// start makes one attempt. On error the process and its directory are gone.
func (p *Provider) start(ctx context.Context, spec provider.Spec) (*node, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := makeDir()
	if err != nil {
		return nil, err
	}
	n := &node{program: p.program, dir: dir, addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	args := append(arguments(port, dir), spec.Args...)
	if err := n.launch(args); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := errors.Join(recordServer(dir, n.cmd.Process.Pid), n.await(ctx)); err != nil {
		return nil, errors.Join(err, n.Stop(context.WithoutCancel(ctx)))
	}
	return n, nil
}

// arguments are those that every node gets: nothing is kept on disk, so that the
// disk of the machine is not what is measured.
func arguments(port int, dir string) []string {
	return []string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir,
		"--save", "", "--appendonly", "no",
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

// launch starts the process with its output in the directory.
func (n *node) launch(args []string) error {
	log, err := os.Create(filepath.Join(n.dir, logName))
	if err != nil {
		return fmt.Errorf("create log: %w", err)
	}
	defer log.Close()
	n.cmd = exec.Command(n.program.Path, args...)
	n.cmd.Stdout, n.cmd.Stderr = log, log
	n.exited, err = run(n.cmd)
	if err != nil {
		return fmt.Errorf("start process: %w", err)
	}
	return nil
}

// await returns when this very process answers PING.
func (n *node) await(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-n.exited:
			cancel(errExited)
		case <-ctx.Done():
		}
	}()
	server, err := provider.Await(ctx, n.addr)
	if errors.Is(err, errExited) {
		return n.whyExited()
	}
	if err != nil {
		return err
	}
	if server.PID != n.cmd.Process.Pid {
		return fmt.Errorf("%w: process %d answers at %s", errPortTaken, server.PID, n.addr)
	}
	n.server = server
	return nil
}
