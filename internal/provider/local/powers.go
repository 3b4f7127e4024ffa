package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/rlbench/rlbench/internal/provider"
)

// restartWithin bounds a restart, which takes some 10 ms, on an overloaded machine.
const restartWithin = 30 * time.Second

// Kill implements provider.Killer.
func (n *node) Kill(context.Context) (provider.Heal, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.kill(); err != nil {
		return nil, fmt.Errorf("kill %s: %w", n.name, err)
	}
	return sync.OnceValue(n.restart), nil
}

// restart starts the server again with its arguments and in its directory.
func (n *node) restart() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.gone {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), restartWithin)
	defer cancel()
	err := n.launch()
	if err == nil {
		err = n.settle(ctx)
	}
	if err != nil {
		return fmt.Errorf("restart %s: %w", n.name, err)
	}
	return nil
}

// Pause implements provider.Pauser.
func (n *node) Pause(context.Context) (provider.Heal, error) {
	if err := n.signal(syscall.SIGSTOP); err != nil {
		return nil, fmt.Errorf("pause %s: %w", n.name, err)
	}
	return sync.OnceValue(func() error {
		if err := n.signal(syscall.SIGCONT); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("resume %s: %w", n.name, err)
		}
		return nil
	}), nil
}

func (n *node) signal(s syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cmd.Process.Signal(s)
}

// File implements provider.Keeper.
func (n *node) File(_ context.Context, path string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(n.dir, path))
	if err != nil {
		return nil, fmt.Errorf("read a file of %s: %w", n.name, err)
	}
	return b, nil
}

// Truncate implements provider.Keeper.
func (n *node) Truncate(_ context.Context, path string, size int64) error {
	if err := os.Truncate(filepath.Join(n.dir, path), size); err != nil {
		return fmt.Errorf("cut a file of %s: %w", n.name, err)
	}
	return nil
}
