package topology

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"go.uber.org/goleak"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
	"github.com/rlbench/rlbench/internal/provider/local/namespace"
)

func TestMain(m *testing.M) {
	namespace.Main()
	if err := namespace.Enter(context.Background()); err != nil && runtime.GOOS == "linux" {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func TestStandalone(t *testing.T) {
	p, err := local.New(t.Context(), "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Standalone{}.Start(t.Context(), p, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Stop(context.Background()) })
	addrs := d.Endpoints().Addrs
	if len(addrs) != 1 {
		t.Fatalf("endpoints %v, want one", addrs)
	}
	s, err := provider.Identify(t.Context(), addrs[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Nodes()[0].Facts()["server"]; got != s.Version {
		t.Errorf("facts name the server %q, it is %q", got, s.Version)
	}
	for range 2 { // Stop is idempotent
		if err := d.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := provider.Identify(t.Context(), addrs[0]); err == nil {
		t.Error("server answers after Stop")
	}
}

func TestStandaloneReturnsTheProvidersError(t *testing.T) {
	p, err := local.New(t.Context(), "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Standalone{}).Start(ctx, p, Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("start with a cancelled context: %v", err)
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := make(map[string]bool)
	for _, topology := range All() {
		if seen[topology.Name()] {
			t.Errorf("two topologies are called %q", topology.Name())
		}
		seen[topology.Name()] = true
	}
}

// What could never take a write is refused before anything is started.
func TestSettingsAreChecked(t *testing.T) {
	for want, c := range map[string]struct {
		topology Topology
		settings Settings
	}{
		`start standalone: there is no persistence "disk": use none, rdb, aof-everysec, aof-always`:                                                           {Standalone{}, Settings{Persistence: "disk"}},
		"start standalone: with a minimum of 1 replicas nobody could ever write, because a primary of standalone has 0: lower it, or choose another topology": {Standalone{}, Settings{MinReplicas: 1}},
		"start sentinel: with a minimum of 3 replicas nobody could ever write, because a primary of sentinel has 2: lower it, or choose another topology":     {Sentinel{}, Settings{MinReplicas: 3}},
		"start cluster: with a minimum of 2 replicas nobody could ever write, because a primary of cluster has 1: lower it, or choose another topology":       {Cluster{}, Settings{MinReplicas: 2}},
		"start cluster: the least number of replicas must be 0 or more, got -1":                                                                               {Cluster{}, Settings{MinReplicas: -1}},
	} {
		if _, err := c.topology.Start(t.Context(), nil, c.settings); err == nil || err.Error() != want {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}
