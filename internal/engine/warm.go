package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/rlbench/rlbench/algorithms"
)

// warm opens every connection of the pool and loads the script: a cold pool would
// count handshakes as latency, and it hides double charges, because a hidden
// retry dies in the handshake. It uses a key of its own, which no history holds.
func (t *trial) warm(ctx context.Context) error {
	options, err := t.options()
	if err != nil {
		return err
	}
	for round, good := 0, 0; good < warmRounds; round++ {
		err := t.warmRound(ctx, max(options.PoolSize, pool))
		switch {
		case err == nil:
			good++
		case round >= warmTries:
			return err
		}
	}
	return nil
}

// The first round opens connections, the others find them idle. A machine that is
// busy for a moment may time a handshake out; a server that is not there fails
// every round.
const warmRounds, warmTries = 3, 10

// warmRound makes one decision on each of n keys, all at once. A denial is as good
// as an admission; a conflict cannot occur.
func (t *trial) warmRound(ctx context.Context, n int) error {
	errs := make(chan error, n)
	var round sync.WaitGroup
	for range n {
		round.Go(func() {
			_, err := t.limiter.Allow(ctx, "warm."+t.id(), 1)
			errs <- err
		})
	}
	round.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", algorithms.OutcomeOf(algorithms.Decision{}, err), err)
		}
	}
	return nil
}
