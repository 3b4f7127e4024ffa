package topology

import (
	"context"
	"fmt"
	"time"
)

const (
	// readyWithin bounds the wait for a deployment, which takes two to four seconds,
	// on an overloaded machine.
	readyWithin = 30 * time.Second
	// lookEvery is the pause between two looks.
	lookEvery = 50 * time.Millisecond
)

// await returns when met does without an error. If it does not in time, the error
// says what was wrong at the last look. A look bounds itself.
func await(ctx context.Context, within time.Duration, met func(context.Context) error) error {
	deadline := time.Now().Add(within)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		err := met(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case time.Now().After(deadline):
			return fmt.Errorf("not ready within %s: %w", within, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}
