package local

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/provider"
)

// parentVar makes this test program the parent of a server, see holdServer.
const parentVar = "RLBENCH_TEST_PARENT"

// holdServer starts a server, prints its address and process id, and waits to be
// killed. It ends with its input too, so that it does not outlive the test.
func holdServer() {
	ctx := context.Background()
	p, err := New(ctx, "", "a test asked for it")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	n, err := p.Start(ctx, provider.Spec{Name: "redis-1"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(n.Addr(), n.(*node).server.PID)
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = n.Stop(ctx)
	os.Exit(0)
}

// await waits for a condition. The bound only ends a test that would fail.
func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
