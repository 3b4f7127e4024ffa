package engine

import (
	"context"
	"fmt"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/scenarios"
)

// ahead does to the keys what is done before the load: they are filled, or decided on by
// another setting.
func (t *trial) ahead(ctx context.Context) ([]*history.Recorder, error) {
	if t.cell.Scenario.Former == nil {
		return t.fill(), nil
	}
	filled, err := t.formerly(ctx)
	if err != nil {
		return nil, fmt.Errorf("before the change of %s: %w", t.cell.Cell, err)
	}
	return filled, nil
}

// formerly has another client ask the former limiter for twice of what it gives, so that
// at the change every user has been admitted and then denied.
func (t *trial) formerly(ctx context.Context) ([]*history.Recorder, error) {
	old := t.trial(t.cell.Former())
	old.prefix, old.keys = t.prefix, t.keys
	if err := old.open(ctx); err != nil {
		return nil, err
	}
	l := old.cell.Scenario.Limit
	recorded := old.charge(int(2*max(l.L, l.B)), 1)
	return recorded, old.close()
}

// former is what the record says of the limiter before the change; nil without one.
func former(c scenarios.Cell) *history.Former {
	if c.Scenario.Former == nil {
		return nil
	}
	c = c.Former()
	return &history.Former{Algorithm: c.Subject.Algorithm.Name, Technique: c.Subject.Technique.Name, Limit: c.Scenario.Limit}
}
