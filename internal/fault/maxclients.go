package fault

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/topology"
)

// MaxClients lets the primary take no more connections, as if others had used them up,
// and closes those of the clients.
type MaxClients struct{}

// Name returns "maxclients".
func (MaxClients) Name() string { return "maxclients" }

// About implements Fault.
func (MaxClients) About() string {
	return "the primary has reached maxclients: the connections of clients are closed, and new ones are refused"
}

// Inject implements Fault.
func (f MaxClients) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	const setting = "maxclients"
	before, err := topology.Ask(ctx, n, "CONFIG", "GET", setting)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	// One is the connection over which this is undone.
	return configure(ctx, to, f.Name(), change{setting: setting, from: before.Pairs()[setting], to: "1"})
}
