package fault

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/topology"
)

// ScriptFlush has every server forget its scripts, as a restart does or somebody who
// tidies up. It is over when they have.
type ScriptFlush struct{}

// Name returns "script-flush".
func (ScriptFlush) Name() string { return "script-flush" }

// About implements Fault.
func (ScriptFlush) About() string { return "the servers forget all scripts by SCRIPT FLUSH" }

// Inject implements Fault.
func (f ScriptFlush) Inject(ctx context.Context, to Target) (Injected, error) {
	list, err := to.Deployment.Primaries(ctx)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	for _, n := range list {
		if _, err := topology.Ask(ctx, n, "SCRIPT", "FLUSH"); err != nil {
			return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return Injected{}, nil
}
