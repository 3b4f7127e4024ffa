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
func (t Standalone) Start(ctx context.Context, with provider.Provider, settings Settings) (Deployment, error) {
	if err := settings.Check(t.Name()); err != nil {
		return nil, fmt.Errorf("start standalone: %w", err)
	}
	spec := provider.Spec{Name: "redis-1", Args: settings.args()}
	n, err := with.Start(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start standalone: %w", err)
	}
	return &single{Node{Name: spec.Name, PeerAddr: n.Addr(), Node: n}}, nil
}

// single is a deployment of one node.
type single struct{ node Node }

func (s *single) Endpoints() drivers.Endpoints {
	if n, ok := s.node.Node.(provider.Guarded); ok {
		return n.Endpoints()
	}
	return drivers.Endpoints{Addrs: []string{s.node.Addr()}}
}

func (s *single) Ready(ctx context.Context) error {
	_, err := Ask(ctx, s.node, "PING")
	return err
}

func (s *single) Nodes() []Node { return []Node{s.node} }

func (s *single) Primaries(context.Context) ([]Node, error) { return s.Nodes(), nil }

func (s *single) Primary(context.Context, string) (Node, error) { return s.node, nil }

func (s *single) Stop(ctx context.Context) error {
	if err := s.node.Stop(ctx); err != nil {
		return fmt.Errorf("stop standalone: %w", err)
	}
	return nil
}
