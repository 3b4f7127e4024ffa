package history

import (
	"errors"
	"fmt"

	"github.com/rlbench/rlbench/algorithms"
)

// Validate says in one sentence what makes the history impossible, or nil. Checkers
// may rely on it: every operation returned after it was invoked, names a key of the
// trial, costs at least 1, and none was invoked before its predecessor.
func (h *History) Validate() error {
	if err := h.Trial.validate(); err != nil {
		return err
	}
	before := &Op{}
	for i := range h.Ops {
		o := &h.Ops[i]
		if i == 0 {
			before = o
		}
		if err := o.validate(before, len(h.Trial.Keys)); err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
		before = o
	}
	return nil
}

func (o *Op) validate(before *Op, keys int) error {
	switch {
	case o.Ret < o.Inv:
		return fmt.Errorf("returned %d ns before it was invoked", o.Inv-o.Ret)
	case o.Inv < before.Inv:
		return errors.New("was invoked before the one above it: operations are in order of invocation")
	case o.Key < 0 || int(o.Key) >= keys:
		return fmt.Errorf("key %d is out of range: the trial has %d keys", o.Key, keys)
	case o.Worker < 0:
		return fmt.Errorf("worker %d is negative", o.Worker)
	case o.Cost < 1:
		return fmt.Errorf("cost must be at least 1, got %d", o.Cost)
	case o.Outcome > algorithms.Allowed:
		return fmt.Errorf("outcome %d is none of unknown, failed, denied, allowed", o.Outcome)
	}
	return nil
}

func (t *Trial) validate() error {
	if t.Schema < 1 || t.Schema > Schema {
		return fmt.Errorf("schema %d is not one that this rlbench writes (1 to %d)", t.Schema, Schema)
	}
	if err := t.Contract.Limit.Validate(); err != nil {
		return fmt.Errorf("contract: %w", err)
	}
	switch t.Expected {
	case "valid", "invalid", "any":
	default:
		return fmt.Errorf("expected verdict %q is none of valid, invalid, any", t.Expected)
	}
	switch t.Load.Loop {
	case "open", "closed":
	default:
		return fmt.Errorf("loop %q is neither open nor closed", t.Load.Loop)
	}
	if t.Load.EndNS < t.Load.StartNS {
		return errors.New("the measured part ends before it starts")
	}
	return t.Audit.validate(len(t.Keys))
}

func (a *Audit) validate(keys int) error {
	if a == nil {
		return nil
	}
	for _, e := range a.Entries {
		if e.Key < 0 || int(e.Key) >= keys {
			return fmt.Errorf("audit: key %d is out of range: the trial has %d keys", e.Key, keys)
		}
	}
	return nil
}
