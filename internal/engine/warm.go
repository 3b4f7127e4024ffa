package engine

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/rlbench/rlbench/algorithms"
)

// A round of the warm-up counts if no connection was opened in it. A machine that
// is busy for a moment may time a handshake out; a server that is not there fails
// every round.
const (
	warmRounds = 3
	warmTries  = 20
)

// warm opens every connection of the pool and loads the script: a cold pool would
// count handshakes as latency, and it hides double charges, because a hidden
// retry dies in the handshake. It uses keys of its own, which no history holds.
//
// A client whose pool keeps few idle connections never stops dialling. That is how
// it ships, so it is measured; the history says how many it opened meanwhile.
func (t *trial) warm(ctx context.Context) error {
	options, err := t.options()
	if err != nil {
		return err
	}
	for try, good := 0, 0; good < warmRounds && try < warmTries && ctx.Err() == nil; try++ {
		before := t.meter.dials.Load()
		if err = t.warmRound(ctx, 2*max(options.PoolSize, poolOf(t.cell.Scenario))); err != nil {
			continue
		}
		if t.meter.dials.Load() == before {
			good++
		}
	}
	return cmp.Or(ctx.Err(), err)
}

// warmRound makes n decisions on keys of their own, all released at once, as the
// bursts of a schedule are. A denial is as good as an admission.
func (t *trial) warmRound(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, t.cell.Scenario.Deadline)
	defer cancel()
	gate := make(chan struct{})
	errs := make([]error, n)
	var round sync.WaitGroup
	for i := range errs {
		round.Go(func() {
			<-gate
			_, errs[i] = t.limiter.Allow(ctx, "warm."+t.id(), 1)
		})
	}
	close(gate)
	round.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", algorithms.OutcomeOf(algorithms.Decision{}, err), err)
		}
	}
	return nil
}
