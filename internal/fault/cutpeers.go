package fault

import (
	"context"

	"github.com/rlbench/rlbench/internal/provider"
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
	return hit(ctx, to, f.Name(), "cut off from other nodes"+manyNodes, provider.PeerCutter.CutFromPeers)
}
