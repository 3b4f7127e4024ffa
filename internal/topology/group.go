package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rlbench/rlbench/internal/provider"
)

// group is several nodes on one network.
type group struct {
	network  provider.Network
	settings Settings
	nodes    []Node
}

// newGroup makes a network for the named nodes. On error nothing is left behind.
func newGroup(ctx context.Context, with provider.Provider, settings Settings, names []string) (*group, error) {
	n, ok := with.(provider.Networker)
	if !ok {
		return nil, fmt.Errorf("--server %s cannot connect several nodes: use docker or local", with.Name())
	}
	network, err := n.Network(ctx, names)
	if err != nil {
		return nil, err
	}
	return &group{network: network, settings: settings}, nil
}

// start starts nodes in parallel. It bounds the wait for them.
func (g *group) start(ctx context.Context, specs []provider.Spec) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyWithin, fmt.Errorf("no answer within %s", readyWithin))
	defer cancel()
	nodes, errs := make([]Node, len(specs)), make([]error, len(specs))
	var wg sync.WaitGroup
	for i, s := range specs {
		wg.Go(func() {
			n, err := g.network.Start(ctx, s)
			nodes[i], errs[i] = Node{Name: s.Name, PeerAddr: g.network.PeerAddr(s.Name), Node: n}, err
		})
	}
	wg.Wait()
	g.nodes = append(g.nodes, nodes...)
	return errors.Join(errs...)
}

// orStop returns d, or stops it if it could not be made.
func (g *group) orStop(ctx context.Context, d Deployment, err error) (Deployment, error) {
	if err != nil {
		return nil, errors.Join(err, g.Stop(context.WithoutCancel(ctx)))
	}
	return d, nil
}

// Nodes implements Deployment.
func (g *group) Nodes() []Node { return slices.Clone(g.nodes) }

// Stop implements Deployment.
func (g *group) Stop(ctx context.Context) error { return g.network.Stop(ctx) }

// at returns the node that announces an address.
func (g *group) at(addr string) (Node, error) {
	for _, n := range g.nodes {
		if n.PeerAddr == addr {
			return n, nil
		}
	}
	return Node{}, fmt.Errorf("no node has the address %s", addr)
}

// hostPort splits the peer address of a node into the two words that commands and
// arguments of Redis want.
func (g *group) hostPort(name string) (host, port string) {
	host, port, err := net.SplitHostPort(g.network.PeerAddr(name))
	if err != nil {
		panic("peer address of " + name + ": " + err.Error()) // no network gives another form
	}
	return host, port
}

// numbered is prefix-1 to prefix-n.
func numbered(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = prefix + "-" + strconv.Itoa(i+1)
	}
	return names
}

// replication are the arguments of a server that has replicas or is one. It
// announces the address by which its peers know it; a new replica is filled at once
// and over the socket; a link that says nothing is given up after five seconds, the
// shortest that is no multiple of a pause of the machine. The settings come last.
func (g *group) replication(name string) []string {
	host, port := g.hostPort(name)
	return append([]string{
		"--replica-announce-ip", host, "--replica-announce-port", port,
		"--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", "--repl-diskless-load", "on-empty-db",
		"--repl-ping-replica-period", "1", "--repl-timeout", "5", "--shutdown-timeout", "0",
	}, g.settings.args()...)
}

// attached says what keeps a primary and its replicas from being in sync, or the
// primary from taking writes, or nil.
func (g *group) attached(ctx context.Context, primary Node, replicas int) error {
	r, err := Ask(ctx, primary, "INFO", "replication")
	if err != nil {
		return err
	}
	f := provider.InfoFields(r.Text)
	if f["role"] != "master" {
		return fmt.Errorf("%s is not a primary", primary.Name)
	}
	online := 0
	for i := range replicas {
		if strings.Contains(f["slave"+strconv.Itoa(i)], ",state=online,") {
			online++
		}
	}
	if online != replicas || f["connected_slaves"] != strconv.Itoa(replicas) {
		return fmt.Errorf("%s has %d of %d replicas online", primary.Name, online, replicas)
	}
	// A server that heeds its replicas counts those that it has heard of lately.
	if heard, _ := strconv.Atoi(f["min_slaves_good_slaves"]); heard < g.settings.MinReplicas {
		return fmt.Errorf("%s has heard from %d replicas and takes no writes without %d", primary.Name, heard, g.settings.MinReplicas)
	}
	return nil
}
