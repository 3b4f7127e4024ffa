package fault

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/topology"
)

// Reshard moves the slots of the keys, with all that is in them, to another primary
// while clients use them. It is over when all nodes know where the slot is.
type Reshard struct{}

// Name returns "reshard".
func (Reshard) Name() string { return "reshard" }

// About implements Fault.
func (Reshard) About() string { return "the slots of the keys are moved to another primary" }

// Inject implements Fault.
func (f Reshard) Inject(ctx context.Context, to Target) (Injected, error) {
	all := func(r topology.Resharder, ctx context.Context, key string) error {
		return r.Reshard(ctx, append([]string{key}, to.Others...)...)
	}
	return move(ctx, to, f.Name(), "no slots that could be moved: use the topology cluster", all)
}

// move uses a power of the deployment by which another node comes to serve the key.
// lacks says what a deployment without it does not have.
func move[P any](ctx context.Context, to Target, name, lacks string, power func(P, context.Context, string) error) (Injected, error) {
	p, ok := to.Deployment.(P)
	if !ok {
		return Injected{}, fmt.Errorf("%s: this deployment has %s", name, lacks)
	}
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err == nil {
		ctx, cancel := whole(ctx)
		defer cancel()
		err = power(p, ctx, to.Key)
	}
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", name, err)
	}
	return Injected{Node: n.Name}, nil
}
