package fault

import (
	"context"
	"errors"
	"fmt"
)

// TrapClient cuts the primary off from its peers, and the clients off from all nodes
// but that primary: they cannot learn that another one is promoted, and everything
// that the old one acknowledges is lost when it is healed.
type TrapClient struct{}

// Name returns "trap-client".
func (TrapClient) Name() string { return "trap-client" }

// About implements Fault.
func (TrapClient) About() string {
	return "the primary is cut off from all other nodes, and clients reach nothing but that primary"
}

// Inject implements Fault.
func (f TrapClient) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	free, err := to.Links.arm(rule{blocks: func(addr string) bool { return addr != n.PeerAddr }})
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	cut, err := cutPeers(ctx, to.Deployment, n, f.Name())
	if err != nil {
		return Injected{}, errors.Join(err, free())
	}
	return Injected{Node: cut.Node, Heal: func() error { return errors.Join(cut.Heal(), free()) }}, nil
}
