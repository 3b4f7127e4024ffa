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
	// Name is the word used in cells and flags: standalone.
	Name() string
	// Start starts the nodes in parallel and returns when clients can write. On
	// error nothing is left behind.
	Start(ctx context.Context, with provider.Provider) (Deployment, error)
}

// Deployment is what clients connect to.
type Deployment interface {
	Endpoints() drivers.Endpoints
	// Facts are what environment.json records, by node.
	Facts() map[string]map[string]string
	// Stop stops every node; it is idempotent.
	Stop(ctx context.Context) error
}

// All returns every topology in the order of tables and help texts.
func All() []Topology { return []Topology{Standalone{}} }
