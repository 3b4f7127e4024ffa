// Package provider is where servers run: in containers, as local processes. It
// starts and stops single nodes and knows nothing of topologies.
package provider

import "context"

// Provider starts server nodes.
type Provider interface {
	// Name is the word of the --server flag: docker, local.
	Name() string
	// About says in one sentence what will be started and why this one was chosen:
	// the first line of output.
	About() string
	// Start starts one node and returns when it answers PING. On error nothing is
	// left behind.
	Start(ctx context.Context, spec Spec) (Node, error)
}

// Spec is what a topology asks of a node.
type Spec struct {
	// Name is unique within the deployment: redis-1.
	Name string
	// Args are command-line arguments of redis-server, after those that every node
	// of the provider gets (port, bind, no persistence).
	Args []string
}

// Node is a running server. Further powers (kill, pause, cut) will be optional
// one-method interfaces.
type Node interface {
	// Addr is host:port as a client on this machine reaches it.
	Addr() string
	// Facts are what environment.json records of the node: image digest, path.
	Facts() map[string]string
	// Stop removes the node and everything it had. It is idempotent.
	Stop(ctx context.Context) error
}
