package fault

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/provider"
)

// CutClients cuts the clients off from the primary, while the other nodes reach it and
// so promote nobody. Where the node has no network that could be cut, as a single one,
// it is done on the clients' connections.
type CutClients struct{}

// Name returns "cut-clients".
func (CutClients) Name() string { return "cut-clients" }

// About implements Fault.
func (CutClients) About() string {
	return "nothing passes between the clients and the primary, while the other nodes still reach it"
}

// Inject implements Fault.
func (f CutClients) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if _, ok := n.Node.(provider.ClientCutter); ok {
		return strike(ctx, n, f.Name(), "cut off from clients"+manyNodes, provider.ClientCutter.CutFromClients)
	}
	in, err := disturb(to, f.Name(), rule{blocks: func(addr string) bool { return addr == n.PeerAddr }})
	in.Node = n.Name
	return in, err
}
