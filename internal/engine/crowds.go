package engine

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
	"github.com/rlbench/rlbench/scenarios"
)

// crowds plays the load of every subject by processes of its own, side by side, and the
// faults meanwhile.
func (c *cohort) crowds(ctx context.Context, cells []scenarios.Cell) ([]*history.History, error) {
	c.links = nil // every process has its own
	for _, cell := range cells {
		t := c.trial(cell)
		t.client, t.traced = nothing{}, cell.Subject.Technique.New != nil
		c.trials = append(c.trials, t)
		if err := t.makeRoom(); err != nil {
			return nil, err
		}
		t.describe()
		t.readClock()
	}
	events, err := c.newEvents(ctx)
	if err != nil {
		return nil, err
	}
	schedule := c.schedule()
	groups, err := c.invite(ctx, schedule)
	defer func() {
		for _, all := range groups {
			all.stop()
		}
	}()
	if err != nil {
		return nil, err
	}
	for _, t := range c.trials {
		defer t.watched()()
	}
	start := c.clock.Now() + int64(leadOfInstances)
	var playing errgroup.Group
	playing.Go(func() error { return events.play(ctx, start) })
	for i, t := range c.trials {
		if t.out.Trial.Broken == "" {
			playing.Go(func() error { return t.playBy(ctx, groups[i], schedule, start+int64(i)*c.gap()) })
		}
	}
	if err := playing.Wait(); err != nil {
		return nil, err
	}
	for _, t := range c.trials {
		if used := t.out.Trial.Client; used != nil {
			used.CPUus, used.Allocs = nil, nil
		}
	}
	return c.conclude(ctx, events)
}

// invite starts the processes of every trial, has some at a time make ready, and returns
// when all are. A trial that has lost one is void, and plays no part.
func (c *cohort) invite(ctx context.Context, s workload.Schedule) (groups []*crowd, err error) {
	for _, t := range c.trials {
		t.schedule()
		t.out.Trial.Keys = t.keys
		all, err := t.startInstances(ctx, s)
		if err != nil {
			return groups, err
		}
		groups = append(groups, all)
	}
	var opening errgroup.Group
	opening.SetLimit(openAtOnce)
	for i, t := range c.trials {
		opening.Go(func() error {
			if err := groups[i].prepare(); err != nil {
				return t.without(ctx, s, err)
			}
			return nil
		})
	}
	return groups, opening.Wait()
}
