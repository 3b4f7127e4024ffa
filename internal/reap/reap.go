// Package reap removes what dead runs left behind: containers, networks, server
// processes and their directories. What belongs to a living run is never
// touched, however many run side by side.
package reap

import (
	"context"
	"errors"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/docker"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// Removed are the names of what Reap removed.
type Removed struct {
	Containers, Networks, Dirs []string
}

// Count is how many things were removed.
func (r Removed) Count() int { return len(r.Containers) + len(r.Networks) + len(r.Dirs) }

// Reap removes what dead owners left, as far as it can, and says what it could
// not remove. Every run calls it when it starts.
func Reap(ctx context.Context) (Removed, error) {
	var r Removed
	var failedLocal, failedDocker error
	r.Dirs, failedLocal = local.Reap()
	e, err := docker.Connect(ctx)
	if errors.Is(err, provider.ErrNoEngine) {
		return r, failedLocal
	}
	if err != nil {
		return r, errors.Join(failedLocal, err)
	}
	defer e.Close()
	r.Containers, r.Networks, failedDocker = e.Reap(ctx)
	return r, errors.Join(failedLocal, failedDocker)
}
