package fault

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/topology"
)

const (
	// key is the one whose primary is hit.
	key = "rl{user}:test"
	// deadline is that of every operation of the client.
	deadline = time.Second
)

// deployment is one under test, with a client whose connections are links.
type deployment struct {
	topology.Deployment
	links *Links
	conn  drivers.Conn
}

func start(t *testing.T, what topology.Topology, with drivers.Driver) deployment {
	t.Helper()
	return startSet(t, what, with, topology.Settings{})
}

// startSet starts servers with settings.
func startSet(t *testing.T, what topology.Topology, with drivers.Driver, settings topology.Settings) deployment {
	t.Helper()
	p, err := local.New(t.Context(), "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	d, err := what.Start(t.Context(), p, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Stop(context.Background()) })
	made := deployment{Deployment: d, links: new(Links)}
	at := d.Endpoints()
	at.Dial = made.links.Dial(at.Dial)
	if made.conn, err = with.Open(t.Context(), at, drivers.Clients(4)[0]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = made.conn.Close() })
	return made
}

// test is one part of a deployment's tests.
type test struct {
	name string
	run  func(*testing.T, deployment)
}

// each runs tests one after the other; each leaves the deployment healthy.
func (d deployment) each(t *testing.T, tests []test) {
	for _, one := range tests {
		if !t.Run(one.name, func(t *testing.T) { one.run(t, d) }) {
			return
		}
	}
}

func (d deployment) target() Target {
	return Target{Deployment: d.Deployment, Key: key, Links: d.links}
}

// inject injects a fault that is undone when the test ends, at the latest.
func (d deployment) inject(t *testing.T, f Fault) Injected {
	t.Helper()
	began := time.Now()
	in, err := f.Inject(t.Context(), d.target())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %s in effect after %s", f.Name(), in.Node, time.Since(began).Round(time.Millisecond))
	if in.Heal != nil {
		t.Cleanup(func() { _ = in.Heal() })
	}
	return in
}

// mend heals a fault, again to no effect.
func (in Injected) mend(t *testing.T) {
	t.Helper()
	for range 2 {
		if err := in.Heal(); err != nil {
			t.Fatal(err)
		}
	}
}

// do sends one command as the client.
func (d deployment) do(t *testing.T, cmd ...string) (drivers.Reply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	return d.conn.Do(ctx, cmd...)
}

// refused checks that the client gets no answer, and what it can know.
func (d deployment) refused(t *testing.T, want drivers.Class, cmd ...string) {
	t.Helper()
	r, err := d.do(t, cmd...)
	if err == nil || drivers.ClassOf(err) != want {
		t.Errorf("%v answered %v, %v of class %s, want an error of class %s", cmd, r, err, drivers.ClassOf(err), want)
	}
}

// awaitDo repeats a command as the client until it succeeds.
func (d deployment) awaitDo(t *testing.T, cmd ...string) (reply drivers.Reply) {
	t.Helper()
	await(t, "an answer", func() (err error) {
		reply, err = d.do(t, cmd...)
		return err
	})
	return reply
}

func (d deployment) awaitReady(t *testing.T) {
	t.Helper()
	await(t, "a healthy deployment", func() error { return d.Ready(t.Context()) })
}

func (d deployment) primary(t *testing.T) topology.Node {
	t.Helper()
	n, err := d.Primary(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// awaitPromotion returns the node that serves the key instead of old.
func (d deployment) awaitPromotion(t *testing.T, old topology.Node) (promoted topology.Node) {
	t.Helper()
	await(t, "a promotion", func() error {
		n, err := d.Primary(t.Context(), key)
		if promoted = n; err == nil && n.Name == old.Name {
			err = errors.New(n.Name + " is still the primary")
		}
		return err
	})
	return promoted
}

// ask sends a command to a node, past all faults of the clients.
func ask(t *testing.T, n topology.Node, cmd ...string) drivers.Reply {
	t.Helper()
	r, err := topology.Ask(t.Context(), n, cmd...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// field is one of INFO.
func field(t *testing.T, n topology.Node, name string) string {
	t.Helper()
	return provider.InfoFields(ask(t, n, "INFO", "everything").Text)[name]
}

// await waits until a condition has no error.
func await(t *testing.T, what string, met func() error) {
	t.Helper()
	limit := time.After(soon)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for err := met(); err != nil; err = met() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited in vain for %s: %v", what, err)
		}
	}
}

// awaitCount waits until a counter has a value at the node.
func awaitCount(t *testing.T, n topology.Node, want string) {
	t.Helper()
	await(t, "the count "+want, func() error {
		if got := ask(t, n, "GET", key).Text; got != want {
			return errors.New("it is " + got)
		}
		return nil
	})
}
