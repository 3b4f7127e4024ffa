package engine

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
)

// mostAudited is how many keys are looked at: beyond, the look would take longer than
// the trial, and their sizes hardly differ.
const mostAudited = 1000

// audit looks at every key that the limiter left behind, or at a sample of them: has
// it a time to live, does its state outlive or die before its meaning, how large is
// it. A server that refuses to list keys or to tell their times to live has none that
// can be looked at.
func (t *trial) audit(ctx context.Context) error {
	a := &history.Audit{}
	if load := t.cell.Subject.Algorithm.Load; load != nil {
		if err := t.loadAll(ctx, load, a); err != nil {
			return t.unlessRefused(err)
		}
	}
	if err := t.weigh(ctx, a); err != nil {
		return t.unlessRefused(err)
	}
	t.out.Trial.Audit = a
	return nil
}

// keyless says that the trial leaves no keys to look at: that of a control which has no
// state on the server.
func (t *trial) keyless() bool {
	a := t.cell.Subject.Algorithm
	return a.Control && a.Load == nil || t.cell.Subject.Technique.NoServer
}

// sampled yields all elements with their places, or at most mostAudited of them at
// equal distances.
func sampled[E any](list []E) iter.Seq2[int, E] {
	return func(yield func(int, E) bool) {
		for i := 0; i < len(list); i += (len(list) + mostAudited - 1) / mostAudited {
			if !yield(i, list[i]) {
				return
			}
		}
	}
}

// loadAll compares the time to live of each user's key with its state. A technique
// with a key layout of its own has no key that the algorithm's Load finds.
func (t *trial) loadAll(ctx context.Context, load algorithms.Loader, a *history.Audit) error {
	for i, user := range sampled(t.keys) {
		snap, err := load(ctx, t.admin, t.cell.Scenario.Limit, user)
		if err != nil {
			return err
		}
		if snap.Exists {
			a.Entries = append(a.Entries, entry(int32(i), snap))
		}
	}
	return nil
}

func entry(key int32, s algorithms.Snapshot) history.AuditEntry {
	e := history.AuditEntry{Key: key, TTLus: algorithms.NotKnown, ForgetUS: s.Model.Forget(s.At).Microseconds()}
	if s.TTL != algorithms.NotKnown {
		e.TTLus = s.TTL.Microseconds()
	}
	return e
}

// weigh looks at the users' keys by their names, also at those that the algorithm's
// own Load does not know of.
func (t *trial) weigh(ctx context.Context, a *history.Audit) error {
	if !t.traits.InProcess { // an imitation's sizes are not those of Redis
		a.Bytes = new(int64)
	}
	for _, server := range t.servers {
		names, err := scan(ctx, server, "*"+t.prefix+"*")
		if err != nil {
			return err
		}
		for _, key := range sampled(names) {
			if err := t.weighKey(ctx, server, key, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// scan returns the names of a server's keys that match a pattern, each once: SCAN
// may answer a name twice.
func scan(ctx context.Context, server drivers.Conn, pattern string) ([]string, error) {
	names := map[string]bool{}
	for cursor := "0"; ; {
		r, err := server.Do(ctx, "SCAN", cursor, "MATCH", pattern, "COUNT", "1000")
		if err != nil {
			return nil, err
		}
		if len(r.Items) != 2 {
			return nil, fmt.Errorf("SCAN answered %d items, want 2", len(r.Items))
		}
		for _, key := range r.Items[1].Items {
			names[key.Text] = true
		}
		if cursor = r.Items[0].Text; cursor == "0" {
			return slices.Sorted(maps.Keys(names)), nil
		}
	}
}

func (t *trial) weighKey(ctx context.Context, server drivers.Conn, key string, a *history.Audit) error {
	ask := []drivers.Command{drivers.Cmd("PTTL", key)}
	if a.Bytes != nil {
		ask = append(ask, drivers.Cmd("MEMORY", "USAGE", key))
	}
	r, err := server.Multi(ctx, ask...)
	if t.traits.Shared && refused(err) && a.Bytes != nil {
		a.Bytes = nil // sizes are refused: look at times to live alone
		return t.weighKey(ctx, server, key, a)
	}
	if err != nil {
		return err
	}
	if r[0].Int == -2 || a.Bytes != nil && r[1].IsNil() {
		return nil // it expired since the scan saw it
	}
	a.Keys++
	if r[0].Int == -1 {
		a.WithoutTTL++
	}
	if a.Bytes != nil {
		*a.Bytes += r[1].Int
	}
	return nil
}
