// Package topology builds deployments, one or several nodes that serve one
// keyspace, out of the nodes that a provider starts.
package topology

import (
	"context"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// Topology starts a deployment.
type Topology interface {
	// Name is the word used in cells and flags: standalone, sentinel, cluster.
	Name() string
	// Start starts the nodes in parallel and returns when clients can write and every
	// replica has what its primary has. Settings that do not fit are refused. On error
	// nothing is left behind.
	Start(ctx context.Context, with provider.Provider, settings Settings) (Deployment, error)
}

// Deployment is what clients connect to and faults happen to.
type Deployment interface {
	Endpoints() drivers.Endpoints
	// Nodes are all nodes, alive or not, in the order of their names.
	Nodes() []Node
	// Primaries are the nodes that serve writes now, in the order of their names. They
	// are asked for: a role may have changed since. A node that takes itself for a
	// primary, and which the others have replaced, is none.
	Primaries(ctx context.Context) ([]Node, error)
	// Primary is the one of them that serves a key.
	Primary(ctx context.Context, key string) (Node, error)
	// Ready says what keeps the deployment from being as Start has returned it, or nil:
	// a failover would work, and no replica lacks anything.
	Ready(ctx context.Context) error
	// Stop heals what was cut, and stops every node; it is idempotent.
	Stop(ctx context.Context) error
}

// Node is a server of a deployment. What can be done to it is what the provider's
// node can do: n.Node.(provider.Killer).
type Node struct {
	// Name is unique within the deployment: redis-1, sentinel-3.
	Name string
	// PeerAddr is host:port as the other nodes reach it, and as they announce it to
	// clients; Addr is where a client on this machine reaches it.
	PeerAddr string
	provider.Node
}

// All returns every topology in the order of tables and help texts.
func All() []Topology { return []Topology{Standalone{}, Sentinel{}, Cluster{}} }

// Several says that the topology of that name has more than one node, which need a
// network of their own (provider.Networker).
func Several(name string) bool { return name != Standalone{}.Name() }
