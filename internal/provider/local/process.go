package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/rlbench/rlbench/internal/provider"
)

// errPortTaken means that another server answers at the chosen address.
var errPortTaken = errors.New("port was taken by another process")

// errExited is the cause that ends the wait for a server that has ended.
var errExited = errors.New("server exited")

// Launch starts a server as Run does, with its output in a directory of MakeDir.
func Launch(dir string, cmd *exec.Cmd) (exited <-chan struct{}, err error) {
	log, err := os.Create(filepath.Join(dir, logName))
	if err != nil {
		return nil, fmt.Errorf("create log: %w", err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if exited, err = Run(cmd); err != nil {
		return nil, fmt.Errorf("start process: %w", err)
	}
	return exited, nil
}

// Settle records a launched server in its directory, by which Reap finds it, and
// returns when this very process answers PING at an address.
func Settle(ctx context.Context, dir, addr string, cmd *exec.Cmd, exited <-chan struct{}) (provider.Server, error) {
	recorded := recordServer(dir, cmd.Process.Pid)
	server, err := awaitProcess(ctx, addr, exited)
	if errors.Is(err, errExited) {
		err = whyExited(dir, addr)
	}
	if err == nil && server.PID != cmd.Process.Pid {
		err = fmt.Errorf("%w: process %d answers at %s", errPortTaken, server.PID, addr)
	}
	return server, errors.Join(recorded, err)
}

// awaitProcess returns when a server answers PING, or with errExited when the process
// has ended.
func awaitProcess(ctx context.Context, addr string, exited <-chan struct{}) (provider.Server, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-exited:
			cancel(errExited)
		case <-ctx.Done():
		}
	}()
	return provider.Await(ctx, addr)
}

// whyExited quotes the end of the server's log: an argument it does not know, an
// address it cannot bind.
func whyExited(dir, addr string) error {
	log, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		return fmt.Errorf("%w: read log: %w", errExited, err)
	}
	if bytes.Contains(log, []byte("Address already in use")) {
		return fmt.Errorf("%w: the server could not bind %s", errPortTaken, addr)
	}
	const most = 400
	tail := bytes.TrimSpace(log[max(0, len(log)-most):])
	return fmt.Errorf("%w: %s", errExited, tail)
}

// End kills a process of Launch, if it has not ended, and returns when it has.
func End(cmd *exec.Cmd, exited <-chan struct{}) error {
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill server: %w", err)
	}
	<-exited
	return nil
}
