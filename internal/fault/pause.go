package fault

import (
	"context"

	"github.com/rlbench/rlbench/internal/provider"
)

// Pause freezes the primary. What clients send meanwhile it runs when healed, also
// for those that have given up.
type Pause struct{}

// Name returns "pause".
func (Pause) Name() string { return "pause" }

// About implements Fault.
func (Pause) About() string {
	return "the primary's process is frozen: its connections stay open, and nobody answers"
}

// Inject implements Fault.
func (f Pause) Inject(ctx context.Context, to Target) (Injected, error) {
	return hit(ctx, to, f.Name(), "paused"+anyNode, provider.Pauser.Pause)
}
