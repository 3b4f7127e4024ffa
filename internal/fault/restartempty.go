package fault

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/topology"
)

// RestartEmpty ends the primary and starts it again at once: it stays the primary,
// without its keys, and its replicas follow it. Sentinels, who would declare it down
// before a container has started, are told to wait meanwhile. It is over when the
// server answers and they see it; a node of a Cluster refuses keys for two more seconds.
type RestartEmpty struct{}

// Name returns "restart-empty".
func (RestartEmpty) Name() string { return "restart-empty" }

// About implements Fault.
func (RestartEmpty) About() string {
	return "the primary's process is ended by SIGKILL and started again at once, without its keys"
}

// Inject implements Fault.
func (f RestartEmpty) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err == nil {
		err = forgetful(ctx, n)
	}
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return again(ctx, to.Deployment, n, f.Name(), nil)
}

// forgetful says what a server would find again when it is started, or nil.
func forgetful(ctx context.Context, n topology.Node) error {
	for _, one := range []struct{ name, off string }{{"appendonly", "no"}, {"save", ""}} {
		is, err := setting(ctx, n, one.name)
		if err != nil {
			return err
		}
		if is != one.off {
			return fmt.Errorf("%s would not come back empty: it is set to %s %q; start it without persistence", n.Name, one.name, is)
		}
	}
	return nil
}
