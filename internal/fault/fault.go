// Package fault is what happens to servers and to a client's connections during a
// trial: one file each. Every fault is real, and every one can be healed.
package fault

import (
	"context"
	"fmt"
	"time"

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

// Preparer is a Fault that needs something of the servers before the load begins, and
// that their end undoes.
type Preparer interface {
	Fault
	Prepare(ctx context.Context, to Target) error
}

// Target is what a fault is done to.
type Target struct {
	Deployment topology.Deployment
	// Key is the name of a key in Redis; its primary is the one that is hit.
	Key string
	// Others are names of more keys with the same primary, which a fault that strikes
	// keys strikes too.
	Others []string
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
	// Evicted are the names of the keys that the server gave up for want of memory, once for
	// each time; nil for a fault that takes none. It is complete after Heal.
	Evicted func() []string
}

// All returns every fault in the order of tables.
func All() []Fault {
	return []Fault{
		Kill{}, Pause{}, CutPeers{}, CutReplica{}, CutClients{}, TrapClient{}, Delay{}, Loss{}, LostReply{},
		Promote{}, RestartEmpty{}, Reshard{}, Keys{}, Scan{}, DebugSleep{}, ScriptFlush{}, Crash{}, PowerLoss{}, MemoryPressure{},
		Stop{}, MaxClients{}, Password{},
	}
}

// Named returns the fault of that name.
func Named(name string) (Fault, error) {
	for _, f := range All() {
		if f.Name() == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("there is no fault %q", name)
}

// wholeWithin bounds a step that is not cut short.
const wholeWithin = time.Minute

// whole outlives the end of ctx: of a step that was cut short nobody would know
// whether it is done, and so nobody would undo it.
func whole(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.WithoutCancel(ctx), wholeWithin, fmt.Errorf("not done within %s", wholeWithin))
}

// Where nodes can be hit at all, and where the network between them too.
const (
	anyNode   = ": use --server docker or local"
	manyNodes = ": use --server docker or local, with the topology sentinel or cluster"
)

// hit uses a power of the key's primary. cannot ends the sentence
// that the node cannot be hit so.
func hit[P any](ctx context.Context, to Target, name, cannot string, power func(P, context.Context) (provider.Heal, error)) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", name, err)
	}
	return strike(ctx, n, name, cannot, power)
}

// strike uses a power of a node.
func strike[P any](ctx context.Context, n topology.Node, name, cannot string, power func(P, context.Context) (provider.Heal, error)) (Injected, error) {
	p, ok := n.Node.(P)
	if !ok {
		return Injected{}, fmt.Errorf("%s: %s cannot be %s", name, n.Name, cannot)
	}
	ctx, cancel := whole(ctx)
	defer cancel()
	heal, err := power(p, ctx)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", name, err)
	}
	return Injected{Node: n.Name, Heal: heal}, nil
}

// disturb arms a rule on the links of the clients.
func disturb(to Target, name string, r rule) (Injected, error) {
	heal, err := to.Links.arm(r)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", name, err)
	}
	return Injected{Heal: heal}, nil
}
