// Package given reaches a server that the user names by its address, a Redis of
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

// Provider hands out the one server at an address.
type Provider struct{ address Address }

// New returns the provider of a server at an address. The error is ErrUsage.
func New(text string) (*Provider, error) {
	a, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return &Provider{address: a}, nil
}

// Name returns "given".
func (p *Provider) Name() string { return "given" }

// About names the server, without the password, and says what is done to it.
func (p *Provider) About() string {
	return fmt.Sprintf("the server at %s: nothing of it is changed, and the keys of this run are removed at its end", p.address)
}

// Traits implements provider.Provider.
func (p *Provider) Traits() provider.Traits { return provider.Traits{Shared: true} }

// Start implements provider.Provider. Whether a server answers shows when the first
// client connects, by which every client is checked.
func (p *Provider) Start(_ context.Context, spec provider.Spec) (provider.Node, error) {
	if len(spec.Args) > 0 {
		return nil, fmt.Errorf("start %s: the server at %s cannot be configured, got %q", spec.Name, p.address, spec.Args)
	}
	return node{p.address}, nil
}

type node struct{ address Address }

// Addr implements provider.Node.
func (n node) Addr() string { return n.address.HostPort }

// Facts implements provider.Node.
func (n node) Facts() map[string]string {
	reached := "network, without encryption"
	if n.address.TLS != nil {
		reached = "network, TLS"
	}
	return map[string]string{"provider": "given", "address": n.address.String(), "reached_by": reached}
}

// Stop implements provider.Node: the server is not ours.
func (n node) Stop(context.Context) error { return nil }

// Endpoints implements provider.Guarded. TLS is a matter of dialling, so that every
// client gets it in the same way, and bytes are counted before they are encrypted.
func (n node) Endpoints() drivers.Endpoints {
	e := drivers.Endpoints{
		Addrs: []string{n.address.HostPort}, DB: n.address.DB,
		Username: n.address.Username, Password: n.address.Password,
	}
	if n.address.TLS != nil {
		e.Dial = n.dial
	}
	return e
}

// ErrHandshake: a server was reached, but TLS was not agreed upon.
var ErrHandshake = errors.New("TLS handshake")

func (n node) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	raw, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	secured := tls.Client(raw, n.address.TLS)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	return secured, nil
}
