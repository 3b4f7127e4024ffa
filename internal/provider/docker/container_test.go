package docker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/owner"
)

// engineProvider skips where no engine answers. TestMain has seen to the image.
func engineProvider(t *testing.T) *Provider {
	t.Helper()
	p, err := New(t.Context(), "", "a test asked for it")
	if errors.Is(err, provider.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *Provider) startFor(t *testing.T) *node {
	t.Helper()
	n, err := p.Start(t.Context(), provider.Spec{Name: "redis-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Stop(context.Background()) })
	return n.(alone).node
}

// containers lists the names of p's containers, running or not.
func (p *Provider) containers(t *testing.T) []string {
	t.Helper()
	all, err := p.engine.client.ContainerList(t.Context(), client.ContainerListOptions{
		All:     true,
		Filters: ours().Add("label", LabelOwner+"="+p.labels[LabelOwner]),
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range all.Items {
		names = append(names, nameOf(c))
	}
	return names
}

func TestContainerCarriesOnlyOurLabels(t *testing.T) {
	p := engineProvider(t)
	n := p.startFor(t)
	r, err := p.engine.client.ContainerInspect(t.Context(), n.name, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for label := range r.Container.Config.Labels {
		if strings.HasPrefix(label, "org.testcontainers") {
			t.Errorf("label %s lets another program's reaper remove the container", label)
		}
	}
	o, err := owner.Parse(r.Container.Config.Labels[LabelOwner])
	if self, _ := owner.Self(); err != nil || o != self {
		t.Errorf("owner label names %v, %v; want this process %v", o, err, self)
	}
}

// A failed start quotes the server and leaves nothing behind.
func TestStartSaysWhyTheServerExited(t *testing.T) {
	p := engineProvider(t)
	_, err := p.Start(t.Context(), provider.Spec{Name: "redis-1", Args: []string{"--no-such-option", "1"}})
	if err == nil || !strings.Contains(err.Error(), "no-such-option") {
		t.Errorf("start with an unknown option: %v", err)
	}
	if left := p.containers(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	p := engineProvider(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Start(ctx, provider.Spec{Name: "redis-1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("start with a cancelled context: %v", err)
	}
	if left := p.containers(t); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Where the containers' own addresses cannot be reached, as on macOS, the
// published port is used.
func TestPublishedPort(t *testing.T) {
	p := engineProvider(t)
	p.route.once.Do(func() {}) // settled: not direct
	n := p.startFor(t)
	s, err := provider.Identify(t.Context(), n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if s.RunID != n.server.RunID || !strings.HasPrefix(n.Addr(), "127.0.0.1:") || n.reached != "published port" {
		t.Errorf("server %+v at %s by %s", s, n.Addr(), n.reached)
	}
}

// Another server with the address of the container must not be taken for it.
func TestRouteComparesServers(t *testing.T) {
	p := engineProvider(t)
	n := p.startFor(t)
	var r route
	if r.reaches(t.Context(), n.Addr(), provider.Server{RunID: "another"}) {
		t.Error("the address of another server counts as the container's")
	}
}

func TestStopRemovesAPausedContainer(t *testing.T) {
	p := engineProvider(t)
	n := p.startFor(t)
	pause(t, n)
	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := p.containers(t); slices.Contains(left, n.name) {
		t.Errorf("%s is there after Stop", n.name)
	}
}

func pause(t *testing.T, n *node) {
	t.Helper()
	if _, err := n.provider.engine.client.ContainerPause(t.Context(), n.name, client.ContainerPauseOptions{}); err != nil {
		t.Fatal(err)
	}
}

// ownedBy returns a copy of p whose containers carry another owner's label.
func (p *Provider) ownedBy(o owner.Owner) *Provider {
	return &Provider{engine: p.engine, image: p.image, create: p.create, labels: labels(o)}
}

func TestReapRemovesOnlyWhatDeadOwnersLeft(t *testing.T) {
	p := engineProvider(t)
	self, err := owner.Self()
	if err != nil {
		t.Fatal(err)
	}
	dead := p.ownedBy(owner.Owner{PID: self.PID, Start: self.Start + "1", Boot: self.Boot})
	sharing := p.ownedBy(owner.Owner{PID: 1, Start: "1", Boot: "another"})
	running, paused := dead.startFor(t), dead.startFor(t)
	living, elsewhere := p.startFor(t), sharing.startFor(t)
	pause(t, paused)
	networks := []string{dead.network(t, "dead"), p.network(t, "living")}

	containers, removed, err := p.engine.Reap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []*node{running, paused} {
		if !slices.Contains(containers, n.name) || slices.Contains(dead.containers(t), n.name) {
			t.Errorf("%s of a dead owner was not removed", n.name)
		}
	}
	for _, n := range []*node{living, elsewhere} {
		if _, err := provider.Identify(t.Context(), n.Addr()); err != nil {
			t.Errorf("server of a living owner: %v", err)
		}
	}
	if !slices.Contains(removed, networks[0]) || slices.Contains(removed, networks[1]) {
		t.Errorf("removed networks %v of %v, want the first alone", removed, networks)
	}
}

// network makes a labelled network, which the test's end removes.
func (p *Provider) network(t *testing.T, name string) string {
	t.Helper()
	c := p.engine.client
	name = "rlbench-test-" + name + "-" + strings.ReplaceAll(t.Name(), "/", "-")
	if _, err := c.NetworkCreate(t.Context(), name, client.NetworkCreateOptions{Labels: p.labels}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := c.NetworkRemove(context.Background(), name, client.NetworkRemoveOptions{})
		if err != nil && !cerrdefs.IsNotFound(err) {
			t.Error(err)
		}
	})
	return name
}
