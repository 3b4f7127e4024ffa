package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/fault"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/internal/workload"
	"github.com/rlbench/rlbench/scenarios"
)

// cohort is several subjects that go side by side through the faults of one scenario,
// so that all of them meet the very same event.
type cohort struct {
	*Bench
	deployment topology.Deployment
	links      *fault.Links
	trials     []*trial
}

// Cohort runs cells that differ in their subjects alone, all at the same time, and
// returns their histories in the order of the cells. Each has a client and keys of its
// own, on the shard that the faults strike. What cannot be told apart by subject, such
// as CPU time, is not recorded. The deployment is not what it was before.
//
// Whatever ends it early, every fault is healed.
func (b *Bench) Cohort(ctx context.Context, cells []scenarios.Cell, on topology.Deployment) ([]*history.History, error) {
	c := &cohort{Bench: b, deployment: on, links: new(fault.Links)}
	defer c.close()
	if cells[0].Scenario.Instances > 0 {
		return c.crowds(ctx, cells)
	}
	if err := c.open(ctx, cells); err != nil {
		return nil, err
	}
	return c.measure(ctx)
}

// close closes the clients. Operations that are still running end with an error.
func (c *cohort) close() {
	var closing sync.WaitGroup
	for _, t := range c.trials {
		closing.Go(func() {
			_ = t.close()
			t.clearRoom()
		})
	}
	closing.Wait()
}

// openAtOnce is how many clients are opened and warmed at the same time.
const openAtOnce = 4

// open opens and warms the client of every cell.
func (c *cohort) open(ctx context.Context, cells []scenarios.Cell) error {
	trials := make([]*trial, len(cells))
	replica, err := c.reader(ctx, cells[0])
	if err != nil {
		return err
	}
	var opening errgroup.Group
	opening.SetLimit(openAtOnce)
	for i, cell := range cells {
		opening.Go(func() error {
			t := c.trial(cell)
			t.links, t.traced, t.replica = c.links, cell.Subject.Technique.New != nil, replica
			err := t.open(ctx)
			if err == nil {
				trials[i] = t // to be closed, also if it cannot be warmed
				err = t.warm(ctx)
			}
			if err == nil {
				err = t.makeRoom()
			}
			if err == nil {
				err = t.guard()
			}
			if err != nil {
				return fmt.Errorf("open client of %s: %w", cell.Cell, err)
			}
			return nil
		})
	}
	err = opening.Wait()
	c.trials = slices.DeleteFunc(trials, func(t *trial) bool { return t == nil })
	if err != nil {
		return err
	}
	return c.place(ctx)
}

// reader is the address of the replica that answers the reads of all subjects; empty if
// the primary does.
func (c *cohort) reader(ctx context.Context, cell scenarios.Cell) (string, error) {
	if !cell.Scenario.ReadReplica {
		return "", nil
	}
	n, err := topology.Replica(ctx, c.deployment, "")
	return n.PeerAddr, err
}

// placeTries bounds the search for a name whose key lies on the shard: of three shards
// one name in three does.
const placeTries = 200

// place gives every trial names whose keys the primary of the first one's serves.
func (c *cohort) place(ctx context.Context) error {
	if c.at.Mode != drivers.Cluster {
		return nil
	}
	struck, err := c.deployment.Primary(ctx, c.trials[0].key())
	if err != nil {
		return err
	}
	for _, t := range c.trials[1:] {
		for try := 0; ; try++ {
			n, err := c.deployment.Primary(ctx, t.key())
			if err != nil {
				return err
			}
			if n.Name == struck.Name {
				break
			}
			if try == placeTries {
				return fmt.Errorf("no name found whose key lies on %s", struck.Name)
			}
			t.prefix = c.id() + "."
		}
	}
	return nil
}

// key is the name in Redis of the trial's first key: all that matters of it is the tag.
func (t *trial) key() string { return algorithms.Key(t.prefix+"0", "") }

// planned is an arrival of one of the trials.
type planned struct {
	at      int64 // CLOCK_MONOTONIC
	crew    *crew
	arrival workload.Arrival
}

// measure plays the schedule to all trials, and the faults meanwhile.
func (c *cohort) measure(ctx context.Context) ([]*history.History, error) {
	events, err := c.newEvents(ctx)
	if err != nil {
		return nil, err
	}
	schedule := c.schedule()
	crews := make([]*crew, len(c.trials))
	for i, t := range c.trials {
		t.describe()
		t.out.Trial.Load.Loop = "open"
		t.name(schedule.Keys)
		t.readClock()
		defer t.watched()()
		crews[i] = newCrew(t, 1)
	}
	before := make([]clientCounters, len(c.trials))
	for i, t := range c.trials {
		before[i] = t.readClient()
	}
	start := c.clock.Now() + int64(lead)
	for _, t := range c.trials {
		t.place(start, schedule)
	}
	struck := make(chan error, 1)
	go func() { struck <- events.play(ctx, start) }()
	c.play(ctx, c.merge(schedule, crews, start))
	err = <-struck
	defer time.AfterFunc(patience, c.close).Stop()
	for i, t := range c.trials {
		t.out.Ops = history.Merge(crews[i].finish()...)
		t.out.Trial.Client = t.readClient().since(before[i])
		t.out.Trial.Client.CPUus, t.out.Trial.Client.Allocs = nil, nil
	}
	if err := cmp.Or(ctx.Err(), err); err != nil {
		return nil, err
	}
	return c.conclude(ctx, events)
}

// schedule is the one that all trials play.
func (c *cohort) schedule() workload.Schedule {
	s, seed := c.trials[0].cell.Scenario, c.trials[0].cell.Seed
	return s.Open.Arrivals(s.Plan(), workload.NewRand(seed, s.Name))
}

// merge is the schedule of all trials, each a little later than the one before it:
// started at the same instants they would stand in each other's way.
func (c *cohort) merge(s workload.Schedule, crews []*crew, start int64) []planned {
	gap := c.gap()
	list := make([]planned, 0, len(crews)*len(s.Arrivals))
	for i, crew := range crews {
		for _, a := range s.Arrivals {
			list = append(list, planned{start + int64(a.At) + int64(i)*gap, crew, a})
		}
	}
	slices.SortStableFunc(list, func(a, b planned) int { return cmp.Compare(a.at, b.at) })
	return list
}

// gap is how much later each trial starts its arrivals than the one before it.
func (c *cohort) gap() int64 {
	return int64(float64(time.Second)/c.trials[0].cell.Scenario.Rate) / int64(len(c.trials))
}

func (c *cohort) play(ctx context.Context, list []planned) {
	defer preciseSleep()()
	for _, p := range list {
		if ctx.Err() != nil {
			return
		}
		p.crew.play(ctx, p.at, []workload.Arrival{p.arrival})
	}
}

// patience is how long after the load operations may go on. A client that honours no
// deadline may wait for minutes: then all are closed, which ends them.
const patience = 5 * time.Second

// conclude adds what is known when all is over.
func (c *cohort) conclude(ctx context.Context, e *events) ([]*history.History, error) {
	roles, err := e.roles(ctx)
	if err != nil {
		return nil, err
	}
	var list []*history.History
	for _, t := range c.trials {
		t.out.Trial.Faults, t.out.Trial.Roles = e.faults, roles
		t.keepUsedKeys()
		t.out.Trial.Evictions = e.evictions(t)
		t.readClock()
		list = append(list, &t.out)
	}
	return list, nil
}
