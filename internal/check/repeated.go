package check

import (
	"slices"

	"github.com/rlbench/rlbench/internal/history"
)

// repeated counts the steps that the servers ran although no operation can have asked
// for them: a client repeated by itself what it had sent before. Of the numbers that no
// operation carries, each operation whose answer was lost explains one.
//
// A server that comes back after another one has served goes on from its numbers: what
// a later server handed out is not held against an earlier one.
func (t *tracing) repeated() (sum int64) {
	for i := range t.keys {
		sum += t.keys[i].repeated
	}
	return sum
}

// executed counts the steps that the servers ran: those that operations carry the number
// of, and those of the numbers between.
func (t *tracing) executed() (sum int64) {
	for i := range t.h.Ops {
		if numbered(&t.h.Ops[i]) {
			sum++
		}
	}
	for i := range t.keys {
		sum += t.keys[i].missing
	}
	return sum
}

// countRepeats sets what is known of repeats on each key. Only the default profile of
// clients is without.
func (t *tracing) countRepeats() {
	for rank := range t.ranks {
		for key, numbers := range t.carriedFrom(rank) {
			if l := &t.keys[key]; rank < len(l.servers) {
				l.missing += l.servers[rank].highest - l.servers[rank].lowest + 1 - int64(len(numbers))
			}
		}
	}
	client := t.h.Trial.Cell.Client
	for key := range t.keys {
		l := &t.keys[key]
		l.repeated = max(0, l.missing-l.unplaced)
		l.repeats = l.repeated > 0 || client != "" && client != history.DefaultClient
	}
}

// carriedFrom lists, for each key, the numbers in the range of the server of a rank that
// operations on it, or on a later one, carry.
func (t *tracing) carriedFrom(rank int) [][]int64 {
	list := make([][]int64, len(t.keys))
	for i := range t.h.Ops {
		op := &t.h.Ops[i]
		l := &t.keys[op.Key]
		if !numbered(op) || l.rank(op.Node) < rank {
			continue
		}
		if s := &l.servers[rank]; op.Seq >= s.lowest && op.Seq <= s.highest {
			list[op.Key] = append(list[op.Key], op.Seq)
		}
	}
	for key := range list {
		slices.Sort(list[key])
		list[key] = slices.Compact(list[key])
	}
	return list
}
