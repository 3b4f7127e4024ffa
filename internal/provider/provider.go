// Package provider is where servers run: in containers, as local processes, inside
// this process, or wherever the user says. It starts and stops single nodes and
// knows nothing of topologies.
package provider

import (
	"context"

	"github.com/rlbench/rlbench/drivers"
)

// Provider starts server nodes.
type Provider interface {
	// Name is the word of the --server flag: docker, local, embedded; or given.
	Name() string
	// About says in one sentence what will be started and why this one was chosen:
	// the first line of output.
	About() string
	// Traits say what may be concluded from its servers, and what is owed to them.
	Traits() Traits
	// Start starts one node and returns when it answers PING. On error nothing is
	// left behind.
	Start(ctx context.Context, spec Spec) (Node, error)
}

// Traits tell apart servers that are a real Redis of the run's own, which have none,
// from the others.
type Traits struct {
	// InProcess servers imitate Redis inside this process. Nothing measured on them
	// is evidence, and what the process uses is not the client's alone.
	InProcess bool
	// Shared servers are not the run's: others may be using them meanwhile, and they
	// outlive it, with every key that it leaves behind.
	Shared bool
}

// Spec is what a topology asks of a node.
type Spec struct {
	// Name is unique within the deployment: redis-1.
	Name string
	// Args are command-line arguments of redis-server, after those that every node
	// of the provider gets (port, bind, no persistence).
	Args []string
	// Config is the text of a configuration file that is read before Args and that
	// the server may rewrite, as a Sentinel must; empty for none.
	Config string
}

// Node is a server that was started. What can be done to it besides are the
// optional powers: Killer, Pauser, PeerCutter, ClientCutter, Keeper.
type Node interface {
	// Addr is host:port as a client on this machine reaches it.
	Addr() string
	// Facts are what environment.json records of the node: image digest, path.
	Facts() map[string]string
	// Stop removes the node and everything it had. It is idempotent.
	Stop(ctx context.Context) error
}

// Group is a Provider of servers that somebody else runs, and that form a deployment
// already.
type Group interface {
	// Endpoints are those of the deployment. Their mode says which topology it is.
	Endpoints() drivers.Endpoints
	// Server is the one that holds keys at an address.
	Server(addr string) Node
	// Watcher is the Sentinel at an address.
	Watcher(addr string) Node
}

// Guarded is a node for which an address is not enough: it wants credentials, a
// database or TLS.
type Guarded interface {
	Node
	Endpoints() drivers.Endpoints
}
