package docker

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

const (
	// firstHost is the last byte of the first node's address in each network. The
	// engine's own gateway has one before it.
	firstHost = 11
	// subnetTries bounds how often a subnet is asked for that another program takes
	// before it is made ours.
	subnetTries = 5
)

// bridges are the two networks of a deployment: peer, on which nodes see each other
// and which leads nowhere else, and client, on which this machine reaches them. A
// node is cut off from the ones or the other by taking it out of a network.
type bridges struct {
	provider     *Provider
	peer, client bridge
	places       map[string]place // by name of the node

	mu    sync.Mutex
	nodes []*member
}

// bridge is one network of the engine.
type bridge struct {
	name   string
	subnet netip.Prefix
}

// place is where a node is, however often it is stopped and started, taken out and
// put back.
type place struct {
	peer, client netip.Addr
	published    string // the port on this machine
}

// Network implements provider.Networker.
func (p *Provider) Network(ctx context.Context, names []string) (provider.Network, error) {
	b, err := p.bridges(ctx, names)
	if err != nil {
		return nil, err // not b, which would be no nil of the interface
	}
	return b, nil
}

// bridges makes both networks, and a place in them for each of the named nodes.
func (p *Provider) bridges(ctx context.Context, names []string) (*bridges, error) {
	b := &bridges{provider: p, places: make(map[string]place)}
	// A caller's end cannot cut the making of a network short: the engine would go on.
	made, cancel := context.WithTimeout(context.WithoutCancel(ctx), createWithin)
	defer cancel()
	err := b.make(made)
	if err == nil {
		err = b.place(names)
	}
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return nil, errors.Join(fmt.Errorf("make network: %w", err), b.Stop(made))
	}
	return b, nil
}

// make makes both networks.
func (b *bridges) make(ctx context.Context) (err error) {
	name := "rlbench-" + strings.ToLower(rand.Text()[:8])
	if b.peer, err = b.provider.bridge(ctx, name+"-peer", true); err != nil {
		return err
	}
	b.client, err = b.provider.bridge(ctx, name+"-client", false)
	return err
}

// bridge makes a network whose subnet the engine has chosen. Fixed addresses need
// one that is named, so it is made twice: the first time to learn which is free.
func (p *Provider) bridge(ctx context.Context, name string, internal bool) (made bridge, err error) {
	for range subnetTries {
		made = bridge{name: name}
		if err = p.createBridge(ctx, made, internal); err != nil {
			return bridge{}, err
		}
		r, err := p.engine.client.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
		if err != nil || len(r.Network.IPAM.Config) == 0 {
			return made, fmt.Errorf("inspect network %s: %w", name, cmp.Or(err, errors.New("it has no subnet")))
		}
		made.subnet = r.Network.IPAM.Config[0].Subnet
		if err := p.engine.removeNetwork(ctx, name); err != nil {
			return made, err
		}
		if err = p.createBridge(ctx, made, internal); err == nil {
			return made, nil
		}
	}
	return bridge{}, err
}

// createBridge makes a network. An internal one has no way out: the published port
// of a node must lead to the other, or it would go with the node's peers.
func (p *Provider) createBridge(ctx context.Context, b bridge, internal bool) error {
	options := client.NetworkCreateOptions{Driver: "bridge", Internal: internal, Labels: p.labels}
	if b.subnet.IsValid() {
		options.IPAM = &network.IPAM{Config: []network.IPAMConfig{{Subnet: b.subnet}}}
	}
	if _, err := p.engine.client.NetworkCreate(ctx, b.name, options); err != nil {
		return fmt.Errorf("create network %s: %w", b.name, err)
	}
	return nil
}

// removeNetwork removes a network. That it is gone is no error.
func (e *Engine) removeNetwork(ctx context.Context, name string) error {
	_, err := e.client.NetworkRemove(ctx, name, client.NetworkRemoveOptions{})
	if err != nil && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("remove network %s: %w", name, err)
	}
	return nil
}

// place settles where every node will be.
func (b *bridges) place(names []string) error {
	ports, err := freePorts(len(names))
	if err != nil {
		return err
	}
	for i, name := range names {
		b.places[name] = place{
			peer: b.peer.host(i), client: b.client.host(i), published: ports[i],
		}
	}
	return nil
}

// host is the address of the i-th node.
func (b bridge) host(i int) netip.Addr {
	a := b.subnet.Masked().Addr().As4()
	a[3] += byte(firstHost + i)
	return netip.AddrFrom4(a)
}

// PeerAddr implements provider.Network.
func (b *bridges) PeerAddr(name string) string {
	return net.JoinHostPort(b.places[name].peer.String(), port.Port())
}

// Start implements provider.Network.
func (b *bridges) Start(ctx context.Context, spec provider.Spec) (provider.Node, error) {
	m, err := b.start(ctx, spec)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (b *bridges) start(ctx context.Context, spec provider.Spec) (*member, error) {
	m := &member{b.provider.newNode(spec.Name), b, b.places[spec.Name]}
	m.network = b.client.name
	if err := m.node.start(ctx, m.request(spec), m.joinClients); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = append(b.nodes, m)
	return m, nil
}

// Dial implements provider.Network: nodes announce the addresses of their peers'
// network, which only they have.
func (b *bridges) Dial() drivers.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		b.mu.Lock()
		reached, err := b.reach(addr)
		b.mu.Unlock()
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, reached)
	}
}

// reach is where this machine reaches the node with a peer address.
func (b *bridges) reach(addr string) (string, error) {
	for _, m := range b.nodes {
		if net.JoinHostPort(m.place.peer.String(), port.Port()) == addr {
			return m.Addr(), nil
		}
	}
	return "", fmt.Errorf("no node of this deployment has the address %s", addr)
}

// Stop implements provider.Network.
func (b *bridges) Stop(ctx context.Context) error {
	b.mu.Lock()
	nodes := b.nodes
	b.mu.Unlock()
	errs := make([]error, len(nodes))
	var wg sync.WaitGroup
	for i, m := range nodes {
		wg.Go(func() { errs[i] = m.Stop(ctx) })
	}
	wg.Wait()
	for _, made := range []bridge{b.peer, b.client} {
		if made.name != "" {
			errs = append(errs, b.provider.engine.removeNetwork(ctx, made.name))
		}
	}
	return errors.Join(errs...)
}
