package topology

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// Sentinel is one primary with two replicas, watched by three Sentinels.
type Sentinel struct{}

const (
	// primaryName is what the Sentinels call the primary.
	primaryName = "rlbench"
	servers     = 3
	sentinels   = 3
	// quorum is how many Sentinels must agree, and a majority of them.
	quorum = 2
	// downAfter is the silence after which a Sentinel thinks that a node is down: the
	// shortest that is usual in production, and five times the longest pause that a
	// busy machine of two cores was seen to make.
	downAfter = time.Second
	// failoverTimeout is the time after which a failover that did not end is tried
	// again.
	failoverTimeout = 6 * time.Second
)

// Name returns "sentinel".
func (Sentinel) Name() string { return "sentinel" }

// Start implements Topology.
func (t Sentinel) Start(ctx context.Context, with provider.Provider, settings Settings) (Deployment, error) {
	if g, ok := groupOf(with, drivers.Sentinel); ok {
		return joinSentinel(ctx, g)
	}
	if err := settings.Check(t.Name()); err != nil {
		return nil, fmt.Errorf("start sentinel: %w", err)
	}
	g, err := newGroup(ctx, with, settings, slices.Concat(numbered("redis", servers), numbered("sentinel", sentinels)))
	if err != nil {
		return nil, fmt.Errorf("start sentinel: %w", err)
	}
	d := &sentinel{g}
	if err = d.build(ctx); err != nil {
		err = fmt.Errorf("start sentinel: %w", err)
	}
	return g.orStop(ctx, d, err)
}

// build starts the servers, and the Sentinels when those replicate: a Sentinel that
// comes first may take a slow start for a failure.
func (d *sentinel) build(ctx context.Context) error {
	if err := d.start(ctx, d.serverSpecs()); err != nil {
		return err
	}
	replicate := func(ctx context.Context) error { return d.attached(ctx, d.nodes[0], servers-1) }
	if err := await(ctx, readyWithin, replicate); err != nil {
		return err
	}
	if err := d.start(ctx, d.sentinelSpecs()); err != nil {
		return err
	}
	return await(ctx, readyWithin, d.Ready)
}

// first is the primary to begin with. Nobody may rely on it later.
const first = "redis-1"

// serverSpecs gives each server a configuration file, in which Sentinels have it note
// its role: a primary that was promoted and is started again must not come back as a
// replica of the first, or those two would follow each other for ever.
func (d *sentinel) serverSpecs() (specs []provider.Spec) {
	host, port := d.hostPort(first)
	for _, name := range numbered("redis", servers) {
		config := "# the role is noted here\n"
		if name != first {
			config += "replicaof " + host + " " + port + "\n"
		}
		specs = append(specs, provider.Spec{Name: name, Args: d.replication(name), Config: config})
	}
	return specs
}

func (d *sentinel) sentinelSpecs() (specs []provider.Spec) {
	names := numbered("sentinel", sentinels)
	ids := make(map[string]string)
	for _, name := range names {
		ids[name] = randomID()
	}
	for _, name := range names {
		specs = append(specs, provider.Spec{Name: name, Args: []string{"--sentinel"}, Config: d.watch(name, ids)})
	}
	return specs
}

// randomID has the form of a node's run id.
func randomID() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b[:])
}

// watch is the configuration of a Sentinel. It lists the replicas and the other
// Sentinels, which it would find by itself, but ten seconds later.
func (d *sentinel) watch(name string, ids map[string]string) string {
	var b strings.Builder
	line := func(words ...string) { b.WriteString("sentinel " + strings.Join(words, " ") + "\n") }
	host, port := d.hostPort(name)
	line("myid", ids[name])
	line("announce-ip", host)
	line("announce-port", port)
	host, port = d.hostPort(first)
	line("monitor", primaryName, host, port, strconv.Itoa(quorum))
	line("down-after-milliseconds", primaryName, milliseconds(downAfter))
	line("failover-timeout", primaryName, milliseconds(failoverTimeout))
	line("parallel-syncs", primaryName, strconv.Itoa(servers-1))
	for _, other := range numbered("redis", servers)[1:] {
		host, port := d.hostPort(other)
		line("known-replica", primaryName, host, port)
	}
	for _, other := range numbered("sentinel", sentinels) {
		if other != name {
			host, port := d.hostPort(other)
			line("known-sentinel", primaryName, host, port, ids[other])
		}
	}
	return b.String()
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// sentinel is a running deployment.
type sentinel struct{ *group }

// Endpoints are the Sentinels.
func (d *sentinel) Endpoints() drivers.Endpoints {
	at := drivers.Endpoints{Mode: drivers.Sentinel, Primary: primaryName, Dial: d.network.Dial()}
	for _, n := range d.watchers() {
		at.Addrs = append(at.Addrs, n.PeerAddr)
	}
	return at
}

func (d *sentinel) watchers() []Node { return d.nodes[servers:] }

// Primaries implements Deployment.
func (d *sentinel) Primaries(ctx context.Context) ([]Node, error) {
	n, err := d.Primary(ctx, "")
	if err != nil {
		return nil, err
	}
	return []Node{n}, nil
}

// Primary implements Deployment: the node that a majority of the Sentinels names,
// if it knows that it is one.
func (d *sentinel) Primary(ctx context.Context, _ string) (Node, error) {
	votes := make(map[string]int)
	var silent []error
	for _, w := range d.watchers() {
		r, err := Ask(ctx, w, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", primaryName)
		if err != nil || len(r.Items) != 2 {
			silent = append(silent, err)
			continue
		}
		addr := r.Items[0].Text + ":" + r.Items[1].Text
		if votes[addr]++; votes[addr] == quorum {
			return d.confirmed(ctx, addr)
		}
	}
	return Node{}, errors.Join(append([]error{fmt.Errorf("the sentinels do not agree on a primary: %v", votes)}, silent...)...)
}

// confirmed returns the node at an address, if it takes itself for the primary too.
func (d *sentinel) confirmed(ctx context.Context, addr string) (Node, error) {
	n, err := d.at(addr)
	if err != nil {
		return Node{}, err
	}
	if err := takesItselfForPrimary(ctx, n); err != nil {
		return Node{}, err
	}
	return n, nil
}

// takesItselfForPrimary says why a node that others name as a primary is none, or nil.
func takesItselfForPrimary(ctx context.Context, n Node) error {
	r, err := Ask(ctx, n, "ROLE")
	if err != nil {
		return err
	}
	if len(r.Items) == 0 || r.Items[0].Text != "master" {
		return fmt.Errorf("the others name %s, which does not take itself for a primary", n.Name)
	}
	return nil
}

// Ready implements Deployment: every replica is in sync,
// and every Sentinel sees the primary, both replicas and both other Sentinels.
func (d *sentinel) Ready(ctx context.Context) error {
	p, err := d.Primary(ctx, "")
	if err != nil {
		return err
	}
	if err := d.attached(ctx, p, servers-1); err != nil {
		return err
	}
	for _, w := range d.watchers() {
		if err := watches(ctx, w, p); err != nil {
			return err
		}
	}
	return nil
}

// watches says what a Sentinel does not see, or nil.
func watches(ctx context.Context, w, primary Node) error {
	r, err := Ask(ctx, w, "SENTINEL", "MASTER", primaryName)
	if err != nil {
		return err
	}
	f := r.Pairs()
	if addr := f["ip"] + ":" + f["port"]; addr != primary.PeerAddr || f["flags"] != "master" {
		return fmt.Errorf("%s sees the primary at %s as %s", w.Name, addr, f["flags"])
	}
	if err := sees(ctx, w, "REPLICAS", "slave", servers-1); err != nil {
		return err
	}
	return sees(ctx, w, "SENTINELS", "sentinel", sentinels-1)
}

// sees asks for one of a Sentinel's lists: count nodes without any flag besides
// their kind, such as s_down or disconnected.
func sees(ctx context.Context, w Node, list, kind string, count int) error {
	r, err := Ask(ctx, w, "SENTINEL", list, primaryName)
	if err != nil {
		return err
	}
	healthy := 0
	for _, item := range r.Items {
		if f := item.Pairs(); f["flags"] == kind && (kind != "slave" || f["master-link-status"] == "ok") {
			healthy++
		}
	}
	if healthy != count || len(r.Items) != count {
		return fmt.Errorf("%s sees %d of %d healthy %s", w.Name, healthy, count, strings.ToLower(list))
	}
	return nil
}
