package topologytest

import (
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// key is the one whose primary is broken.
const key = "rl{user}:test"

func isSentinel(n topology.Node) bool { return strings.HasPrefix(n.Name, "sentinel") }

func ask(t *testing.T, n topology.Node, cmd ...string) drivers.Reply {
	t.Helper()
	r, err := topology.Ask(t.Context(), n, cmd...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// role is "master", "slave" or "sentinel", as the node itself sees it.
func role(t *testing.T, n topology.Node) string {
	t.Helper()
	r := ask(t, n, "ROLE")
	if len(r.Items) == 0 {
		t.Fatalf("%s has no role: %v", n.Name, r)
	}
	return r.Items[0].Text
}

func replication(t *testing.T, n topology.Node) map[string]string {
	t.Helper()
	return provider.InfoFields(ask(t, n, "INFO", "replication").Text)
}

func runID(t *testing.T, n topology.Node) string {
	t.Helper()
	return provider.InfoFields(ask(t, n, "INFO", "server").Text)["run_id"]
}

func mend(t *testing.T, heal provider.Heal) {
	t.Helper()
	for range 2 { // a heal is idempotent
		if err := heal(); err != nil {
			t.Fatal(err)
		}
	}
}

// silent checks that a client gets no answer of the node.
func silent(t *testing.T, n topology.Node) bool {
	t.Helper()
	_, err := topology.Ask(t.Context(), n, "PING")
	if err == nil {
		t.Errorf("%s still answers", n.Name)
	}
	return err != nil
}

func (d deployment) primaries(t *testing.T) []topology.Node {
	t.Helper()
	list, err := d.Primaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (d deployment) primary(t *testing.T) topology.Node {
	t.Helper()
	p, err := d.Primary(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// replica is a replica of the key's primary.
func (d deployment) replica(t *testing.T) topology.Node {
	t.Helper()
	p := d.primary(t)
	for _, n := range d.Nodes() {
		if !isSentinel(n) && n.Name != p.Name && follows(replication(t, n), p) {
			return n
		}
	}
	t.Fatalf("%s has no replica", p.Name)
	return topology.Node{}
}

// follows says that INFO replication is that of a replica of p in sync.
func follows(info map[string]string, p topology.Node) bool {
	return info["role"] == "slave" && info["master_host"]+":"+info["master_port"] == p.PeerAddr && info["master_link_status"] == "up"
}

// awaitPromotion returns the node that serves the key instead of old.
func (d deployment) awaitPromotion(t *testing.T, old topology.Node) (promoted topology.Node) {
	t.Helper()
	began := time.Now()
	await(t, "a primary in place of "+old.Name, func() bool {
		p, err := d.Primary(t.Context(), key)
		promoted = p
		return err == nil && p.Name != old.Name
	})
	t.Logf("%s in place of %s after %s", promoted.Name, old.Name, time.Since(began).Round(time.Millisecond))
	return promoted
}

// onlyOnce checks that the promoted node goes on with the very history that the
// primary had: another failover in between would have left another one.
func (d deployment) onlyOnce(t *testing.T, promoted topology.Node, history string) {
	t.Helper()
	if got := replication(t, promoted)["master_replid2"]; got != history {
		t.Errorf("%s took over from history %s, want %s: not exactly one failover", promoted.Name, got, history)
	}
}

// awaitReplica waits until a healed node follows the only primary.
func (d deployment) awaitReplica(t *testing.T, healed topology.Node) {
	t.Helper()
	began := time.Now()
	await(t, healed.Name+" as a replica", func() bool {
		p, err := d.Primary(t.Context(), key)
		if err != nil || p.Name == healed.Name {
			return false
		}
		r, err := topology.Ask(t.Context(), healed, "INFO", "replication")
		return err == nil && follows(provider.InfoFields(r.Text), p)
	})
	t.Logf("%s is a replica after %s", healed.Name, time.Since(began).Round(time.Millisecond))
	d.awaitHealthy(t)
}

// awaitHealthy waits until the deployment is as after its start.
func (d deployment) awaitHealthy(t *testing.T) {
	t.Helper()
	var last error
	await(t, "a healthy deployment", func() bool {
		last = d.Ready(t.Context())
		return last == nil
	})
}

// await waits for a condition.
func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline := time.After(within)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
