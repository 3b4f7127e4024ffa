package fault

import (
	"context"

	"github.com/rlbench/rlbench/internal/topology"
)

// Promote hands the primary's role to a replica, as for maintenance: by SENTINEL
// FAILOVER or CLUSTER FAILOVER. It is over when another node is the primary. A Cluster
// stops the old one until the replica has everything; Sentinels do not, and turn the
// old primary into a replica only some ten seconds later.
type Promote struct{}

// Name returns "promote".
func (Promote) Name() string { return "promote" }

// About implements Fault.
func (Promote) About() string { return "a replica is made the primary by a planned failover" }

// Inject implements Fault.
func (f Promote) Inject(ctx context.Context, to Target) (Injected, error) {
	return move(ctx, to, f.Name(), "no replica that could be promoted: use the topology sentinel or cluster", topology.Promoter.Promote)
}
