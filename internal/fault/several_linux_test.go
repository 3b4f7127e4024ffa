package fault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/topology"
)

func TestSentinel(t *testing.T) {
	t.Parallel()
	d := start(t, topology.Sentinel{}, goredis.Driver{})
	for _, n := range d.Nodes() {
		if strings.HasPrefix(n.Name, "sentinel") { // by default an old primary is made a replica after ten seconds
			ask(t, n, "SENTINEL", "DEBUG", "info-period", "300", "publish-period", "300", "ping-period", "200", "ask-period", "300")
		}
	}
	d.each(t, []test{
		{"cut-clients", cutOffFromPrimary}, {"cut-replica", stale}, {"promote", promoted}, {"restart-empty", emptiedWithReplicas}, {"trap-client", trapped},
	})
}

func TestCluster(t *testing.T) {
	t.Parallel()
	start(t, topology.Cluster{}, goredis.Driver{}).each(t, []test{
		{"reshard", resharded}, {"reshard in vain", reshardedInVain}, {"promote", promoted},
		{"restart-empty", emptiedWithReplicas}, {"cut-peers", cutFromPeers},
	})
}

// emptiedWithReplicas: the primary stays the primary, and its replicas follow it into
// emptiness.
func emptiedWithReplicas(t *testing.T, d deployment) {
	old := d.primary(t)
	d.awaitDo(t, "SET", key, "1")
	id := field(t, old, "run_id")
	d.inject(t, RestartEmpty{})
	if now := d.primary(t); now.Name != old.Name || field(t, now, "run_id") == id {
		t.Errorf("%s serves the key, started again: %t, want %s, started again", now.Name, field(t, now, "run_id") != id, old.Name)
	}
	d.awaitReady(t)
	if now := d.primary(t); now.Name != old.Name {
		t.Errorf("%s was promoted in place of %s", now.Name, old.Name)
	}
	if r := d.awaitDo(t, "GET", key); !r.IsNil() {
		t.Errorf("GET answers %v after a restart without data", r)
	}
	for _, n := range d.Nodes() {
		if f := field(t, n, "master_host"); f != "" && strings.HasPrefix(old.PeerAddr, f+":") && ask(t, n, "DBSIZE").Int != 0 {
			t.Errorf("%s still has keys of a primary that has none", n.Name)
		}
	}
}

// cutOffFromPrimary: clients lose the primary, and nobody is promoted for it. What
// they sent arrives when the kernel sends it again.
func cutOffFromPrimary(t *testing.T, d deployment) {
	old := d.primary(t)
	d.awaitDo(t, "SET", key, "1")
	in := d.inject(t, CutClients{})
	d.refused(t, drivers.Unknown, "INCR", key)
	following := 0
	for _, n := range d.Nodes() {
		if n.Name != old.Name && field(t, n, "master_link_status") == "up" {
			following++
		}
	}
	if following != 2 {
		t.Errorf("%d replicas follow a primary that is cut off from clients, want 2", following)
	}
	in.mend(t)
	awaitCount(t, old, "2")
	if now := d.primary(t); now.Name != old.Name {
		t.Errorf("%s was promoted in place of %s", now.Name, old.Name)
	}
	d.awaitReady(t)
}

// stale: a replica answers what was true before it was cut off, nobody is promoted, and
// it catches up.
func stale(t *testing.T, d deployment) {
	old := d.primary(t)
	d.awaitDo(t, "SET", key, "1")
	replica, err := topology.Replica(t.Context(), d, key)
	if err != nil {
		t.Fatal(err)
	}
	awaitCount(t, replica, "1")
	in := d.inject(t, CutReplica{})
	if in.Node != replica.Name {
		t.Errorf("%s was cut off, want %s", in.Node, replica.Name)
	}
	d.awaitDo(t, "SET", key, "2")
	if got := ask(t, replica, "GET", key).Text; got != "1" {
		t.Errorf("the replica that is cut off answers %q, want what was true before", got)
	}
	in.mend(t)
	awaitCount(t, replica, "2")
	if now := d.primary(t); now.Name != old.Name {
		t.Errorf("%s was promoted in place of %s", now.Name, old.Name)
	}
	d.awaitReady(t)
}

// promoted: another node goes on with the very history of the old primary.
func promoted(t *testing.T, d deployment) {
	old := d.primary(t)
	d.awaitDo(t, "SET", key, "1")
	history := field(t, old, "master_replid")
	if in := d.inject(t, Promote{}); in.Heal != nil || in.Node != old.Name {
		t.Errorf("injected %+v, want one that is over, on %s", in, old.Name)
	}
	now := d.primary(t)
	if now.Name == old.Name {
		t.Fatalf("%s is still the primary", old.Name)
	}
	if got := field(t, now, "master_replid2"); got != history {
		t.Errorf("%s took over from history %s, want %s: not exactly one promotion", now.Name, got, history)
	}
	d.awaitReady(t)
	if got := ask(t, now, "GET", key).Text; got != "1" {
		t.Errorf("%s has %q, want what was written before", now.Name, got)
	}
	d.awaitDo(t, "SET", key, "2")
	awaitCount(t, now, "2")
}

// trapped: the client writes to a primary that was replaced, and its writes are lost.
func trapped(t *testing.T, d deployment) {
	old := d.primary(t)
	d.awaitDo(t, "SET", key, "0")
	if r := ask(t, old, "WAIT", "2", "10000"); r.Int != 2 {
		t.Fatalf("%d replicas have the first write", r.Int)
	}
	in := d.inject(t, TrapClient{})
	now := d.awaitPromotion(t, old)
	for want := range int64(3) {
		if r, err := d.do(t, "INCR", key); err != nil || r.Int != want+1 {
			t.Errorf("a trapped client's INCR answers %v, %v, want %d", r, err, want+1)
		}
	}
	if got := ask(t, now, "GET", key).Text; got != "0" {
		t.Errorf("%s has %q, want what was written before the fault", now.Name, got)
	}
	in.mend(t)
	d.awaitReady(t)
	if n := d.primary(t); n.Name != now.Name || ask(t, old, "GET", key).Text != "0" {
		t.Errorf("%s is the primary, want %s, and acknowledged writes to be lost", n.Name, now.Name)
	}
	d.awaitDo(t, "SET", key, "9")
	awaitCount(t, now, "9")
}

// cutFromPeers: clients reach the old primary while another one is promoted.
func cutFromPeers(t *testing.T, d deployment) {
	old := d.primary(t)
	d.awaitDo(t, "SET", key, "1")
	history := field(t, old, "master_replid")
	in := d.inject(t, CutPeers{})
	now := d.awaitPromotion(t, old)
	if got := field(t, old, "role"); got != "master" {
		t.Errorf("%s is a %s, want it to know of nothing", old.Name, got)
	}
	if got := field(t, now, "master_replid2"); got != history {
		t.Errorf("%s took over from history %s, want %s: not exactly one promotion", now.Name, got, history)
	}
	d.awaitDo(t, "SET", key, "2")
	awaitCount(t, now, "2")
	in.mend(t)
	d.awaitReady(t)
	if got := field(t, old, "role"); got != "slave" {
		t.Errorf("%s is a %s after the heal", old.Name, got)
	}
}

// keys is how many the slot has besides key: more than one command moves.
const keys = 250

// resharded: the slot moves with all its keys while a client uses it, which notices
// nothing.
func resharded(t *testing.T, d deployment) {
	old := d.primary(t)
	for i := range keys {
		ask(t, old, "SET", "rl{user}:"+strconv.Itoa(i), "v")
	}
	d.awaitDo(t, "SET", key, "0")
	injected, counted := make(chan struct{}), make(chan int64, 1)
	go func() {
		count := int64(0)
		for over := false; !over; count++ {
			select {
			case <-injected:
				over = true // after one more
			default:
			}
			if r, err := d.do(t, "INCR", key); err != nil || r.Int != count+1 {
				t.Errorf("INCR number %d answers %v, %v", count+1, r, err)
				break
			}
		}
		counted <- count
	}()
	in := d.inject(t, Reshard{})
	close(injected)
	count := <-counted
	t.Logf("%d operations meanwhile", count)
	now := d.primary(t)
	if in.Heal != nil || in.Node != old.Name || now.Name == old.Name {
		t.Errorf("injected %+v, %s serves the key, want one that is over on %s", in, now.Name, old.Name)
	}
	awaitCount(t, now, strconv.FormatInt(count, 10))
	if slot := ask(t, now, "CLUSTER", "KEYSLOT", key).Int; keysIn(t, now, slot) != keys+1 || keysIn(t, old, slot) != 0 {
		t.Errorf("%d keys have arrived and %d stay, want %d and none", keysIn(t, now, slot), keysIn(t, old, slot), keys+1)
	}
	d.awaitReady(t)
}

// reshardedInVain: where a key cannot be moved, everything is as it was.
func reshardedInVain(t *testing.T, d deployment) {
	old := d.primary(t)
	slot := ask(t, old, "CLUSTER", "KEYSLOT", key).Int
	before := fmt.Sprint(keysIn(t, old, slot), ask(t, old, "GET", key).Text)
	primaries, err := d.Primaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range primaries { // one of them is where the slot would go
		if n.Name == old.Name {
			continue
		}
		ask(t, n, "CLUSTER", "SETSLOT", strconv.FormatInt(slot, 10), "IMPORTING", ask(t, old, "CLUSTER", "MYID").Text)
		ask(t, n, "RESTORE-ASKING", key, "0", ask(t, old, "DUMP", key).Text)
		ask(t, n, "CLUSTER", "SETSLOT", strconv.FormatInt(slot, 10), "STABLE")
	}
	if _, err := (Reshard{}).Inject(t.Context(), d.target()); err == nil || !strings.Contains(err.Error(), "BUSYKEY") {
		t.Errorf("a slot was moved to where one of its keys is: %v", err)
	}
	if now := d.primary(t); now.Name != old.Name {
		t.Errorf("%s serves the slot, want %s", now.Name, old.Name)
	}
	if after := fmt.Sprint(keysIn(t, old, slot), ask(t, old, "GET", key).Text); after != before {
		t.Errorf("keys and value are %s, want %s", after, before)
	}
	for _, n := range primaries {
		if strings.Contains(ask(t, n, "CLUSTER", "NODES").Text, "[") {
			t.Errorf("%s still has a slot that moves", n.Name)
		}
	}
	await(t, "strays to be gone", func() error {
		for _, n := range primaries {
			if n.Name != old.Name && keysIn(t, n, slot) > 0 {
				ask(t, n, "FLUSHALL")
				return errors.New(n.Name + " has some")
			}
		}
		return nil
	})
}

func keysIn(t *testing.T, n topology.Node, slot int64) int64 {
	t.Helper()
	return ask(t, n, "CLUSTER", "COUNTKEYSINSLOT", strconv.FormatInt(slot, 10)).Int
}
