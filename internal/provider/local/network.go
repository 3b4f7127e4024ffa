package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local/namespace"
)

const (
	// firstHost is the last byte of the first node's address. Clients have 127.0.0.1,
	// which no network contains, so that peers and clients can be told apart.
	firstHost = 11
	// networkPort is where every node of a network listens, at its own address.
	networkPort = 6379
)

// networks counts the networks of this process. Each has addresses of its own, so
// that several may exist side by side.
var networks atomic.Uint32

// network is a part of 127.0.0.0/8 in the network namespace of this process.
type network struct {
	provider *Provider
	prefix   netip.Prefix
	places   map[string]netip.Addr // by name of the node

	mu    sync.Mutex
	nodes []*member
}

// member is a node on a network.
type member struct {
	*node
	network *network
}

// Isolate implements provider.Isolator. The error is ErrNoNamespace.
func (p *Provider) Isolate(ctx context.Context) error { return namespace.Enter(ctx) }

// Network implements provider.Networker. It needs Isolate.
func (p *Provider) Network(_ context.Context, names []string) (provider.Network, error) {
	if !namespace.Inside() {
		return nil, errors.New("make network: this process is not in a network namespace of its own")
	}
	i := networks.Add(1)
	base := netip.AddrFrom4([4]byte{127, byte(i >> 8), byte(i), 0})
	n := &network{provider: p, prefix: netip.PrefixFrom(base, 24), places: make(map[string]netip.Addr)}
	for at, name := range names {
		b := base.As4()
		b[3] = byte(firstHost + at)
		n.places[name] = netip.AddrFrom4(b)
	}
	return n, nil
}

// PeerAddr implements provider.Network.
func (n *network) PeerAddr(name string) string {
	return net.JoinHostPort(n.places[name].String(), strconv.Itoa(networkPort))
}

// Start implements provider.Network. What a node sends comes from its own address
// too, or rules could not tell the nodes apart. Redis takes all of these addresses
// but 127.0.0.1 for foreign ones, from which protected mode would refuse clients.
func (n *network) Start(ctx context.Context, spec provider.Spec) (provider.Node, error) {
	host := n.places[spec.Name].String()
	started, err := n.provider.start(ctx, spec, host, networkPort, "--bind-source-addr", host, "--protected-mode", "no")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	m := &member{started, n}
	n.nodes = append(n.nodes, m)
	return m, nil
}

// Dial implements provider.Network: a peer address is reached as it is.
func (n *network) Dial() drivers.DialFunc { return nil }

// Stop implements provider.Network.
func (n *network) Stop(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var errs []error
	for _, m := range n.nodes {
		errs = append(errs, m.Stop(ctx), cuts.drop(peerCut(m)), cuts.drop(clientCut(m)))
	}
	return errors.Join(errs...)
}

// Facts implements provider.Node.
func (m *member) Facts() map[string]string {
	facts := m.node.Facts()
	facts["reached_by"] = "loopback of a network namespace"
	return facts
}

// CutFromPeers implements provider.PeerCutter.
func (m *member) CutFromPeers(context.Context) (provider.Heal, error) { return cuts.add(peerCut(m)) }

// CutFromClients implements provider.ClientCutter.
func (m *member) CutFromClients(context.Context) (provider.Heal, error) {
	return cuts.add(clientCut(m))
}
