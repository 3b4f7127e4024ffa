// Package providertest starts a real redis-server for a test.
package providertest

import (
	"context"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// readyWithin bounds a start, which takes some 10 ms, on an overloaded machine.
const readyWithin = 30 * time.Second

// Redis starts a redis-server process of its own on a free loopback port, with
// further arguments, and returns its address. The server is killed when the test ends.
func Redis(t testing.TB, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	p, err := local.New(ctx, "", "a test asked for it")
	if err != nil {
		t.Fatal(err)
	}
	n, err := p.Start(ctx, provider.Spec{Name: "redis-1", Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n.Addr()
}
