package docker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/rlbench/rlbench/internal/provider"
)

// member is a node on the two networks of a deployment.
type member struct {
	*node
	bridges *bridges
	place   place
}

// request adds what makes the node's place to the description of its container: its
// network of peers, to which the other is joined later, and its published port.
func (m *member) request(spec provider.Spec) testcontainers.ContainerRequest {
	r := m.node.request(spec)
	peer := m.bridges.peer.name
	r.Networks = []string{peer}
	r.EndpointSettingsModifier = func(s map[string]*network.EndpointSettings) { s[peer] = endpoint(m.place.peer) }
	r.HostConfigModifier = func(h *container.HostConfig) {
		h.NetworkMode = container.NetworkMode(peer)
		h.PortBindings = network.PortMap{port: {{HostIP: loopback, HostPort: m.place.published}}}
	}
	return r
}

func endpoint(addr netip.Addr) *network.EndpointSettings {
	return &network.EndpointSettings{IPAMConfig: &network.EndpointIPAMConfig{IPv4Address: addr}}
}

func (m *member) joinClients(ctx context.Context) error {
	return m.join(ctx, m.bridges.client, m.place.client)
}

// join puts the node into a network, at its place. A node that is not there any more
// needs none.
func (m *member) join(ctx context.Context, b bridge, addr netip.Addr) error {
	_, err := m.provider.engine.client.NetworkConnect(ctx, b.name, client.NetworkConnectOptions{
		Container: m.name, EndpointConfig: endpoint(addr),
	})
	if err != nil && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("connect to network %s: %w", b.name, err)
	}
	return nil
}

// leave takes the node out of a network. Packets on their way are lost, and its
// connections there stay open and silent.
func (m *member) leave(ctx context.Context, b bridge, addr netip.Addr) (provider.Heal, error) {
	_, err := m.provider.engine.client.NetworkDisconnect(ctx, b.name, client.NetworkDisconnectOptions{Container: m.name})
	if err != nil {
		return nil, fmt.Errorf("disconnect from network %s: %w", b.name, err)
	}
	return healing(func(ctx context.Context) error { return m.join(ctx, b, addr) }), nil
}

// healing makes a Heal of an action.
func healing(action func(context.Context) error) provider.Heal {
	return sync.OnceValue(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), createWithin)
		defer cancel()
		return action(ctx)
	})
}

// CutFromPeers implements provider.PeerCutter.
func (m *member) CutFromPeers(ctx context.Context) (provider.Heal, error) {
	return m.leave(ctx, m.bridges.peer, m.place.peer)
}

// CutFromClients implements provider.ClientCutter.
func (m *member) CutFromClients(ctx context.Context) (provider.Heal, error) {
	return m.leave(ctx, m.bridges.client, m.place.client)
}

// Kill implements provider.Killer.
func (m *member) Kill(ctx context.Context) (provider.Heal, error) {
	_, err := m.provider.engine.client.ContainerKill(ctx, m.name, client.ContainerKillOptions{Signal: "KILL"})
	if err != nil && !cerrdefs.IsConflict(err) { // it has ended by itself
		return nil, fmt.Errorf("kill container: %w", err)
	}
	return healing(m.restart), nil
}

// restart starts the container again. Its addresses are fixed, so that clients find
// it where it was.
func (m *member) restart(ctx context.Context) error {
	_, err := m.provider.engine.client.ContainerStart(ctx, m.name, client.ContainerStartOptions{})
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	if err == nil {
		_, err = m.answer(ctx, m.addr)
	}
	if err != nil {
		return fmt.Errorf("restart container: %w", err)
	}
	return nil
}

// Pause implements provider.Pauser.
func (n *node) Pause(ctx context.Context) (provider.Heal, error) {
	engine := n.provider.engine.client
	if _, err := engine.ContainerPause(ctx, n.name, client.ContainerPauseOptions{}); err != nil {
		return nil, fmt.Errorf("pause container: %w", err)
	}
	return healing(func(ctx context.Context) error {
		_, err := engine.ContainerUnpause(ctx, n.name, client.ContainerUnpauseOptions{})
		if err != nil && !cerrdefs.IsNotFound(err) {
			return fmt.Errorf("resume container: %w", err)
		}
		return nil
	}), nil
}

// Published ports are chosen from a range that the kernel gives to no outgoing
// connection, or one of those might have taken a node's port while it is down.
const (
	lowestPort  = 20000
	highestPort = 32000
	portTries   = 1000
)

// freePorts returns ports of this machine on which nobody listens.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range portTries {
		if len(ports) == n {
			return ports, nil
		}
		p := strconv.Itoa(lowestPort + rand.IntN(highestPort-lowestPort))
		l, err := net.Listen("tcp", net.JoinHostPort(loopback.String(), p))
		if err != nil {
			continue
		}
		defer l.Close() // held until all are chosen, so that none is chosen twice
		ports = append(ports, p)
	}
	return nil, errors.New("find free ports: none between " + strconv.Itoa(lowestPort) + " and " + strconv.Itoa(highestPort))
}
