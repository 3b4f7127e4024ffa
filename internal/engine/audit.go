package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
)

// audit looks at every key that the limiter left behind: has it a time to live,
// does its state outlive or die before its meaning, how large is it. A trial of a
// control has no keys to look at.
func (t *trial) audit(ctx context.Context) error {
	load := t.cell.Subject.Algorithm.Load
	if load == nil {
		return nil
	}
	a := &history.Audit{}
	for i, user := range t.keys {
		snap, err := load(ctx, t.admin, t.cell.Scenario.Limit, user)
		if err != nil {
			return err
		}
		if snap.Exists {
			a.Entries = append(a.Entries, entry(int32(i), snap))
		}
	}
	t.out.Trial.Audit = a
	return t.weigh(ctx, a)
}

func entry(key int32, s algorithms.Snapshot) history.AuditEntry {
	e := history.AuditEntry{Key: key, TTLus: algorithms.NotKnown, ForgetUS: s.Model.Forget(s.At).Microseconds()}
	if s.TTL != algorithms.NotKnown {
		e.TTLus = s.TTL.Microseconds()
	}
	return e
}

// weigh looks at every key of the trial by its name, also those that the
// algorithm's own Load does not know of.
func (t *trial) weigh(ctx context.Context, a *history.Audit) error {
	names, err := t.scan(ctx)
	if err != nil {
		return err
	}
	for key := range names {
		if err := t.weighKey(ctx, key, a); err != nil {
			return err
		}
	}
	return nil
}

// scan returns the names of the trial's keys. SCAN may answer a name twice.
func (t *trial) scan(ctx context.Context) (map[string]bool, error) {
	pattern := "*" + strings.TrimSuffix(t.keys[0], "0") + "*"
	names := map[string]bool{}
	for cursor := "0"; ; {
		r, err := t.admin.Do(ctx, "SCAN", cursor, "MATCH", pattern, "COUNT", "1000")
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
			return names, nil
		}
	}
}

func (t *trial) weighKey(ctx context.Context, key string, a *history.Audit) error {
	r, err := t.admin.Multi(ctx, drivers.Cmd("PTTL", key), drivers.Cmd("MEMORY", "USAGE", key))
	if err != nil {
		return err
	}
	if r[0].Int == -2 || r[1].IsNil() {
		return nil // it expired since the scan saw it
	}
	a.Keys++
	a.Bytes += r[1].Int
	if r[0].Int == -1 {
		a.WithoutTTL++
	}
	return nil
}
