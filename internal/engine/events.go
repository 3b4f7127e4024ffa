package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/rlbench/rlbench/internal/fault"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/scenarios"
)

// events are the faults of a cohort, and what the servers said of themselves before.
type events struct {
	*cohort
	target fault.Target
	plan   []scenarios.Fault
	kinds  []fault.Fault // of the plan's
	before *lineage      // nil without replicas
	// left is what the old primary held in its replication stream just before it was
	// healed; -1 not known.
	left int64

	mu      sync.Mutex
	faults  []history.Fault
	evicted []string // names of keys in Redis
}

func (c *cohort) newEvents(ctx context.Context) (*events, error) {
	first := c.trials[0]
	e := &events{
		cohort: c, plan: first.cell.Faults(), left: -1,
		target: fault.Target{Deployment: c.deployment, Key: first.key(), Links: c.links},
	}
	for _, t := range c.trials[1:] {
		e.target.Others = append(e.target.Others, t.key())
	}
	for _, p := range e.plan {
		kind, err := fault.Named(p.Name)
		if err != nil {
			return nil, err
		}
		e.kinds = append(e.kinds, kind)
	}
	if err := e.prepare(ctx); err != nil {
		return nil, err
	}
	if !c.replicated() {
		return e, nil
	}
	var err error
	e.before, err = c.lineage(ctx, e.target.Key)
	return e, err
}

// prepare does what faults need before the load begins, once for each kind.
func (e *events) prepare(ctx context.Context) error {
	for i, kind := range e.kinds {
		p, ok := kind.(fault.Preparer)
		if !ok || slices.Contains(e.kinds[:i], kind) {
			continue
		}
		if err := p.Prepare(ctx, e.target); err != nil {
			return fmt.Errorf("prepare %s: %w", kind.Name(), err)
		}
	}
	return nil
}

// play makes every fault at its time, and heals it at its time, or when ctx ends. It
// returns when all are healed.
func (e *events) play(ctx context.Context, start int64) error {
	var playing sync.WaitGroup
	errs := make([]error, len(e.plan))
	for i, p := range e.plan {
		playing.Go(func() { errs[i] = e.strike(ctx, start, p, e.kinds[i]) })
	}
	playing.Wait()
	slices.SortFunc(e.faults, func(a, b history.Fault) int { return int(a.BeganNS - b.BeganNS) })
	return errors.Join(errs...)
}

func (e *events) strike(ctx context.Context, start int64, p scenarios.Fault, kind fault.Fault) error {
	e.sleepUntil(ctx, start+int64(p.At))
	if ctx.Err() != nil {
		return nil
	}
	f := history.Fault{Name: p.Name, BeganNS: e.clock.Now()}
	done, err := kind.Inject(ctx, e.target)
	if err != nil { // the trial goes on, and is void: nothing was left done
		f.Problem = err.Error()
		e.add(f)
		return nil
	}
	f.Node, f.EffectNS = done.Node, e.clock.Now()
	if done.Heal == nil {
		f.HealedNS = f.EffectNS
	} else {
		e.sleepUntil(ctx, start+int64(p.Until))
		if e.trials[0].cell.Scenario.Promotions > 0 {
			e.look(done.Node)
		}
		err = done.Heal()
		f.HealedNS = e.clock.Now()
	}
	e.add(f)
	if done.Evicted != nil {
		e.lose(done.Evicted())
	}
	if err != nil {
		return fmt.Errorf("heal %s: %w", p.Name, err)
	}
	return nil
}

func (e *events) add(f history.Fault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = append(e.faults, f)
}

func (e *events) lose(keys []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.evicted = append(e.evicted, keys...)
}

// evictions counts, for each key of a trial, how often the server gave up the limiter's
// state; the counters of steps are not the limiter's.
func (e *events) evictions(t *trial) (list []history.Eviction) {
	times := map[string]int64{}
	for _, name := range e.evicted {
		_, rest, _ := strings.Cut(name, "{")
		user, state, _ := strings.Cut(rest, "}")
		if state != ":seq" {
			times[user]++
		}
	}
	for i, user := range t.keys {
		if n := times[user]; n > 0 {
			list = append(list, history.Eviction{Key: int32(i), Times: n})
		}
	}
	return list
}

// sleepUntil waits without a thread of its own: faults need no precision.
func (e *events) sleepUntil(ctx context.Context, at int64) {
	wait := e.clock.after(at)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}

// look reads how far the node that was struck has come, before the others tell it that
// it is no primary any more. One that is dead does not say.
func (e *events) look(node string) {
	if e.before == nil || node != e.before.node.Name {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
	defer cancel()
	l, err := inspect(ctx, e.before.node)
	if err == nil && l.primary && l.replID == e.before.replID {
		e.left = l.offset
	}
}
