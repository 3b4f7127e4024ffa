// Package namespace gives this process a network namespace of its own, in which
// addresses and partitions disturb nobody and vanish with the last process.
//
// The process is replaced (execve), not copied: process id, terminal, signals and
// exit code stay what they were, so that nothing has to be forwarded and no second
// process can outlive the first. A running Go program cannot do that by itself
// where it is not root, because it has threads; unshare of util-linux can.
package namespace

import (
	"fmt"
	"os"

	"github.com/rlbench/rlbench/internal/provider"
)

// variable is set for the one execve after which Main takes it away again.
const variable = "RLBENCH_NEW_NETWORK"

var inside bool

// Inside says that this process has a network namespace of its own.
func Inside() bool { return inside }

// Main completes a namespace that Enter has made, if it has made one. It must be
// the first statement of every main function and TestMain of a program that calls
// Enter.
func Main() {
	if _, ok := os.LookupEnv(variable); !ok {
		return
	}
	_ = os.Unsetenv(variable) // child processes are not to complete it again
	if err := raiseLoopback(); err != nil {
		fmt.Fprintf(os.Stderr, "rlbench: enter network namespace: %v\n", err)
		os.Exit(1)
	}
	inside = true
}

func missing(what, do string) error {
	return &provider.Missing{Kind: provider.ErrNoNamespace, What: what, Do: do}
}
