package provider

import (
	"context"

	"github.com/rlbench/rlbench/drivers"
)

// Networker is a Provider that can put several nodes on a network of their own,
// which every topology of more than one node needs.
type Networker interface {
	// Network makes a network with a place for each of the named nodes. On error
	// nothing is left behind.
	Network(ctx context.Context, names []string) (Network, error)
}

// Network connects the nodes of one deployment, and nobody else's.
type Network interface {
	// PeerAddr is host:port of the named node among its peers. It is settled before
	// the node is started, so that the others can be told of it.
	PeerAddr(name string) string
	// Start starts the node of that name and returns when it answers PING. On error
	// nothing is left behind of it. Nodes may be started in parallel.
	Start(ctx context.Context, spec Spec) (Node, error)
	// Dial connects a client on this machine to the node at a peer address, which is
	// what nodes tell clients of each other.
	Dial() drivers.DialFunc
	// Stop stops every node and removes the network. It is idempotent.
	Stop(ctx context.Context) error
}

// Isolator is a Provider whose networks exist only in a place that this process
// must be in.
type Isolator interface {
	// Isolate returns nil in such a place. Elsewhere it replaces this process by one
	// that runs the same command line there, and returns only to say why it cannot:
	// it is called before anything is made or printed.
	Isolate(ctx context.Context) error
}
