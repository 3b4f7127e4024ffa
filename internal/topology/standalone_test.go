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
	d, err := Standalone{}.Start(t.Context(), p)
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
	if _, err := (Standalone{}).Start(ctx, p); !errors.Is(err, context.Canceled) {
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
