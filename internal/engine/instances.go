package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
)

// leadOfInstances is the time between the word that all start and the first arrival:
// each must have heard it, on cores that they share.
const leadOfInstances = 100 * time.Millisecond

// instances plays the load by processes of this program, each with a client of its own
// and a share of the schedule, and makes one history of theirs. One that is lost makes
// the trial void: without it the load was another.
func (t *trial) instances(ctx context.Context) error {
	if t.at.Dial != nil {
		return errors.New("start instances: the way to this server, such as TLS, is known to this process alone: use a server on a plain connection")
	}
	schedule := t.schedule()
	t.out.Trial.Keys = t.keys
	t.readClock()
	defer t.watched()()
	all, err := t.startInstances(ctx, schedule)
	if err != nil {
		return err
	}
	defer all.stop()
	if err := all.prepare(); err != nil {
		return t.without(ctx, schedule, err)
	}
	before, err := t.readServer(ctx)
	if err != nil {
		return err
	}
	err = t.playBy(ctx, all, schedule, t.clock.Now()+int64(leadOfInstances))
	if err != nil || t.out.Trial.Broken != "" {
		return err
	}
	after, err := t.readServer(ctx)
	if err != nil {
		return err
	}
	t.out.Trial.Server = t.attribute(before, after)
	t.readClock()
	return ctx.Err()
}

// playBy has instances that are ready play a schedule from an instant on.
func (t *trial) playBy(ctx context.Context, all *crowd, s workload.Schedule, start int64) error {
	t.place(start, s)
	parts, err := all.play(start, s.Length+t.cell.Scenario.Deadline+patience)
	if err != nil {
		return t.without(ctx, s, err)
	}
	t.join(parts)
	return nil
}

// without ends a trial that has lost an instance. Any other error is the run's.
func (t *trial) without(ctx context.Context, s workload.Schedule, err error) error {
	var lost *lostInstance
	if ctx.Err() != nil || !errors.As(err, &lost) {
		return cmp.Or(ctx.Err(), err)
	}
	t.out.Trial.Broken, t.out.Trial.Whole = lost.Error(), false
	t.place(t.clock.Now(), s)
	t.readClock()
	return nil
}

// join makes one history of the instances': operations in order of their invocation,
// which CLOCK_MONOTONIC tells across processes, and the sums of what was counted.
func (t *trial) join(parts []*history.History) {
	var used []*history.Client
	for i, h := range parts {
		for _, op := range h.Ops {
			op.Worker = op.Worker*int32(len(parts)) + int32(i)
			t.out.Ops = append(t.out.Ops, op)
		}
		used = append(used, h.Trial.Client)
	}
	slices.SortFunc(t.out.Ops, func(a, b history.Op) int { return cmp.Or(cmp.Compare(a.Inv, b.Inv), cmp.Compare(a.Worker, b.Worker)) })
	t.out.Trial.Client = sum(used)
	t.tell(t.out.Ops)
	t.keepUsedKeys()
}

// crowd is the instances of a trial.
type crowd struct {
	list []*process
	kill context.CancelCauseFunc
}

// within kills those that take longer, until it is told that they are done: some wait
// between two steps for others, and that time is not theirs.
func (c *crowd) within(limit time.Duration) (done func() bool) {
	return time.AfterFunc(limit, func() { c.kill(context.DeadlineExceeded) }).Stop
}

// prepare returns when all are ready.
func (c *crowd) prepare() error {
	defer c.within(readyWithin)()
	var all errgroup.Group
	for _, p := range c.list {
		all.Go(p.prepare)
	}
	return all.Wait()
}

// play has all start at one instant, and returns their histories in order.
func (c *crowd) play(start int64, limit time.Duration) ([]*history.History, error) {
	defer c.within(limit)()
	parts := make([]*history.History, len(c.list))
	var all errgroup.Group
	for i, p := range c.list {
		all.Go(func() (err error) {
			parts[i], err = p.play(start)
			return err
		})
	}
	return parts, all.Wait()
}

// stop kills those that have not ended, and returns when all have.
func (c *crowd) stop() {
	c.kill(nil)
	for _, p := range c.list {
		<-p.exited
		_ = p.out.Close()
	}
}

// startInstances starts the processes, which are killed when ctx ends.
func (t *trial) startInstances(ctx context.Context, s workload.Schedule) (*crowd, error) {
	n := t.cell.Scenario.Instances
	ctx, kill := context.WithCancelCause(ctx)
	all := &crowd{kill: kill}
	for i := range n {
		p, err := startProcess(ctx, fmt.Sprintf("%d of %d", i+1, n), t.orderOf(share(s, i, n)))
		if err != nil {
			all.stop()
			return nil, err
		}
		all.list = append(all.list, p)
	}
	return all, nil
}

// readyWithin bounds the opening and warming of all clients, which takes a second or
// two where each is alone on a core.
const readyWithin = time.Minute

func (t *trial) orderOf(s workload.Schedule) order {
	sc := t.cell.Scenario
	return order{
		Trial: t.out.Trial, Limit: sc.Limit, Probe: sc.Probe, Traced: t.traced, Wait: sc.Wait, At: t.at,
		IDs: t.id() + "-", Schedule: s, Database: t.database,
	}
}

// share is the part of a schedule that one of n instances plays: every n-th arrival, so
// that each meets its part of every burst.
func share(s workload.Schedule, i, n int) workload.Schedule {
	whole := s.Arrivals
	s.Arrivals = nil
	for ; i < len(whole); i += n {
		s.Arrivals = append(s.Arrivals, whole[i])
	}
	return s
}
