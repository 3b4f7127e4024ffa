// Package given reaches servers that the user names by their address, a Redis of
// somebody else's. It starts, stops, configures and flushes nothing: a run adds keys
// of its own names and removes them afterwards, which is the engine's work.
package given

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// Provider hands out the one server at an address, or the members of a group.
type Provider struct{ address Address }

// New returns the provider of what is at an address. The error is ErrUsage.
func New(text string) (*Provider, error) {
	a, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return &Provider{address: a}, nil
}

// Name returns "given".
func (p *Provider) Name() string { return "given" }

// About names the address, without the password, and says what is done there.
func (p *Provider) About() string {
	if p.address.At.Mode != drivers.Standalone {
		return fmt.Sprintf("the servers at %s: nothing of them is changed, and the keys of this run are removed at its end", p.address)
	}
	return fmt.Sprintf("the server at %s: nothing of it is changed, and the keys of this run are removed at its end", p.address)
}

// Traits implements provider.Provider.
func (p *Provider) Traits() provider.Traits { return provider.Traits{Shared: true} }

// Start implements provider.Provider, for an address of one server. Whether it
// answers shows when the first client connects, by which every client is checked.
func (p *Provider) Start(_ context.Context, spec provider.Spec) (provider.Node, error) {
	switch {
	case p.address.At.Mode != drivers.Standalone:
		return nil, fmt.Errorf("start %s: %s is a group of servers, to which none can be added", spec.Name, p.address)
	case len(spec.Args) > 0:
		return nil, fmt.Errorf("start %s: the server at %s cannot be configured, got %q", spec.Name, p.address, spec.Args)
	}
	return node{p.address, p.Endpoints(), p.address.String()}, nil
}

// Endpoints implements provider.Group. TLS is a matter of dialling, so that every
// client gets it in the same way, and bytes are counted before they are encrypted.
func (p *Provider) Endpoints() drivers.Endpoints {
	at := p.address.At
	if p.address.TLS != nil {
		at.Dial = p.address.dial
	}
	return at
}

// Server implements provider.Group.
func (p *Provider) Server(addr string) provider.Node {
	all := p.Endpoints()
	return p.member(addr, drivers.Endpoints{Username: all.Username, Password: all.Password, DB: all.DB, Dial: all.Dial})
}

// Watcher implements provider.Group.
func (p *Provider) Watcher(addr string) provider.Node {
	all := p.Endpoints()
	return p.member(addr, drivers.Endpoints{Username: all.SentinelUsername, Password: all.SentinelPassword, Dial: all.Dial})
}

func (p *Provider) member(addr string, at drivers.Endpoints) provider.Node {
	at.Addrs = []string{addr}
	return node{p.address, at, addr}
}

// node is one server.
type node struct {
	address Address
	at      drivers.Endpoints // of this one alone
	shown   string            // where it is, without a password
}

// Addr implements provider.Node.
func (n node) Addr() string { return n.at.Addrs[0] }

// Facts implements provider.Node.
func (n node) Facts() map[string]string {
	reached := "network, without encryption"
	if n.address.TLS != nil {
		reached = "network, TLS"
	}
	return map[string]string{"provider": "given", "address": n.shown, "reached_by": reached}
}

// Stop implements provider.Node: the server is not ours.
func (n node) Stop(context.Context) error { return nil }

// Endpoints implements provider.Guarded.
func (n node) Endpoints() drivers.Endpoints { return n.at }

// ErrHandshake: a server was reached, but TLS was not agreed upon.
var ErrHandshake = errors.New("TLS handshake")

func (a Address) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	raw, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	secured := tls.Client(raw, a.configFor(addr))
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	return secured, nil
}

// configFor expects the certificate of the host that is dialled, unless all servers
// have one of the same name.
func (a Address) configFor(addr string) *tls.Config {
	if a.TLS.ServerName != "" {
		return a.TLS
	}
	c := a.TLS.Clone()
	c.ServerName, _, _ = net.SplitHostPort(addr)
	return c
}
