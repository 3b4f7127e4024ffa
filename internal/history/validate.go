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
	case o.Node < 0:
		return fmt.Errorf("node %d is negative", o.Node)
	case o.Seq < 0:
		return fmt.Errorf("seq %d is negative", o.Seq)
	case o.Cost < 1:
		return fmt.Errorf("cost must be at least 1, got %d", o.Cost)
	case o.Outcome > algorithms.Allowed:
		return fmt.Errorf("outcome %d is none of unknown, failed, denied, allowed", o.Outcome)
	case o.By > algorithms.Unasked:
		return fmt.Errorf("decided by %d, which is nobody", o.By)
	}
	return nil
}

func (t *Trial) validate() error {
	if t.Schema != Schema {
		return fmt.Errorf("schema %d is not the one that this rlbench writes (%d)", t.Schema, Schema)
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
	if t.Instances < 0 {
		return fmt.Errorf("%d instances are negative", t.Instances)
	}
	if err := validateFaults(t.Faults); err != nil {
		return err
	}
	if err := t.Roles.validate(); err != nil {
		return fmt.Errorf("roles: %w", err)
	}
	if err := t.Policy.validate(); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return t.Audit.validate(len(t.Keys))
}

// validateFaults demands the order of times that Trial and Fault promise.
func validateFaults(faults []Fault) error {
	for i, f := range faults {
		if err := f.validate(); err != nil {
			return fmt.Errorf("fault %d: %w", i, err)
		}
		if i > 0 && f.BeganNS < faults[i-1].BeganNS {
			return fmt.Errorf("fault %d: began before the one above it: faults are in order of their beginning", i)
		}
	}
	return nil
}

func (f Fault) validate() error {
	switch {
	case f.Name == "":
		return errors.New("it has no name")
	case f.Problem != "" && f.EffectNS == 0 && f.HealedNS == 0:
		return nil
	case f.EffectNS < f.BeganNS:
		return fmt.Errorf("took effect %d ns before it began", f.BeganNS-f.EffectNS)
	case f.HealedNS != 0 && f.HealedNS < f.EffectNS:
		return fmt.Errorf("was healed %d ns before it took effect", f.EffectNS-f.HealedNS)
	}
	return nil
}

func (r *Roles) validate() error {
	switch {
	case r == nil:
		return nil
	case r.Before == "":
		return errors.New("the node that served the keys before has no name")
	case r.Changes < 0 || r.Changes > 2:
		return fmt.Errorf("changes must be 0, 1 or 2, which stands for more than one, got %d", r.Changes)
	case r.Want < 0:
		return fmt.Errorf("%d wanted changes are negative", r.Want)
	case r.LostBytes < -1:
		return fmt.Errorf("lost bytes must be at least 0, or -1 for not known, got %d", r.LostBytes)
	}
	return nil
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

func (p *Policy) validate() error {
	if p != nil && (p.Times < 0 || p.Times > mostTimes) {
		return fmt.Errorf("times must be 0 to %d, got %d", mostTimes, p.Times)
	}
	return nil
}

// mostTimes bounds the multiple of an envelope, so that no product overflows.
const mostTimes = 1 << 10
