package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/rlbench/rlbench/internal/provider/owner"
)

// The labels of every container and network that rlbench makes.
const (
	Label      = "rlbench"
	LabelOwner = "rlbench.owner"
)

func labels(o owner.Owner) map[string]string {
	return map[string]string{Label: "1", LabelOwner: o.String()}
}

// ours selects what carries the label, in lists of the engine.
func ours() client.Filters { return make(client.Filters).Add("label", Label+"=1") }

// Reap removes the containers and then the networks of owners that are dead. It
// returns the names of what it removed.
func (e *Engine) Reap(ctx context.Context) (containers, networks []string, err error) {
	containers, err = e.reapContainers(ctx)
	if err != nil {
		return containers, nil, err
	}
	networks, err = e.reapNetworks(ctx)
	return containers, networks, err
}

func (e *Engine) reapContainers(ctx context.Context) ([]string, error) {
	all, err := e.client.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours()})
	if err != nil {
		return nil, fmt.Errorf("list containers: %w", err)
	}
	var dead []container.Summary
	for _, c := range all.Items {
		if abandoned(c) {
			dead = append(dead, c)
		}
	}
	errs := make([]error, len(dead))
	var wg sync.WaitGroup
	for i, c := range dead {
		wg.Go(func() { errs[i] = e.reapContainer(ctx, c) })
	}
	wg.Wait()
	var removed []string
	for i, c := range dead {
		if errs[i] == nil {
			removed = append(removed, nameOf(c))
		}
	}
	return removed, errors.Join(errs...)
}

// abandoned reports whether nobody needs the container any more. A restart of
// the machine stops every container, so that one which runs under another boot
// belongs to another machine that shares this engine.
func abandoned(c container.Summary) bool {
	o, err := owner.Parse(c.Labels[LabelOwner])
	if err != nil {
		return false
	}
	running := c.State == container.StateRunning || c.State == container.StatePaused
	return o.Dead() || o.OtherBoot() && !running
}

// reapContainer removes one container. A paused one is let run first: an engine
// may wait in vain for a frozen process to die.
func (e *Engine) reapContainer(ctx context.Context, c container.Summary) error {
	if c.State == container.StatePaused {
		_, err := e.client.ContainerUnpause(ctx, c.ID, client.ContainerUnpauseOptions{})
		if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
			return fmt.Errorf("unpause %s: %w", nameOf(c), err)
		}
	}
	if err := e.remove(ctx, c.ID); err != nil {
		return fmt.Errorf("remove %s: %w", nameOf(c), err)
	}
	return nil
}

// nameOf is the container's name without the slash that the engine puts first.
func nameOf(c container.Summary) string {
	if len(c.Names) == 0 {
		return c.ID
	}
	return c.Names[0][1:]
}

func (e *Engine) reapNetworks(ctx context.Context) ([]string, error) {
	all, err := e.client.NetworkList(ctx, client.NetworkListOptions{Filters: ours()})
	if err != nil {
		return nil, fmt.Errorf("list networks: %w", err)
	}
	var removed []string
	var failed []error
	for _, n := range all.Items {
		o, err := owner.Parse(n.Labels[LabelOwner])
		if err != nil || !o.Dead() && !o.OtherBoot() {
			continue
		}
		switch err := e.removeNetwork(ctx, n.ID); {
		case err == nil:
			removed = append(removed, n.Name)
		case !o.Dead() && cerrdefs.IsPermissionDenied(err):
			// Containers run on it: another machine that shares this engine needs them.
		default:
			failed = append(failed, fmt.Errorf("%s: %w", n.Name, err))
		}
	}
	return removed, errors.Join(failed...)
}
