package fault

import (
	"context"

	"github.com/rlbench/rlbench/internal/provider"
)

// Kill ends the primary at once, and starts it again when healed: without
// persistence it comes back empty.
type Kill struct{}

// Name returns "kill".
func (Kill) Name() string { return "kill" }

// About implements Fault.
func (Kill) About() string {
	return "the primary's process is ended by SIGKILL, and started again"
}

// Inject implements Fault.
func (f Kill) Inject(ctx context.Context, to Target) (Injected, error) {
	return hit(ctx, to, f.Name(), "killed"+anyNode, provider.Killer.Kill)
}
