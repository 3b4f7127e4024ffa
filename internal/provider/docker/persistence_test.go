package docker

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// The file system of a container outlives a kill of its server, and so does what the
// server has written there.
func TestFilesOutliveKill(t *testing.T) {
	p := engineProvider(t)
	network, err := p.Network(t.Context(), []string{"redis-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = network.Stop(context.Background()) })
	n, err := network.Start(t.Context(), provider.Spec{Name: "redis-1", Args: []string{"--appendonly", "yes"}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(cmd ...string) string {
		r, err := topology.Ask(t.Context(), topology.Node{Name: "redis-1", Node: n}, cmd...)
		if err != nil {
			t.Fatal(err)
		}
		return r.Text
	}
	ask("SET", "key", "kept")
	const log = "appendonlydir/appendonly.aof.1.incr.aof"
	for _, c := range []struct {
		want string
		cut  bool
	}{{"kept", false}, {"", true}} {
		heal, err := n.(provider.Killer).Kill(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		files := n.(provider.Keeper)
		if b, err := files.File(t.Context(), log); err != nil || !strings.Contains(string(b), "kept") {
			t.Errorf("the log of a dead server holds %q, %v", b, err)
		}
		if c.cut {
			err = files.Truncate(t.Context(), log, 0)
		}
		if err := errors.Join(err, heal()); err != nil {
			t.Fatal(err)
		}
		if got := ask("GET", "key"); got != c.want {
			t.Errorf("after a kill, the log cut %v, the key holds %q, want %q", c.cut, got, c.want)
		}
	}
}
