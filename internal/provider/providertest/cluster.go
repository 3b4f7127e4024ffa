package providertest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

// primaries is their number in a Cluster; each has one replica.
const primaries = 3

// Cluster starts three primaries and a replica of each, and returns when every
// node serves all slots and every replica is in sync. A primary that is gone for a
// second is replaced. kill ends one node by SIGKILL. The servers are killed when
// the test ends.
func Cluster(t testing.TB) (at drivers.Endpoints, kill func(addr string)) {
	t.Helper()
	var bus []string
	g := startGroup(t, 2*primaries, func() []string {
		bus = append(bus, freePort(t))
		return []string{
			"--cluster-enabled", "yes", "--cluster-port", bus[len(bus)-1], "--cluster-node-timeout", "1000",
			"--cluster-replica-validity-factor", "0", "--cluster-require-full-coverage", "no",
			"--cluster-allow-replica-migration", "no",
		}
	})
	ids := make([]string, len(g.nodes))
	for i, n := range g.nodes {
		ids[i] = g.do(n.Addr(), "CLUSTER", "MYID").Text
		at.Addrs = append(at.Addrs, n.Addr())
	}
	g.share(bus)
	for i, addr := range at.Addrs[primaries:] {
		primary := ids[i]
		g.await("the primary to be known", func() bool { return g.says(addr, "CLUSTER NODES", primary) })
		g.do(addr, "CLUSTER", "REPLICATE", primary)
	}
	for _, addr := range at.Addrs {
		g.await("the Cluster", func() bool { return g.complete(addr) })
	}
	at.Mode = drivers.Cluster
	return at, g.kill
}

// share gives each primary its slots and makes the nodes known to each other: all
// to all, which takes one round of gossip instead of several. Epochs of their own
// spare them the settling of equal ones.
func (g *group) share(bus []string) {
	for i, n := range g.nodes {
		g.do(n.Addr(), "CLUSTER", "SET-CONFIG-EPOCH", strconv.Itoa(i+1))
		if i < primaries {
			first, end := i*16384/primaries, (i+1)*16384/primaries
			g.do(n.Addr(), "CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(first), strconv.Itoa(end-1))
		}
		for j, other := range g.nodes[:i] {
			g.do(n.Addr(), "CLUSTER", "MEET", "127.0.0.1", portOf(other.Addr()), bus[j])
		}
	}
	for _, n := range g.nodes {
		known := fmt.Sprintf("cluster_known_nodes:%d\r", len(g.nodes))
		g.await("all nodes to be known", func() bool {
			return g.says(n.Addr(), "CLUSTER INFO", known) && !g.says(n.Addr(), "CLUSTER NODES", "handshake")
		})
	}
}

// complete reports whether the node at addr sees a whole Cluster, and follows its
// primary if it is a replica.
func (g *group) complete(addr string) bool {
	shards := g.do(addr, "CLUSTER", "SLOTS").Items
	for _, shard := range shards {
		if len(shard.Items) != 4 { // first slot, last slot, primary, replica
			return false
		}
	}
	role := g.do(addr, "ROLE").Items
	following := role[0].Text == "master" || role[3].Text == "connected"
	return len(shards) == primaries && following && strings.Contains(g.do(addr, "CLUSTER", "INFO").Text, "cluster_state:ok")
}
