// Package fault is what happens to servers and to a client's connections during a
// trial: one file each. Every fault is real, and every one can be healed.
package fault

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// Fault is one kind of fault.
type Fault interface {
	// Name is the word used in scenarios, histories and charts.
	Name() string
	// About says in one sentence what is done.
	About() string
	// Inject does it, and returns when all of it is in effect. On error nothing is left
	// done. The error says what the deployment cannot do, and what can.
	Inject(ctx context.Context, to Target) (Injected, error)
}

// Target is what a fault is done to.
type Target struct {
	Deployment topology.Deployment
	// Key is the name of a key in Redis; its primary is the one that is hit.
	Key string
	// Links are the connections of all clients under test.
	Links *Links
}

// Injected is a fault in effect.
type Injected struct {
	// Node is the name of the node that was hit; empty for the clients' connections.
	Node string
	// Heal undoes the fault; nil for one that was over when Inject returned. It works
	// in a run that was interrupted too.
	Heal provider.Heal
}

// All returns every fault in the order of tables.
func All() []Fault { return []Fault{Kill{}} }

// Named returns the fault of that name.
func Named(name string) (Fault, error) {
	for _, f := range All() {
		if f.Name() == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("there is no fault %q", name)
}
