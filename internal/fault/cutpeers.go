package fault

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// CutPeers cuts the primary off from all other nodes, while clients reach every node:
// another one is promoted, and until a client notices it writes to the old one.
type CutPeers struct{}

// Name returns "cut-peers".
func (CutPeers) Name() string { return "cut-peers" }

// About implements Fault.
func (CutPeers) About() string {
	return "the primary is cut off from all other nodes, while clients still reach both sides"
}

// Inject implements Fault.
func (f CutPeers) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return cutPeers(ctx, to.Deployment, n, f.Name())
}

// cutPeers cuts a node off from the others. A single one may have the power, and nobody
// to be cut off from.
func cutPeers(ctx context.Context, d topology.Deployment, n topology.Node, name string) (Injected, error) {
	if len(d.Nodes()) == 1 {
		return Injected{}, fmt.Errorf("%s: %s is alone: use the topology sentinel or cluster", name, n.Name)
	}
	return strike(ctx, n, name, "cut off from other nodes"+manyNodes, provider.PeerCutter.CutFromPeers)
}
