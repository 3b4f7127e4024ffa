// Package embedded runs an imitation of Redis inside this process: the provider of
// last resort, for a machine that has neither containers nor a redis-server. What
// it shows is how rlbench works, not how Redis does.
package embedded

import (
	"context"
	"fmt"

	"github.com/alicebob/miniredis/v2"

	"github.com/rlbench/rlbench/internal/provider"
)

// Provider starts miniredis servers.
type Provider struct{ why string }

// New returns the provider. why ends the sentence of About.
func New(why string) *Provider { return &Provider{why: why} }

// Name returns "embedded".
func (p *Provider) Name() string { return "embedded" }

// About begins with what must not be overlooked.
func (p *Provider) About() string {
	return "not a real Redis: miniredis inside this process, no evidence: " + p.why
}

// Traits implements provider.Provider.
func (p *Provider) Traits() provider.Traits { return provider.Traits{InProcess: true} }

// Start implements provider.Provider. The imitation has no settings, so that a spec
// with arguments is refused rather than ignored.
func (p *Provider) Start(_ context.Context, spec provider.Spec) (provider.Node, error) {
	if len(spec.Args) > 0 {
		return nil, fmt.Errorf("start %s: an embedded server takes no arguments, got %q", spec.Name, spec.Args)
	}
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	keepTime(server)
	return &node{server: server, addr: server.Addr()}, nil
}

// node is one server and its address, which the server forgets when it stops.
type node struct {
	server *miniredis.Miniredis
	addr   string
}

// Addr implements provider.Node.
func (n *node) Addr() string { return n.addr }

// Facts implements provider.Node.
func (n *node) Facts() map[string]string {
	return map[string]string{"provider": "embedded", "server": "miniredis", "reached_by": "loopback"}
}

// Stop implements provider.Node.
func (n *node) Stop(context.Context) error {
	n.server.Close()
	return nil
}
