package fault

import (
	"context"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// Stop has the primary save its keys and end, and starts it again when healed: it comes
// back with all of them.
type Stop struct{}

// Name returns "stop".
func (Stop) Name() string { return "stop" }

// About implements Fault.
func (Stop) About() string {
	return "the primary's process saves its keys and ends, and is started again with them"
}

// Inject implements Fault.
func (f Stop) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if _, ok := n.Node.(provider.Killer); !ok {
		return Injected{}, fmt.Errorf("%s: %s cannot be stopped%s", f.Name(), n.Name, anyNode)
	}
	ctx, cancel := whole(ctx)
	defer cancel()
	// A server that ends answers nothing. An error reply says that it could not save.
	if _, err := topology.Ask(ctx, n, "SHUTDOWN", "SAVE"); drivers.ClassOf(err) == drivers.Failed {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if err := ended(ctx, n); err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return strike(ctx, n, f.Name(), "stopped"+anyNode, provider.Killer.Kill)
}

// ended returns when nobody listens at a node's address any more. A process that is
// killed while it saves would come back without its keys.
func ended(ctx context.Context, n topology.Node) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := topology.Ask(ctx, n, "PING"); drivers.ClassOf(err) == drivers.Failed {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s still answers: %w", n.Name, context.Cause(ctx))
		}
	}
}
