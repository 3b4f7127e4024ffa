package rlbench_test

import (
	"context"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// sentinelPassword is not that of the servers.
const sentinelPassword = "hun/ter2 of sentinels"

// somebodysGroup is a Sentinel deployment or a Cluster of somebody else's, with keys
// that are not ours.
type somebodysGroup struct {
	at      drivers.Endpoints
	servers []drivers.Endpoints // each alone
}

// manyKeys lie on all shards of a Cluster.
var manyKeys = append([]string{"a", "b", "c", "d"}, theirKeys...)

func newSomebodysGroup(t *testing.T, at drivers.Endpoints, servers []string) *somebodysGroup {
	t.Helper()
	g := &somebodysGroup{at: at}
	for _, addr := range servers {
		g.servers = append(g.servers, drivers.Endpoints{Addrs: []string{addr}})
	}
	for _, key := range manyKeys {
		tell(t, at, "SET", key, "theirs")
	}
	return g
}

// tell sends one command.
func tell(t *testing.T, at drivers.Endpoints, cmd ...string) drivers.Reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := goredis.Driver{}.Open(ctx, at, drivers.Clients(1)[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r, err := conn.Do(ctx, cmd...)
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return r
}

// secure has the servers want the password, of each other too.
func (g *somebodysGroup) secure(t *testing.T) {
	t.Helper()
	for i := range g.servers {
		tell(t, g.servers[i], "CONFIG", "SET", "masterauth", password, "requirepass", password)
		g.servers[i].Password = password
	}
}

// untouched demands that every key is theirs and as it was.
func (g *somebodysGroup) untouched(t *testing.T) {
	t.Helper()
	var keys []string
	for _, server := range g.servers {
		if tell(t, server, "ROLE").Items[0].Text != "master" {
			continue
		}
		for _, k := range tell(t, server, "KEYS", "*").Items {
			keys = append(keys, k.Text)
			if got := tell(t, server, "GET", k.Text).Text; got != "theirs" {
				t.Errorf("%s is %q", k.Text, got)
			}
		}
	}
	slices.Sort(keys)
	if want := slices.Sorted(slices.Values(manyKeys)); !slices.Equal(keys, want) {
		t.Errorf("the primaries hold %v, want %v", keys, want)
	}
}

// burst is a scenario in which broken limiters show, on one key.
const burst = "--scenario concurrent --window 100ms --driver "

// measured runs scripts on the group behind some clients, and demands that each got
// answers. A machine that is too busy to keep the schedule hides the verdict alone.
func (g *somebodysGroup) measured(t *testing.T, server, flags string, env ...string) {
	t.Helper()
	dir := t.TempDir()
	c := command(t, dir, append(strings.Fields(flags), "run", "--server", server, "--algorithm", "gcra", "--technique", "lua",
		"--duration", "500ms", "--rate", "400", "--repeat", "1", "--seed", "7", "--out", "r")...)
	c.Env = append(c.Env, env...)
	o := finish(t, c)
	if o.code != 0 && o.code != 97 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	var r struct {
		Cells []struct {
			Driver, Topology, Verdict string
			Allowed, Failed, Unknown  int64
		}
	}
	decode(t, filepath.Join(dir, "r", "result.json"), &r)
	for _, c := range r.Cells {
		if c.Topology != string(g.at.Mode) || c.Verdict == "invalid" || c.Allowed <= c.Failed+c.Unknown {
			t.Errorf("%+v, want one on %s that was answered", c, g.at.Mode)
		}
	}
	g.untouched(t)
	g.recorded(t, dir)
	secretive(t, o, dir)
}

// recorded demands that environment.json describes every node.
func (g *somebodysGroup) recorded(t *testing.T, dir string) {
	t.Helper()
	var env struct {
		Nodes map[string]struct{ Info map[string]string }
	}
	decode(t, filepath.Join(dir, "r", "environment.json"), &env)
	for _, addr := range g.at.Addrs {
		if env.Nodes[string(g.at.Mode)+"/"+addr].Info["redis_version"] == "" {
			t.Errorf("environment.json does not describe %s", addr)
		}
	}
}

func TestGivenSentinels(t *testing.T) {
	at, _ := providertest.Sentinel(t)
	sentinel := drivers.Endpoints{Addrs: at.Addrs[:1]}
	primary := tell(t, sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", at.Primary)
	servers := []string{net.JoinHostPort(primary.Items[0].Text, primary.Items[1].Text)}
	for _, r := range tell(t, sentinel, "SENTINEL", "REPLICAS", at.Primary).Items {
		servers = append(servers, r.Pairs()["name"])
	}
	g := newSomebodysGroup(t, at, servers)
	list := "127.0.0.1:1," + strings.Join(at.Addrs, ",") // one is gone
	g.measured(t, "redis-sentinel://"+list+"/"+at.Primary, burst+"redigo")

	g.secure(t)
	for _, addr := range at.Addrs {
		sentinel := drivers.Endpoints{Addrs: []string{addr}}
		tell(t, sentinel, "SENTINEL", "SET", at.Primary, "auth-pass", password)
		tell(t, sentinel, "ACL", "SETUSER", "bench", "on", ">"+sentinelPassword, "&*", "+@all")
		tell(t, sentinel, "ACL", "SETUSER", "default", ">"+sentinelPassword)
	}
	let := "RLBENCH_SENTINEL_AUTH=" + sentinelPassword
	secured := "redis-sentinel://" + url.UserPassword("", password).String() + "@" + list
	g.measured(t, secured+"/"+at.Primary+"?sentinel_user=bench", burst+"all", let)

	for _, r := range []refusal{
		{"no name", secured, 2, "name of a primary"},
		{"another name", secured + "/orders", 2, "one that it watches: " + at.Primary},
		{"wrong password", "redis-sentinel://:hunter@" + list + "/" + at.Primary, 2, "REDISCLI_AUTH"},
		{"no password", "redis-sentinel://" + list + "/" + at.Primary, 2, "the server wants a password"},
		{"another user of the sentinels", secured + "/" + at.Primary + "?sentinel_user=orders", 2, "RLBENCH_SENTINEL_AUTH"},
		{"a sentinel as a server", "redis://" + url.UserPassword("", sentinelPassword).String() + "@" + at.Addrs[0], 2, "redis-sentinel://"},
	} {
		r.check(t, let)
	}
	refusal{"no password of the sentinels", secured + "/" + at.Primary, 2, "RLBENCH_SENTINEL_AUTH"}.check(t)
	g.untouched(t)
}

func TestGivenCluster(t *testing.T) {
	at, _ := providertest.Cluster(t)
	g := newSomebodysGroup(t, at, at.Addrs)
	g.measured(t, "redis-cluster://"+strings.Join(at.Addrs, ","), "--scenario baseline --window 10s --driver redigo") // many keys, in all slots
	g.secure(t)
	list := "127.0.0.1:1," + at.Addrs[4] // one is gone, the other one a replica
	g.measured(t, "redis-cluster://"+list, burst+"all", "REDISCLI_AUTH="+password)
	refusal{"wrong password", "redis-cluster://:hunter@" + list, 2, "check the user and the password"}.check(t)
	g.untouched(t)
}

// The certificate must be for each host that is dialled.
func TestGivenClusterWithTLS(t *testing.T) {
	s := providertest.TLS(t, "no", "--cluster-enabled", "yes", "--tls-cluster", "yes", "--cluster-announce-ip", "127.0.0.1")
	tell(t, drivers.Endpoints{Addrs: []string{s.Plain}}, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	plain := drivers.Endpoints{Mode: drivers.Cluster, Addrs: []string{s.Plain}}
	await(t, "the slots", func() bool {
		return strings.Contains(tell(t, drivers.Endpoints{Addrs: []string{s.Plain}}, "CLUSTER", "INFO").Text, "cluster_state:ok")
	})
	g := newSomebodysGroup(t, plain, plain.Addrs)
	g.at.Addrs = []string{s.Addr}
	g.measured(t, "rediss-cluster://"+s.Addr+"?ca="+s.CA, burst+"goredis")
}

// What an address settles needs no flag, and cannot be contradicted by one.
func TestTheAddressSettlesTheTopology(t *testing.T) {
	for _, c := range []struct {
		server, topology string
		code             int
		says             string
	}{
		{"redis-cluster://127.0.0.1:1", "cluster", 0, ""},
		{"redis-sentinel://127.0.0.1:1/main", "sentinel", 0, ""},
		{"redis-cluster://127.0.0.1:1", "sentinel", 2, "whose topology is cluster"},
		{"redis-sentinel://127.0.0.1:1/main", "standalone,sentinel", 2, "whose topology is sentinel"},
		{"redis://127.0.0.1:1", "cluster", 2, "whose topology is standalone"},
	} {
		o := call(t, t.TempDir(), smallAt(c.server, "--topology", c.topology, "--dry-run")...)
		if o.code != c.code || !strings.Contains(o.stderr, c.says) || strings.Count(o.stderr, "\n") != min(c.code, 1) {
			t.Errorf("%s with %s: exit code %d, stderr %q; want code %d and %q", c.server, c.topology, o.code, o.stderr, c.code, c.says)
		}
	}
}
