package fault

import (
	"context"
	"errors"
	"fmt"

	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
)

// Crash ends the primary's process and starts it again at once, with the files that it
// left: all that it had written is there, whether or not it had reached the disk, because
// the operating system lives. It is over when the server answers.
type Crash struct{}

// Name returns "crash".
func (Crash) Name() string { return "crash" }

// About implements Fault.
func (Crash) About() string {
	return "the primary's process is ended by SIGKILL and started again at once, with the files that it left"
}

// Inject implements Fault.
func (f Crash) Inject(ctx context.Context, to Target) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return again(ctx, to.Deployment, n, f.Name(), nil)
}

// again ends a node and starts it again, while nobody draws conclusions. Meanwhile
// something may be done to the files that it left.
func again(ctx context.Context, d topology.Deployment, n topology.Node, name string, meanwhile func(context.Context) error) (in Injected, err error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	if p, ok := d.(topology.Patient); ok {
		enough, failed := p.Wait(ctx)
		if failed != nil {
			return Injected{}, fmt.Errorf("%s: %w", name, failed)
		}
		defer func() { err = errors.Join(err, enough(ctx)) }()
	}
	dead, err := strike(ctx, n, name, "started again"+anyNode, provider.Killer.Kill)
	if err != nil {
		return Injected{}, err
	}
	if meanwhile != nil {
		err = meanwhile(ctx)
	}
	if err = errors.Join(err, dead.Heal()); err != nil {
		return Injected{}, fmt.Errorf("%s: %w", name, err)
	}
	return Injected{Node: n.Name}, nil
}
