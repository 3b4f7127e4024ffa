package algorithms

import (
	"context"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// Load reads a key's state, its deadline and the server's TIME in one
// transaction. read is the command that reads the state; decode makes a Model of
// its reply and of the key's deadline, which is PEXPIRETIME's reply in
// milliseconds: -1 for a key without TTL, -2 for no key.
func Load(ctx context.Context, conn drivers.Conn, key string, read drivers.Command,
	decode func(state drivers.Reply, deadline int64) (Model, error)) (Snapshot, error) {
	r, err := conn.Multi(ctx, read, drivers.Cmd("PEXPIRETIME", key), drivers.Cmd("TIME"))
	if err != nil {
		return Snapshot{}, fmt.Errorf("load %s: %w", key, err)
	}
	deadline := r[1].Int
	at, err := TimeOf(r[2])
	if err != nil {
		return Snapshot{}, fmt.Errorf("load %s: %w", key, err)
	}
	m, err := decode(r[0], deadline)
	if err != nil {
		return Snapshot{}, fmt.Errorf("load %s: %w", key, err)
	}
	return Snapshot{Model: m, At: at, Exists: deadline != -2, TTL: ttl(deadline, at)}, nil
}

// ttl is the time to live that is left at an instant. A key lives through its
// deadline millisecond, to the end, which PTTL does not count. TIME goes on while
// a transaction runs and expiry does not, so it may already be past the end.
func ttl(deadline int64, at Instant) time.Duration {
	switch deadline {
	case -1:
		return NotKnown
	case -2:
		return 0
	}
	return max(0, Expiry(deadline).Sub(at))
}

// Expiry is the first instant at which a key with that deadline, as PEXPIRETIME
// reports it, is gone: Redis lets a key live through its deadline millisecond.
func Expiry(deadline int64) Instant { return Instant(deadline+1) * 1000 }

// TimeOf reads the reply of TIME.
func TimeOf(r drivers.Reply) (Instant, error) {
	if len(r.Items) != 2 {
		return 0, fmt.Errorf("parse TIME: %d values, want seconds and microseconds", len(r.Items))
	}
	s, err := r.Items[0].Int64()
	if err != nil {
		return 0, fmt.Errorf("parse TIME: %w", err)
	}
	us, err := r.Items[1].Int64()
	if err != nil {
		return 0, fmt.Errorf("parse TIME: %w", err)
	}
	return Instant(s*1e6 + us), nil
}
