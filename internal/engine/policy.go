package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider/local"
)

// makeRoom makes the folder of the database that the cell's policy counts in, if it has
// one. Its name says whose it is: the next run removes what a killed one leaves.
func (t *trial) makeRoom() error {
	p := t.cell.Subject.Policy
	if p.Bound.Shared == 0 {
		return nil
	}
	dir, err := local.MakeDir()
	if err != nil {
		return fmt.Errorf("make room for %s: %w", p.Name, err)
	}
	t.database = filepath.Join(dir, "charges.db")
	return nil
}

func (t *trial) clearRoom() {
	if t.database != "" {
		_ = os.RemoveAll(filepath.Dir(t.database)) // what stays is removed by the next run
	}
}

// guard puts the cell's policy around the limiter. It comes after the warm-up: what goes
// wrong there is no outage.
func (t *trial) guard() error {
	p := t.cell.Subject.Policy
	if p.Wrap == nil {
		return nil
	}
	with := t.cell.Means()
	with.Now, with.Database = t.env().Now, t.database
	guarded, err := p.Wrap(t.limiter, with)
	if err != nil {
		return fmt.Errorf("guard %s: %w", t.cell.Cell, err)
	}
	t.limiter = guarded
	t.policed, _ = guarded.(io.Closer)
	return nil
}

// close closes what the policy counts in, and what the limiter talks through.
func (t *trial) close() error {
	err := t.client.Close()
	if t.policed != nil {
		err = errors.Join(err, t.policed.Close())
	}
	return err
}

// policy is what the cell's policy promises in this trial; nil without one.
func (t *trial) policy() *history.Policy {
	p := t.cell.Subject.Policy
	if p.Wrap == nil {
		return nil
	}
	with, losses := t.cell.Means(), t.cell.Losses()
	made := &history.Policy{Bound: p.Bound, Losses: losses, Counts: p.Counts, Patience: with.Patience, Cooldown: with.Cooldown}
	if t.cell.Subject.Technique.Atomic && !t.cell.Evicts() { // else the limiter itself keeps within no bound
		made.Times = p.Bound.Times(max(1, t.cell.Scenario.Instances), losses)
	}
	return made
}
