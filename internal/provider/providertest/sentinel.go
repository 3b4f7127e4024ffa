package providertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// primaryName is the name by which the sentinels know the primary.
const primaryName = "mymaster"

// sentinels is their number; two of them elect.
const sentinels = 3

// Sentinel starts a primary, two replicas and three sentinels, and returns when the
// sentinels agree and the replicas are in sync. A primary that is gone for a second
// is replaced. kill ends one server by SIGKILL. All are killed when the test ends.
func Sentinel(t testing.TB) (at drivers.Endpoints, kill func(addr string)) {
	t.Helper()
	g := startGroup(t, 3, func() []string { return nil })
	primary := g.nodes[0].Addr()
	for _, n := range g.nodes[1:] {
		g.do(n.Addr(), "REPLICAOF", "127.0.0.1", portOf(primary))
	}
	for _, n := range g.nodes[1:] {
		g.await("the replica", func() bool { return g.do(n.Addr(), "ROLE").Items[3].Text == "connected" })
	}
	ports := make([]string, sentinels)
	for i := range ports {
		ports[i] = freePort(t)
		at.Addrs = append(at.Addrs, "127.0.0.1:"+ports[i])
	}
	for i, addr := range at.Addrs {
		g.startSentinel(addr, g.configure(ports, i))
	}
	for _, addr := range at.Addrs {
		g.await("the sentinels", func() bool { return g.agreed(addr) })
	}
	at.Mode, at.Primary = drivers.Sentinel, primaryName
	return at, g.kill
}

// configure writes the file of one sentinel. All that sentinels else learn from each
// other and from INFO, in ten seconds, stands in it.
func (g *group) configure(ports []string, self int) string {
	id := func(i int) string { return fmt.Sprintf("%040x", i+1) }
	lines := []string{
		"port " + ports[self], "bind 127.0.0.1", "dir " + g.t.TempDir(), "sentinel myid " + id(self),
		fmt.Sprintf("sentinel monitor %s 127.0.0.1 %s 2", primaryName, portOf(g.nodes[0].Addr())),
		fmt.Sprintf("sentinel down-after-milliseconds %s 1000", primaryName),
		fmt.Sprintf("sentinel failover-timeout %s 6000", primaryName),
		fmt.Sprintf("sentinel parallel-syncs %s 2", primaryName),
	}
	for _, n := range g.nodes[1:] {
		lines = append(lines, fmt.Sprintf("sentinel known-replica %s 127.0.0.1 %s", primaryName, portOf(n.Addr())))
	}
	for i, port := range ports {
		if i != self {
			lines = append(lines, fmt.Sprintf("sentinel known-sentinel %s 127.0.0.1 %s %s", primaryName, port, id(i)))
		}
	}
	path := filepath.Join(g.t.TempDir(), "sentinel.conf") // the sentinel writes to it
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}

// startSentinel starts the sentinel and makes it ask more often than it would: only
// then does it know of a role that changed within a second.
func (g *group) startSentinel(addr, config string) {
	program, err := local.Find(g.ctx, "")
	if err != nil {
		g.t.Fatal(err)
	}
	cmd := exec.Command(program.Path, config, "--sentinel")
	exited, err := local.Run(cmd)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-exited
	})
	server, err := provider.Await(g.ctx, addr)
	if err != nil || server.PID != cmd.Process.Pid {
		g.t.Fatalf("start sentinel at %s: process %d answers, want %d: %v", addr, server.PID, cmd.Process.Pid, err)
	}
	g.do(addr, "SENTINEL", "DEBUG", "info-period", "300", "publish-period", "300", "ping-period", "200", "ask-period", "300")
}

// agreed reports whether the sentinel at addr could run a failover: it sees the
// others, and both replicas in sync.
func (g *group) agreed(addr string) bool {
	if !g.says(addr, "SENTINEL CKQUORUM "+primaryName, fmt.Sprintf("OK %d usable Sentinels", sentinels)) {
		return false
	}
	replicas := g.do(addr, "SENTINEL", "REPLICAS", primaryName).Items
	for _, r := range replicas {
		flags := field(r, "flags")
		if strings.Contains(flags, "down") || strings.Contains(flags, "disconnected") || field(r, "master-link-status") != "ok" {
			return false
		}
	}
	return len(replicas) == len(g.nodes)-1
}

// field reads the flat list of names and values by which a sentinel describes a
// server.
func field(server drivers.Reply, name string) string {
	for i := 0; i+1 < len(server.Items); i += 2 {
		if server.Items[i].Text == name {
			return server.Items[i+1].Text
		}
	}
	return ""
}
