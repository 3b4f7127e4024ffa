// Package docker runs servers in containers of the Docker Engine of this
// machine. It is the only home of testcontainers-go and of the engine's client.
//
// Every container carries the labels Label and LabelOwner; Reap removes those
// whose owner is dead. testcontainers' own reaper is switched off: its image
// needs a registry, and its session id is shared by programs that run side by
// side, so that one could remove the containers of the other.
package docker

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/owner"
)

// Provider starts containers of one image.
type Provider struct {
	engine *Engine
	image  image
	why    string
	labels map[string]string
	create *testcontainers.DockerProvider
	route  route
}

// New returns a provider of containers of the named image, or of the default one
// if name is empty, and makes sure that the image is present. why ends the
// sentence of About. Errors are ErrNoEngine and ErrNoImage.
func New(ctx context.Context, name, why string) (*Provider, error) {
	e, err := Connect(ctx)
	if err != nil {
		return nil, err
	}
	img, err := e.obtain(ctx, name)
	if err != nil {
		return nil, err
	}
	self, err := owner.Self()
	if err != nil {
		return nil, err
	}
	create, err := creator(e)
	if err != nil {
		return nil, err
	}
	return &Provider{engine: e, image: img, why: why, labels: labels(self), create: create}, nil
}

// settle makes testcontainers quiet, and keeps it from starting its reaper and
// from looking for an engine elsewhere. It reads these variables once, at first
// use, and has no other way to be told.
var settle = sync.OnceFunc(func() {
	tclog.SetDefault(tclog.NewNoopLogger())
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
})

// creator returns the part of testcontainers that makes containers, bound to the
// same engine as the rest of this package.
func creator(e *Engine) (*testcontainers.DockerProvider, error) {
	settle()
	p, err := testcontainers.NewDockerProvider(testcontainers.WithDefaultBridgeNetwork(testcontainers.Bridge))
	if err != nil {
		return nil, fmt.Errorf("create containers: %w", err)
	}
	p.SetClient(e.client)
	return p, nil
}

// Name returns "docker".
func (p *Provider) Name() string { return "docker" }

// Traits implements provider.Provider.
func (p *Provider) Traits() provider.Traits { return provider.Traits{} }

// About names the image, the engine and the reason for the choice.
func (p *Provider) About() string {
	about := fmt.Sprintf("containers of %s on Docker Engine %s: %s", p.image.name, p.engine.Version, p.why)
	if p.image.note != "" {
		about += "; " + p.image.note
	}
	return about
}
