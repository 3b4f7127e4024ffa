package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"github.com/rlbench/rlbench/internal/provider"
)

// node is one server process with its directory.
type node struct {
	name    string
	program Program
	dir     string
	addr    string
	args    []string

	mu     sync.Mutex // guards the process, which Kill and its heal replace
	server provider.Server
	cmd    *exec.Cmd
	exited <-chan struct{} // closed when the process has ended
	gone   bool            // Stop was called: nothing may be started again
}

// Addr implements provider.Node.
func (n *node) Addr() string { return n.addr }

// Facts implements provider.Node.
func (n *node) Facts() map[string]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return map[string]string{
		"provider":   "local",
		"server":     n.server.Version,
		"path":       n.program.Path,
		"reached_by": "loopback",
	}
}

// Stop kills the process and removes its directory. There is nothing to save, so
// the server is not asked to shut down.
func (n *node) Stop(context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gone = true
	if err := n.kill(); err != nil {
		return err
	}
	if err := os.RemoveAll(n.dir); err != nil {
		return fmt.Errorf("remove directory of server: %w", err)
	}
	return nil
}

// kill ends the process, if it has not ended, and waits until it has.
func (n *node) kill() error { return End(n.cmd, n.exited) }
