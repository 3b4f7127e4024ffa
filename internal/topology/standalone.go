package topology

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// Standalone is one server without replicas.
type Standalone struct{}

// Name returns "standalone".
func (Standalone) Name() string { return "standalone" }

// Start implements Topology.
func (Standalone) Start(ctx context.Context, with provider.Provider) (Deployment, error) {
	spec := provider.Spec{Name: "redis-1"}
	n, err := with.Start(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start standalone: %w", err)
	}
	return &single{name: spec.Name, node: n}, nil
}

// single is a deployment of one node.
type single struct {
	name string
	node provider.Node
}

func (s *single) Endpoints() drivers.Endpoints {
	return drivers.Endpoints{Addrs: []string{s.node.Addr()}}
}

func (s *single) Facts() map[string]map[string]string {
	return map[string]map[string]string{s.name: s.node.Facts()}
}

func (s *single) Stop(ctx context.Context) error {
	if err := s.node.Stop(ctx); err != nil {
		return fmt.Errorf("stop standalone: %w", err)
	}
	return nil
}
