package fault

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

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

// A fault is named in scenarios and histories for ever, and described in one sentence.
func TestNames(t *testing.T) {
	const want = "kill pause cut-peers cut-replica cut-clients trap-client delay loss lost-reply promote restart-empty reshard keys scan debug-sleep script-flush crash power-loss memory-pressure stop maxclients password"
	var names []string
	for _, f := range All() {
		names = append(names, f.Name())
		if found, err := Named(f.Name()); err != nil || found != f {
			t.Errorf("the name %q leads to %v, %v", f.Name(), found, err)
		}
		if about := f.About(); about == "" || strings.ContainsAny(about, "\n.") {
			t.Errorf("%s is about %q, want one sentence without its full stop", f.Name(), about)
		}
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("faults %s, want %s", got, want)
	}
	if _, err := Named("flood"); err == nil {
		t.Error("found a fault that does not exist")
	}
}
