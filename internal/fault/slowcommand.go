package fault

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/topology"
)

const (
	// crowd is how many keys of others are on the primary when one looks for some of
	// them: so many that a look at each takes longer than anybody waits for a limiter.
	crowd = 500_000
	// crowdBatch are added in one step.
	crowdBatch = 10_000
	// sought is what is looked for, and found how many of them there are.
	sought = "crowd:12345?"
	found  = 10
	// slept is how long DEBUG SLEEP keeps the primary busy, in seconds.
	slept = "0.5"
	// patient bounds one answer of a server that is busy with a slow command.
	patient = 30 * time.Second
)

// Keys looks for some of half a million keys by KEYS. It is over when the answer has come.
type Keys struct{}

// Name returns "keys".
func (Keys) Name() string { return "keys" }

// About implements Fault.
func (Keys) About() string {
	return "somebody looks for 10 of the primary's " + strconv.Itoa(crowd) + " keys by KEYS"
}

// Prepare implements Preparer.
func (Keys) Prepare(ctx context.Context, to Target) error { return gather(ctx, to) }

// Inject implements Fault.
func (f Keys) Inject(ctx context.Context, to Target) (Injected, error) {
	return look(ctx, to, f.Name(), func(ctx context.Context, conn drivers.Conn) (int, error) {
		r, err := conn.Do(ctx, "KEYS", sought)
		return len(r.Items), err
	})
}

// Scan looks for the same keys by SCAN, a thousand at a time.
type Scan struct{}

// Name returns "scan".
func (Scan) Name() string { return "scan" }

// About implements Fault.
func (Scan) About() string {
	return "somebody looks for 10 of the primary's " + strconv.Itoa(crowd) + " keys by SCAN"
}

// Prepare implements Preparer.
func (Scan) Prepare(ctx context.Context, to Target) error { return gather(ctx, to) }

// Inject implements Fault.
func (f Scan) Inject(ctx context.Context, to Target) (Injected, error) {
	return look(ctx, to, f.Name(), func(ctx context.Context, conn drivers.Conn) (int, error) {
		seen := map[string]bool{} // SCAN may answer a name twice
		for cursor := "0"; ; {
			r, err := conn.Do(ctx, "SCAN", cursor, "MATCH", sought, "COUNT", "1000")
			if err != nil {
				return 0, err
			}
			for _, key := range r.Items[1].Items {
				seen[key.Text] = true
			}
			if cursor = r.Items[0].Text; cursor == "0" {
				return len(seen), nil
			}
		}
	})
}

// DebugSleep keeps the primary busy for half a second with a command that does nothing. It
// is over when the answer has come.
type DebugSleep struct{}

// Name returns "debug-sleep".
func (DebugSleep) Name() string { return "debug-sleep" }

// About implements Fault.
func (DebugSleep) About() string {
	return "DEBUG SLEEP keeps the primary busy for half a second"
}

// Prepare implements Preparer. A server that does not permit it is told from one that the
// load keeps from answering.
func (f DebugSleep) Prepare(ctx context.Context, to Target) error {
	_, err := f.sleep(ctx, to, "0")
	return err
}

// Inject implements Fault.
func (f DebugSleep) Inject(ctx context.Context, to Target) (Injected, error) {
	return f.sleep(ctx, to, slept)
}

func (f DebugSleep) sleep(ctx context.Context, to Target, seconds string) (Injected, error) {
	in, err := onPrimary(ctx, to, func(ctx context.Context, conn drivers.Conn) error {
		_, err := conn.Do(ctx, "DEBUG", "SLEEP", seconds)
		return err
	})
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w; a server of your own permits DEBUG with enable-debug-command yes", f.Name(), err)
	}
	return in, nil
}

// look does it on the primary, and demands that all that is sought was found.
func look(ctx context.Context, to Target, name string, by func(context.Context, drivers.Conn) (int, error)) (Injected, error) {
	in, err := onPrimary(ctx, to, func(ctx context.Context, conn drivers.Conn) error {
		got, err := by(ctx, conn)
		if err == nil && got != found {
			err = fmt.Errorf("found %d keys like %s, want %d", got, sought, found)
		}
		return err
	})
	if err != nil {
		return Injected{}, fmt.Errorf("%s: %w", name, err)
	}
	return in, nil
}

// onPrimary does something on a connection of its own, which is over when it returns.
func onPrimary(ctx context.Context, to Target, do func(context.Context, drivers.Conn) error) (Injected, error) {
	n, err := to.Deployment.Primary(ctx, to.Key)
	if err != nil {
		return Injected{}, err
	}
	conn, err := topology.Reach(ctx, n, patient)
	if err != nil {
		return Injected{}, err
	}
	defer conn.Close()
	if err := do(ctx, conn); err != nil {
		return Injected{}, err
	}
	return Injected{Node: n.Name}, nil
}

// gathering adds keys. ARGV: the number of the first, and how many.
const gathering = `
for i = ARGV[1], ARGV[1] + ARGV[2] - 1 do
  redis.call('SET', string.format('crowd:%06d', i), 1)
end`

// gather fills the primary with keys of others.
func gather(ctx context.Context, to Target) error {
	_, err := onPrimary(ctx, to, func(ctx context.Context, conn drivers.Conn) error {
		for i := 0; i < crowd; i += crowdBatch {
			if _, err := conn.Do(ctx, "EVAL", gathering, "0", strconv.Itoa(i), strconv.Itoa(crowdBatch)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("fill the primary with keys: %w", err)
	}
	return nil
}
