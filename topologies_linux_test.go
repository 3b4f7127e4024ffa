package rlbench_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// deployed is a run of two cells on each of three topologies.
var deployed = append(slices.Clone(quick), "--topology", "all", "--out", "r")

// One process of the program plays all topologies, one after the other, in a network
// of its own.
func TestTopologies(t *testing.T) {
	dir := t.TempDir()
	o := call(t, dir, deployed...)
	if o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	var r struct {
		Cells []struct {
			Topology, Technique   string
			Unknown               int64
			ExecutionsPerDecision float64 `json:"executions_per_decision"`
		}
	}
	decode(t, filepath.Join(dir, "r", "result.json"), &r)
	var order []string
	for _, c := range r.Cells {
		order = append(order, c.Topology+"/"+c.Technique)
		// The servers' counts, summed over those that hold keys, are complete.
		if c.Technique == "lua" && (c.ExecutionsPerDecision < 0.99 || c.ExecutionsPerDecision > 1.01) {
			t.Errorf("%s: the servers ran %.3f scripts per decision, want 1", c.Topology, c.ExecutionsPerDecision)
		}
	}
	if got, want := strings.Join(order, " "), "standalone/naive standalone/lua sentinel/naive sentinel/lua cluster/naive cluster/lua"; got != want {
		t.Errorf("cells %s, want %s", got, want)
	}
	recorded(t, dir)
	if o := call(t, dir, "check", "r"); o.code != 0 {
		t.Errorf("check: exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// A run that has moved to a network of its own still serves its metrics where they were
// asked for.
func TestMetricsFromANetworkOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	c, url := shown(t, dir, append(slices.Clone(quick), "--topology", "sentinel", "--out", "r")...)
	seen := int64(0)
	for families := scraped(t, url); families != nil; families = scraped(t, url) {
		seen = total(families["rlbench_cells_planned"])
	}
	if err := c.Wait(); err != nil || seen != 2 {
		t.Errorf("%d cells were planned, want 2; %v", seen, err)
	}
}

// recorded demands that environment.json describes every node by what it said itself.
func recorded(t *testing.T, dir string) {
	t.Helper()
	var env struct {
		Nodes map[string]struct{ Info, Config map[string]string }
	}
	decode(t, filepath.Join(dir, "r", "environment.json"), &env)
	modes := map[string]int{}
	for name, n := range env.Nodes {
		modes[n.Info["redis_mode"]]++
		if sentinel := n.Info["redis_mode"] == "sentinel"; sentinel != (len(n.Config) == 0) {
			t.Errorf("%s: %d settings", name, len(n.Config))
		}
	}
	if got, want := fmt.Sprint(modes), "map[cluster:6 sentinel:3 standalone:4]"; got != want {
		t.Errorf("nodes by mode %s, want %s", got, want)
	}
}

// Ctrl-C reaches the run although it has moved to another network.
func TestInterruptedRunInItsOwnNetwork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := begin(t, dir, append(slices.Clone(endless), "--topology", "sentinel")...)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130\n%s", code, stderr(c))
	}
	readable(t, dir)
}

// kill -9 ends all six servers, and with them the network; the watchdog removes their
// folders.
func TestKilledRunInItsOwnNetwork(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	c := begin(t, t.TempDir(), append(slices.Clone(endless), "--topology", "cluster")...)
	if n := len(processesIn(t, os.TempDir())); n < 8 { // the program, its watchdog, six servers
		t.Errorf("%d processes run, want eight", n)
	}
	if err := c.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	v := &victim{tmp: os.TempDir()}
	v.leavesNothing(t)
}

// What one server cannot be is said before anything is started.
func TestOneServerIsNoTopology(t *testing.T) {
	o := call(t, t.TempDir(), "run", "--server", "embedded", "--topology", "cluster")
	if o.code != 2 || !strings.Contains(o.stderr, "need several") || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("exit code %d, stderr %q; want code 2 and one line", o.code, o.stderr)
	}
}

// The settings for the safety of writes reach servers and clients, and are recorded.
func TestDurability(t *testing.T) {
	dir := t.TempDir()
	args := append(slices.Clone(quick), "--topology", "sentinel", "--min-replicas", "1", "--wait", "1", "--persistence", "aof-always", "--out", "r")
	if o := call(t, dir, args...); o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	var env struct {
		Config  map[string]string
		Clients map[string]struct{ Wait int }
		Nodes   map[string]struct{ Config map[string]string }
	}
	decode(t, filepath.Join(dir, "r", "environment.json"), &env)
	server := env.Nodes["sentinel/redis-1"].Config
	got := fmt.Sprintln(env.Config["min_replicas"], env.Config["persistence"], env.Config["saturate.wait"], env.Clients["redigo/bounded"].Wait,
		server["min-replicas-to-write"], server["min-replicas-max-lag"], server["appendonly"], server["appendfsync"])
	if want := "1 aof-always 1 1 1 1 yes always\n"; got != want {
		t.Errorf("recorded %s, want %s", got, want)
	}
	var r struct {
		Run   struct{ Settings []string }
		Cells []struct{ Allowed, Denied, Unknown int64 }
	}
	decode(t, filepath.Join(dir, "r", "result.json"), &r)
	for _, flag := range []string{"--min-replicas=1", "--wait=1", "--persistence=aof-always"} {
		if !slices.Contains(r.Run.Settings, flag) {
			t.Errorf("result.json lists the flags %q, without %s", r.Run.Settings, flag)
		}
	}
	for _, c := range r.Cells {
		if c.Allowed == 0 || c.Unknown > c.Allowed+c.Denied {
			t.Errorf("%d decisions allowed, %d denied, %d unknown: no replica seems to follow", c.Allowed, c.Denied, c.Unknown)
		}
	}
	for _, flags := range [][]string{{"--wait", "2"}, {"--min-replicas", "2"}, {"--persistence", "rdb"}} {
		other := append([]string{"run", "--resume", "r"}, flags...)
		if err := os.Remove(filepath.Join(dir, "r", "result.json")); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if o := call(t, dir, other...); o.code != 2 || !strings.Contains(o.stderr, "cannot go on with other settings") {
			t.Errorf("%v: exit code %d, stderr %q", other, o.code, o.stderr)
		}
	}
}
