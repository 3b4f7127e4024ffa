package fault

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/topology"
)

// CutReplica cuts a replica of the primary off from all other nodes, while clients still
// reach it: what it answers is as old as the cut.
type CutReplica struct{}

// Name returns "cut-replica".
func (CutReplica) Name() string { return "cut-replica" }

// About implements Fault.
func (CutReplica) About() string {
	return "the first replica is cut off from all other nodes, while clients still read from it: it answers what was true before"
}

// Inject implements Fault.
func (f CutReplica) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := topology.Replica(ctx, to.Deployment, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return cutPeers(ctx, to.Deployment, n, f.Name())
}
