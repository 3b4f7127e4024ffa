package topology

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// given is a deployment that somebody else runs. Its nodes are called by the addresses
// that they announce, and are dialled there.
type given struct {
	provider.Group
	nodes []Node // those that were known when it was joined
}

// groupOf returns the group that a provider has of the mode, if it has one.
func groupOf(with provider.Provider, mode drivers.Mode) (provider.Group, bool) {
	g, ok := with.(provider.Group)
	return g, ok && g.Endpoints().Mode == mode
}

// Nodes implements Deployment.
func (g *given) Nodes() []Node { return slices.Clone(g.nodes) }

// Stop implements Deployment: the servers are not ours.
func (g *given) Stop(context.Context) error { return nil }

func (g *given) server(addr string) Node {
	return Node{Name: addr, PeerAddr: addr, Node: g.Server(addr)}
}

func (g *given) watcher(addr string) Node {
	return Node{Name: addr, PeerAddr: addr, Node: g.Watcher(addr)}
}

// named are the nodes that the address of the group names.
func (g *given) named(as func(addr string) Node) (list []Node) {
	for _, addr := range g.Endpoints().Addrs {
		list = append(list, as(addr))
	}
	return list
}

// askFirst asks one node after the other until one answers, and returns it. The error
// is one that says more than that a node is not reached, if there is one: a refusal
// can be mended.
func askFirst(ctx context.Context, nodes []Node, cmd ...string) (n Node, r drivers.Reply, err error) {
	for _, n := range nodes {
		r, failed := Ask(ctx, n, cmd...)
		if failed == nil {
			return n, r, nil
		}
		var unreached net.Error
		if err == nil || errors.As(err, &unreached) {
			err = failed
		}
	}
	if len(nodes) > 1 {
		err = fmt.Errorf("none of %d servers answers: %w", len(nodes), err)
	}
	return Node{}, drivers.Reply{}, err
}

func sortNodes(list []Node) []Node {
	slices.SortFunc(list, func(a, b Node) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b Node) bool { return a.Name == b.Name })
}

// givenSentinel is a primary and its replicas, watched by Sentinels.
type givenSentinel struct{ given }

// joinSentinel looks the servers up.
func joinSentinel(ctx context.Context, g provider.Group) (Deployment, error) {
	d := &givenSentinel{given{Group: g}}
	primary, err := d.Primary(ctx, "")
	if err != nil {
		return nil, err
	}
	_, r, err := d.ask(ctx, "REPLICAS", g.Endpoints().Primary)
	if err != nil {
		return nil, err
	}
	d.nodes = append(d.named(d.watcher), primary)
	for _, replica := range r.Items {
		f := replica.Pairs()
		d.nodes = append(d.nodes, d.server(net.JoinHostPort(f["ip"], f["port"])))
	}
	d.nodes = sortNodes(d.nodes)
	return d, nil
}

// AskSentinels begins the error of Sentinels that somebody else runs, and which did not
// answer. They may want other credentials than the servers that they watch.
const AskSentinels = "ask the sentinels"

// ask asks the Sentinels.
func (d *givenSentinel) ask(ctx context.Context, cmd ...string) (Node, drivers.Reply, error) {
	n, r, err := askFirst(ctx, d.named(d.watcher), append([]string{"SENTINEL"}, cmd...)...)
	if err != nil {
		err = fmt.Errorf(AskSentinels+": %w", err)
	}
	return n, r, err
}

// Primaries implements Deployment.
func (d *givenSentinel) Primaries(ctx context.Context) ([]Node, error) {
	n, err := d.Primary(ctx, "")
	return []Node{n}, err
}

// Primary implements Deployment: the node that the first Sentinel names which answers,
// as clients take it too, if it knows that it is one.
func (d *givenSentinel) Primary(ctx context.Context, _ string) (Node, error) {
	w, r, err := d.ask(ctx, "GET-MASTER-ADDR-BY-NAME", d.Endpoints().Primary)
	if err != nil {
		return Node{}, err
	}
	if len(r.Items) != 2 {
		return Node{}, d.unknown(ctx, w)
	}
	n := d.server(net.JoinHostPort(r.Items[0].Text, r.Items[1].Text))
	return n, takesItselfForPrimary(ctx, n)
}

// unknown is the error of a name that a Sentinel does not know.
func (d *givenSentinel) unknown(ctx context.Context, w Node) error {
	r, err := Ask(ctx, w, "SENTINEL", "MASTERS")
	if err != nil {
		return err
	}
	var names []string
	for _, item := range r.Items {
		names = append(names, item.Pairs()["name"])
	}
	return &provider.Missing{
		Kind: provider.ErrUsage,
		What: fmt.Sprintf("the sentinel at %s watches no primary %q", w.Name, d.Endpoints().Primary),
		Do:   "end the address with one that it watches: " + cmp.Or(strings.Join(names, ", "), "it watches none"),
	}
}

// Ready implements Deployment: there is a primary. How its owner wants the rest to be
// is not known.
func (d *givenSentinel) Ready(ctx context.Context) error {
	_, err := d.Primary(ctx, "")
	return err
}

// givenCluster is a Cluster of any number of shards.
type givenCluster struct {
	given
	seeds []string // where clients ask first
}

// joinCluster looks the servers up.
func joinCluster(ctx context.Context, g provider.Group) (Deployment, error) {
	d := &givenCluster{given: given{Group: g}}
	if err := d.Ready(ctx); err != nil {
		return nil, err
	}
	shards, err := d.shards(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range shards {
		d.nodes = append(d.nodes, s.nodes...)
		d.seeds = append(d.seeds, s.nodes[0].PeerAddr)
	}
	d.nodes = sortNodes(d.nodes)
	slices.Sort(d.seeds)
	d.seeds = slices.Compact(d.seeds)
	return d, nil
}

// Endpoints are the primaries that were found. Of the nodes that the address names one
// may be gone, of which not every client lets another one answer.
func (d *givenCluster) Endpoints() drivers.Endpoints {
	at := d.given.Endpoints()
	at.Addrs = d.seeds
	return at
}

// shard is a range of slots, and the nodes that hold it, the primary first.
type shard struct {
	from, to int64
	nodes    []Node
}

// shards asks for all, as clients do: it is the answer with the addresses for them.
func (d *givenCluster) shards(ctx context.Context) (list []shard, err error) {
	n, r, err := askFirst(ctx, d.named(d.server), "CLUSTER", "SLOTS")
	if err != nil {
		return nil, err
	}
	for _, item := range r.Items {
		s, err := d.parse(item, n)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

var errSlots = errors.New("parse CLUSTER SLOTS: an entry is not two slots and one node or more, each with host and port")

// parse reads one entry of the answer of a node. That node may not know its own host.
func (d *givenCluster) parse(item drivers.Reply, from Node) (shard, error) {
	if len(item.Items) < 3 {
		return shard{}, errSlots
	}
	own, _, _ := net.SplitHostPort(from.PeerAddr)
	s := shard{from: item.Items[0].Int, to: item.Items[1].Int}
	for _, n := range item.Items[2:] {
		if len(n.Items) < 2 {
			return shard{}, errSlots
		}
		host := n.Items[0].Text
		if host == "" || host == "?" {
			host = own
		}
		s.nodes = append(s.nodes, d.server(net.JoinHostPort(host, strconv.FormatInt(n.Items[1].Int, 10))))
	}
	return s, nil
}

// Primaries implements Deployment.
func (d *givenCluster) Primaries(ctx context.Context) ([]Node, error) {
	shards, err := d.shards(ctx)
	var list []Node
	for _, s := range shards {
		list = append(list, s.nodes[0])
	}
	return sortNodes(list), err
}

// Primary implements Deployment.
func (d *givenCluster) Primary(ctx context.Context, key string) (Node, error) {
	shards, err := d.shards(ctx)
	if err != nil {
		return Node{}, err
	}
	_, slot, err := askFirst(ctx, d.named(d.server), "CLUSTER", "KEYSLOT", key)
	if err != nil {
		return Node{}, err
	}
	for _, s := range shards {
		if s.from <= slot.Int && slot.Int <= s.to {
			return s.nodes[0], nil
		}
	}
	return Node{}, fmt.Errorf("no node serves slot %d", slot.Int)
}

// Ready implements Deployment: every slot is served, by a primary that is reached.
func (d *givenCluster) Ready(ctx context.Context) error {
	shards, err := d.shards(ctx)
	if err != nil {
		return err
	}
	served := int64(0)
	for _, s := range shards {
		served += s.to - s.from + 1
	}
	if served != slots {
		return fmt.Errorf("the Cluster serves %d of %d slots", served, slots)
	}
	primaries, err := d.Primaries(ctx)
	if err != nil {
		return err
	}
	for _, p := range primaries {
		if err := takesItselfForPrimary(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
