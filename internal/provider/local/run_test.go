package local

import (
	"context"
	"fmt"
	"io"
	"os"

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
