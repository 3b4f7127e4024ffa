package topology

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// Cluster is three primaries that share the keys, each with one replica.
type Cluster struct{}

const (
	shards = 3
	slots  = 16384
	// nodeTimeout is the silence after which nodes think that another is down: the
	// shortest that survives a busy machine of two cores with room to spare.
	nodeTimeout = 2 * time.Second
	// busOffset is the distance of a node's cluster bus from its port, by which nodes
	// find it.
	busOffset = 10000
)

// Name returns "cluster".
func (Cluster) Name() string { return "cluster" }

// Start implements Topology.
func (t Cluster) Start(ctx context.Context, with provider.Provider, settings Settings) (Deployment, error) {
	if g, ok := groupOf(with, drivers.Cluster); ok {
		return joinCluster(ctx, g)
	}
	if err := settings.Check(t.Name()); err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	names := numbered("redis", 2*shards)
	g, err := newGroup(ctx, with, settings, names)
	if err != nil {
		return nil, fmt.Errorf("start cluster: %w", err)
	}
	d := &cluster{g}
	if err = d.build(ctx, names); err != nil {
		err = fmt.Errorf("start cluster: %w", err)
	}
	return g.orStop(ctx, d, err)
}

// build starts the nodes and makes a cluster of them: the first half are the
// primaries to begin with.
func (d *cluster) build(ctx context.Context, names []string) error {
	var specs []provider.Spec
	for _, name := range names {
		specs = append(specs, d.spec(name))
	}
	if err := d.start(ctx, specs); err != nil {
		return err
	}
	if err := d.divide(ctx); err != nil {
		return err
	}
	if err := await(ctx, readyWithin, d.acquainted); err != nil {
		return err
	}
	if err := d.follow(ctx); err != nil {
		return err
	}
	return await(ctx, readyWithin, d.Ready)
}

// spec keeps what a fault may do to one shard from spreading: the other
// shards go on serving, and no replica moves to where one is missing. A replica
// takes over however long its link was down, or a partition would end some runs
// without a primary.
func (d *cluster) spec(name string) provider.Spec {
	host, port := d.hostPort(name)
	bus, _ := strconv.Atoi(port) // it comes from the network's own number
	return provider.Spec{Name: name, Args: append(d.replication(name),
		"--cluster-enabled", "yes", "--cluster-node-timeout", milliseconds(nodeTimeout),
		"--cluster-announce-ip", host, "--cluster-announce-port", port, "--cluster-announce-bus-port", strconv.Itoa(bus+busOffset),
		"--cluster-replica-validity-factor", "0", "--cluster-require-full-coverage", "no", "--cluster-allow-replica-migration", "no")}
}

// cluster is a running deployment.
type cluster struct{ *group }

// divide gives every primary its part of the slots and an epoch of its own, and
// introduces every pair of nodes: left to gossip, that takes seconds.
func (d *cluster) divide(ctx context.Context) error {
	for i, n := range d.nodes {
		if _, err := Ask(ctx, n, "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1)); err != nil {
			return err
		}
		if i < shards {
			from, to := strconv.Itoa(slots*i/shards), strconv.Itoa(slots*(i+1)/shards-1)
			if _, err := Ask(ctx, n, "CLUSTER", "ADDSLOTSRANGE", from, to); err != nil {
				return err
			}
		}
		for _, other := range d.nodes[:i] {
			host, port := d.hostPort(other.Name)
			if _, err := Ask(ctx, n, "CLUSTER", "MEET", host, port); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow makes a replica of every node of the second half.
func (d *cluster) follow(ctx context.Context) error {
	for i, replica := range d.nodes[shards:] {
		id, err := Ask(ctx, d.nodes[i], "CLUSTER", "MYID")
		if err != nil {
			return err
		}
		if _, err := Ask(ctx, replica, "CLUSTER", "REPLICATE", id.Text); err != nil {
			return err
		}
	}
	return nil
}

// acquainted says which node does not know all others yet, or nil.
func (d *cluster) acquainted(ctx context.Context) error {
	for _, n := range d.nodes {
		v, err := d.view(ctx, n)
		if err != nil {
			return err
		}
		if len(v) != len(d.nodes) {
			return fmt.Errorf("%s knows %d of %d nodes", n.Name, len(v), len(d.nodes))
		}
		for _, m := range v {
			if m.ill() {
				return fmt.Errorf("%s sees %s as %s, link %s", n.Name, m.addr, m.flags, m.link)
			}
		}
	}
	return nil
}

// Ready implements Deployment: all nodes know each other as healthy and all slots
// as served, and every primary has its replica in sync.
func (d *cluster) Ready(ctx context.Context) error {
	if err := d.acquainted(ctx); err != nil {
		return err
	}
	for _, n := range d.nodes {
		r, err := Ask(ctx, n, "CLUSTER", "INFO")
		if err != nil {
			return err
		}
		f := provider.InfoFields(r.Text)
		if f["cluster_state"] != "ok" || f["cluster_slots_ok"] != strconv.Itoa(slots) || f["cluster_size"] != strconv.Itoa(shards) {
			return fmt.Errorf("%s sees state %s, %s slots served, %s primaries",
				n.Name, f["cluster_state"], f["cluster_slots_ok"], f["cluster_size"])
		}
	}
	primaries, err := d.Primaries(ctx)
	if err != nil {
		return err
	}
	if len(primaries) != shards {
		return fmt.Errorf("%d of %d primaries", len(primaries), shards)
	}
	for _, p := range primaries {
		if err := d.attached(ctx, p, 1); err != nil {
			return err
		}
	}
	return nil
}

// Endpoints are all nodes.
func (d *cluster) Endpoints() drivers.Endpoints {
	at := drivers.Endpoints{Mode: drivers.Cluster, Dial: d.network.Dial()}
	for _, n := range d.nodes {
		at.Addrs = append(at.Addrs, n.PeerAddr)
	}
	return at
}

// Primaries implements Deployment.
func (d *cluster) Primaries(ctx context.Context) ([]Node, error) {
	claims, err := d.claims(ctx)
	if err != nil {
		return nil, err
	}
	var list []Node
	for _, n := range d.nodes {
		for _, c := range claims {
			if c.node.Name == n.Name && owner(claims, c.from).Name == n.Name {
				list = append(list, n)
				break
			}
		}
	}
	return list, nil
}

// Primary implements Deployment.
func (d *cluster) Primary(ctx context.Context, key string) (Node, error) {
	n, _, err := d.serving(ctx, key)
	return n, err
}

// serving returns the primary of a key, and the slot of the key.
func (d *cluster) serving(ctx context.Context, key string) (primary Node, slot int, err error) {
	claims, err := d.claims(ctx)
	if err != nil {
		return Node{}, 0, err
	}
	r, err := Ask(ctx, claims[0].node, "CLUSTER", "KEYSLOT", key)
	if err != nil {
		return Node{}, 0, err
	}
	slot = int(r.Int)
	if n := owner(claims, slot); n.Node != nil {
		return n, slot, nil
	}
	return Node{}, 0, fmt.Errorf("no node serves slot %d", slot)
}
