package fault

import (
	"context"
	"fmt"

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
func (Kill) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("kill: %w", err)
	}
	k, ok := n.Node.(provider.Killer)
	if !ok {
		return Injected{}, fmt.Errorf("kill: %s cannot be killed here: use --server docker or local", n.Name)
	}
	heal, err := k.Kill(ctx)
	return Injected{Node: n.Name, Heal: heal}, err
}
