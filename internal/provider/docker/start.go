package docker

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/rlbench/rlbench/internal/provider"
)

// createWithin bounds the making of a container, which takes half a second. A
// caller's context cannot cut it short: the engine would go on, and leave a
// container behind that nobody knows of.
const createWithin = time.Minute

// port is where the server listens inside of its container.
var port = network.MustParsePort("6379/tcp")

// errExited is the cause that ends the wait for a server whose container ended.
var errExited = errors.New("container exited")

// loopback is where published ports are: nobody else may use the servers.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// configPath is where a server finds its configuration, in the directory that it may
// write to in every image.
const configPath = workDir + "/redis.conf"

// Start implements provider.Provider. The node is alone on networks of its own, so that
// all can be done to it that can be done to one of several.
func (p *Provider) Start(ctx context.Context, spec provider.Spec) (provider.Node, error) {
	b, err := p.bridges(ctx, []string{spec.Name})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	m, err := b.start(ctx, spec)
	if err != nil {
		return nil, errors.Join(err, b.Stop(context.WithoutCancel(ctx)))
	}
	return alone{m}, nil
}

// alone is a node that takes its networks along.
type alone struct{ *member }

// Stop implements provider.Node.
func (a alone) Stop(ctx context.Context) error { return a.bridges.Stop(ctx) }

// newNode returns a node under a name that no other container has.
func (p *Provider) newNode(name string) *node {
	return &node{provider: p, name: fmt.Sprintf("rlbench-%s-%s", name, strings.ToLower(rand.Text()[:8]))}
}

// start makes the container, has it connected to what else it needs, starts it, and
// returns when its server answers. On error nothing is left behind.
func (n *node) start(ctx context.Context, r testcontainers.ContainerRequest, connect func(context.Context) error) error {
	err := n.run(context.WithoutCancel(ctx), r, connect)
	if err == nil {
		err = n.await(ctx)
	}
	if err != nil {
		return errors.Join(err, n.Stop(context.WithoutCancel(ctx)))
	}
	return nil
}

// run creates and starts the container.
func (n *node) run(ctx context.Context, r testcontainers.ContainerRequest, connect func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, createWithin)
	defer cancel()
	c, err := n.provider.create.CreateContainer(ctx, r)
	if err != nil {
		return fmt.Errorf("create container: %w", err)
	}
	if err := connect(ctx); err != nil {
		return err
	}
	if err := c.Start(ctx); err != nil {
		return fmt.Errorf("start container: %w", err)
	}
	return nil
}

// request describes the container. It passes options only, no program name: the
// entry points of the official images and of ours all take it so. DEBUG keeps a server busy;
// whoever uses it comes through a published port and is not local there.
func (n *node) request(spec provider.Spec) testcontainers.ContainerRequest {
	r := testcontainers.ContainerRequest{
		Name:         n.name,
		Image:        n.provider.image.name,
		Cmd:          append([]string{"--port", port.Port(), "--save", "", "--appendonly", "no", "--protected-mode", "no", "--enable-debug-command", "yes"}, spec.Args...),
		ExposedPorts: []string{port.String()},
		// Only our own labels: testcontainers adds some by which the reaper of
		// another test suite would take this container for one of its own.
		ConfigModifier: func(c *container.Config) { c.Labels = n.provider.labels },
	}
	if spec.Config != "" {
		r.Cmd = append([]string{configPath}, r.Cmd...)
		r.Files = []testcontainers.ContainerFile{{
			Reader: strings.NewReader(spec.Config), ContainerFilePath: configPath, FileMode: 0o666,
		}}
	}
	return r
}

// await returns when the server answers PING, and settles its address.
func (n *node) await(ctx context.Context) error {
	r, err := n.provider.engine.client.ContainerInspect(ctx, n.name, client.ContainerInspectOptions{})
	if err != nil {
		return fmt.Errorf("inspect container: %w", err)
	}
	published := r.Container.NetworkSettings.Ports[port]
	if len(published) == 0 {
		return n.whyExited(ctx)
	}
	n.addr = net.JoinHostPort("127.0.0.1", published[0].HostPort)
	if n.server, err = n.answer(ctx, n.addr); err != nil {
		return err
	}
	n.reached = "published port"
	direct := net.JoinHostPort(r.Container.NetworkSettings.Networks[n.network].IPAddress.String(), port.Port())
	if n.provider.route.reaches(ctx, direct, n.server) {
		n.addr, n.reached = direct, "container address"
	}
	return nil
}

// answer returns when the server answers PING at an address, or when its container
// has ended.
func (n *node) answer(ctx context.Context, addr string) (provider.Server, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go n.watch(ctx, cancel)
	s, err := provider.Await(ctx, addr)
	if errors.Is(err, errExited) {
		return s, n.whyExited(context.WithoutCancel(ctx))
	}
	return s, err
}

// watch cancels the wait when the container ends.
func (n *node) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	ended := n.provider.engine.client.ContainerWait(ctx, n.name, client.ContainerWaitOptions{
		Condition: container.WaitConditionNotRunning,
	})
	select {
	case <-ended.Result:
		cancel(errExited)
	case <-ended.Error:
	}
}

// whyExited quotes the end of the server's log.
func (n *node) whyExited(ctx context.Context) error {
	logs, err := n.provider.engine.client.ContainerLogs(ctx, n.name, client.ContainerLogsOptions{
		ShowStdout: true, ShowStderr: true, Tail: "5",
	})
	if err != nil {
		return fmt.Errorf("%w: read log: %w", errExited, err)
	}
	defer logs.Close()
	var text bytes.Buffer
	if _, err := stdcopy.StdCopy(&text, &text, logs); err != nil {
		return fmt.Errorf("%w: read log: %w", errExited, err)
	}
	return fmt.Errorf("%w: %s", errExited, bytes.TrimSpace(text.Bytes()))
}

// route says whether this machine reaches the containers' own addresses. The
// engine's proxy behind a published port costs half of the throughput, and not
// the same half for each client, so that all nodes of a run must be reached in
// one way: the first one decides.
type route struct {
	once   sync.Once
	direct bool
}

// reaches tries the address once. The run id tells the container's server from
// another one that has the same address in this machine's networks.
func (r *route) reaches(ctx context.Context, addr string, server provider.Server) bool {
	r.once.Do(func() {
		s, err := provider.Identify(ctx, addr)
		r.direct = err == nil && s.RunID == server.RunID
	})
	return r.direct
}
