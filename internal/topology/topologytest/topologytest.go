// Package topologytest is the suite that every provider of networks must pass: each
// topology of several nodes is started on real servers, broken by every power that
// its nodes have, and must heal.
package topologytest

import (
	"context"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// within bounds every wait. It only ends a test that would fail: what is waited for
// takes seconds, on an overloaded machine a few more.
const within = 90 * time.Second

// Run runs the suite. Its parts mostly wait, and so run side by side.
func Run(t *testing.T, with provider.Provider) {
	t.Run("sentinel", func(t *testing.T) { run(t, with, topology.Sentinel{}, hasten) })
	t.Run("cluster", func(t *testing.T) { run(t, with, topology.Cluster{}, nil) })
	t.Run("stops with its context", func(t *testing.T) { startCancelled(t, with) })
}

// deployment is one under test.
type deployment struct {
	topology.Deployment
}

func run(t *testing.T, with provider.Provider, what topology.Topology, prepare func(*testing.T, deployment)) {
	t.Parallel()
	began := time.Now()
	started, err := what.Start(t.Context(), with, topology.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", time.Since(began).Round(time.Millisecond))
	d := deployment{started}
	t.Cleanup(func() { _ = d.Stop(context.Background()) })
	if prepare != nil {
		prepare(t, d)
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T, deployment)
	}{
		{"is complete", complete}, {"pause", pause}, {"cut from clients", cutFromClients},
		{"cut from peers", cutFromPeers}, {"kill", kill}, {"stop", stop},
	} {
		if !t.Run(test.name, func(t *testing.T) { test.run(t, d) }) {
			return // what follows needs the deployment healthy
		}
	}
}

// hasten makes Sentinels look at their nodes more often than by default, where a
// healed primary is made a replica only after ten seconds.
func hasten(t *testing.T, d deployment) {
	for _, n := range d.Nodes() {
		if isSentinel(n) {
			ask(t, n, "SENTINEL", "DEBUG", "info-period", "300", "publish-period", "300", "ping-period", "200", "ask-period", "300")
		}
	}
}

// complete: what Start promises holds at its end.
func complete(t *testing.T, d deployment) {
	roles := map[string]int{}
	for _, n := range d.Nodes() {
		roles[role(t, n)]++
		if n.Facts()["server"] == "" {
			t.Errorf("facts of %s name no server: %v", n.Name, n.Facts())
		}
	}
	primaries := d.primaries(t)
	if roles["master"] != len(primaries) || len(d.Nodes()) != 6 {
		t.Errorf("%d primaries and nodes %v, want as many masters among six", len(primaries), roles)
	}
	if dial := d.Endpoints().Dial; dial != nil {
		for _, addr := range d.Endpoints().Addrs {
			c, err := dial(t.Context(), "tcp", addr)
			if err != nil {
				t.Fatalf("dial announced address: %v", err)
			}
			_ = c.Close()
		}
		if _, err := dial(t.Context(), "tcp", "192.0.2.1:6379"); err == nil {
			t.Error("an address that no node announces was dialled")
		}
	}
	p := d.primary(t)
	ask(t, p, "SET", key, "before")
	if r := ask(t, p, "WAIT", "1", "10000"); r.Int < 1 {
		t.Errorf("a write to %s was acknowledged by %d replicas", p.Name, r.Int)
	}
}

// pause: a paused node answers nothing, and goes on with what it had.
func pause(t *testing.T, d deployment) {
	n := d.replica(t)
	id := runID(t, n)
	heal, err := n.Node.(provider.Pauser).Pause(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if silent(t, n) {
		mend(t, heal)
	}
	if now := runID(t, n); now != id {
		t.Errorf("%s was started again: run id %s, before the pause %s", n.Name, now, id)
	}
	d.awaitHealthy(t)
}

// cutFromClients: clients lose the node and its peers keep it.
func cutFromClients(t *testing.T, d deployment) {
	p, n := d.primary(t), d.replica(t)
	heal, err := n.Node.(provider.ClientCutter).CutFromClients(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if silent(t, n) {
		if r := ask(t, p, "SET", key, "cut"); r.Text != "OK" {
			t.Errorf("SET answered %v", r)
		}
		if r := ask(t, p, "WAIT", "1", "10000"); r.Int < 1 {
			t.Error("the replica that was cut from clients does not hear its primary any more")
		}
		mend(t, heal)
	}
	runID(t, n)
	d.awaitHealthy(t)
}

// cutFromPeers: clients still reach the old primary while another one is promoted,
// and after the heal there is one.
func cutFromPeers(t *testing.T, d deployment) {
	old := d.primary(t)
	history := replication(t, old)["master_replid"]
	heal, err := old.Node.(provider.PeerCutter).CutFromPeers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	promoted := d.awaitPromotion(t, old)
	if r := role(t, old); r != "master" {
		t.Errorf("%s, cut from its peers, is %s while %s is promoted: want two primaries", old.Name, r, promoted.Name)
	}
	ask(t, promoted, "SET", key, "promoted")
	d.onlyOnce(t, promoted, history)
	mend(t, heal)
	d.awaitReplica(t, old)
}

// kill: another node takes over, and the killed one comes back as a replica.
func kill(t *testing.T, d deployment) {
	old := d.primary(t)
	history := replication(t, old)["master_replid"]
	heal, err := old.Node.(provider.Killer).Kill(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	promoted := d.awaitPromotion(t, old)
	d.onlyOnce(t, promoted, history)
	if r := ask(t, promoted, "GET", key); r.Text != "promoted" {
		t.Errorf("%s has %q, want what was written before the kill", promoted.Name, r.Text)
	}
	mend(t, heal)
	d.awaitReplica(t, old)
}

// stop: nothing answers any more, and a heal that comes late changes nothing.
func stop(t *testing.T, d deployment) {
	heal, err := d.primary(t).Node.(provider.Killer).Kill(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // Stop is idempotent
		if err := d.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mend(t, heal)
	for _, n := range d.Nodes() {
		if _, err := provider.Identify(t.Context(), n.Addr()); err == nil {
			t.Errorf("%s answers after Stop", n.Name)
		}
	}
}

// startCancelled: a start that is given up says so. That it leaves nothing behind
// is the provider's test, who knows what there could be.
func startCancelled(t *testing.T, with provider.Provider) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d, err := (topology.Cluster{}).Start(ctx, with, topology.Settings{}); err == nil {
		_ = d.Stop(context.Background())
		t.Error("started with a cancelled context")
	}
}
