package check

import (
	"fmt"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// Lost is how many admissions the servers forgot after they had acknowledged them: a
// server handed out their numbers once more.
type Lost struct {
	// Certain are lost for certain. Possible adds those of which the numbers just before
	// the successor's first may have been given to operations whose answers were lost.
	Certain, Possible int64
	// cost of the possible ones.
	cost int64
}

// lost counts over all keys; a key that was lost on the way to one server is not lost
// again on the way to the next.
func (t *tracing) lost() (sum Lost) {
	for i := range t.h.Ops {
		op := &t.h.Ops[i]
		switch t.fate(op) {
		case outside:
			sum.Certain++
			fallthrough
		case doubtful:
			sum.Possible++
			sum.cost += int64(op.Cost)
		}
	}
	return sum
}

// fate is the standing of an admission in the chain of the key's last server. What is
// none cannot be lost.
func (t *tracing) fate(op *history.Op) standing {
	l := &t.keys[op.Key]
	if op.Outcome != algorithms.Allowed || !numbered(op) {
		return inside
	}
	return l.standing(op, len(l.servers)-1)
}

// forgotten is the history of the keys on which something is lost for certain.
func (t *tracing) forgotten() *history.History {
	lost := make([]bool, len(t.keys))
	for i := range t.h.Ops {
		if op := &t.h.Ops[i]; t.fate(op) == outside {
			lost[op.Key] = true
		}
	}
	return t.view(func(op *history.Op, _ *succession) algorithms.Outcome {
		if lost[op.Key] {
			return op.Outcome
		}
		return algorithms.Failed
	})
}

// String says it in a clause.
func (l Lost) String() string {
	switch {
	case l.Certain == 0:
		return fmt.Sprintf("the servers may have forgotten up to %d of the admissions that they had acknowledged", l.Possible)
	case l.Possible > l.Certain:
		return fmt.Sprintf("the servers forgot %d to %d admissions that they had acknowledged", l.Certain, l.Possible)
	case l.Certain == 1:
		return "the servers forgot 1 admission that they had acknowledged"
	}
	return fmt.Sprintf("the servers forgot %d admissions that they had acknowledged", l.Certain)
}
