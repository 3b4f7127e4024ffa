package metrics

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// inARow is how many answers in a row count as recovery.
const inARow = 10

// faults measures how the trial went through its faults, and what they made the servers
// forget.
func faults(c *result.Cell, h *history.History, j check.Report) {
	c.DoubleCounted = j.Repeated
	if len(h.Trial.Faults) == 0 {
		return
	}
	for _, f := range h.Trial.Faults {
		c.Faults = append(c.Faults, faultOf(f, &h.Trial.Load))
	}
	if j.Lost != nil {
		c.LostAcknowledged = &j.Lost.Certain
	}
	c.Evictions = new(int64)
	for _, e := range h.Trial.Evictions {
		*c.Evictions += e.Times
	}
	if r := h.Trial.Roles; r != nil && r.LostBytes >= 0 {
		c.LostBytes = new(r.LostBytes)
	}
	c.FirstSuccessMS, c.RecoveryMS = recovery(h)
	c.Timeline = timeline(h)
}

// faultOf begins where the fault did: from then on it may have been in effect, long before
// whoever made it knew.
func faultOf(f history.Fault, load *history.Load) result.Fault {
	r := result.Fault{Name: f.Name, Node: f.Node, AtMS: millis(f.BeganNS - load.StartNS)}
	if f.HealedNS != 0 && f.HealedNS <= load.EndNS {
		r.UntilMS = new(millis(f.HealedNS - load.StartNS))
	}
	return r
}

// recovery returns FirstSuccessMS and RecoveryMS: of several faults the longest, each
// looked at until the next.
func recovery(h *history.History) (first, lasting *float64) {
	for i, ops := range met(h) {
		f, l := recoveryFrom(&h.Trial.Faults[i], ops)
		if i == 0 {
			first, lasting = f, l
			continue
		}
		first, lasting = longer(first, f), longer(lasting, l)
	}
	return first, lasting
}

// noticed is nil without a fault, and where neither an error says what it was nor a policy
// that there was one.
func noticed(h *history.History, errors map[string]int64) *result.Noticed {
	if len(h.Trial.Faults) == 0 || len(errors) == 0 && h.Trial.Policy == nil {
		return nil
	}
	n := &result.Noticed{DetectMS: detection(h), Errors: map[string]int64{}}
	maps.Copy(n.Errors, errors)
	return n
}

// detection returns DetectMS.
func detection(h *history.History) (longest *float64) {
	for i, ops := range met(h) {
		start, end := int64(math.MaxInt64), int64(math.MaxInt64)
		for _, o := range ops {
			if !answered(o) {
				start, end = min(start, o.Inv), min(end, o.Ret)
			}
		}
		if end < math.MaxInt64 {
			longest = new(max(millis(end-max(start, h.Trial.Faults[i].BeganNS)), value(longest)))
		}
	}
	return longest
}

// value is 0 for nil.
func value(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// longer is nil, which is never, if one of the two is.
func longer(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	return new(max(*a, *b))
}

// recoveryFrom is the way back from one fault, by the operations that met it: none if it
// showed in none of them.
func recoveryFrom(f *history.Fault, ops []*history.Op) (first, lasting *float64) {
	if ops = troubled(f, ops); len(ops) == 0 {
		return new(0.0), new(0.0)
	}
	since := func(o *history.Op) *float64 { return new(millis(o.Ret - f.BeganNS)) }
	run := 0
	for i, o := range ops {
		if run++; !inTime(o) {
			run = 0
			continue
		}
		if first == nil {
			first = since(o)
		}
		if run == inARow {
			return first, since(ops[i-inARow+1])
		}
	}
	return first, nil
}

// met lists the operations that met each fault, in the order in which they were intended to
// start.
func met(h *history.History) [][]*history.Op {
	lists := make([][]*history.Op, len(h.Trial.Faults))
	for i := range h.Ops {
		if f := lastMet(h.Trial.Faults, &h.Ops[i]); f >= 0 {
			lists[f] = append(lists[f], &h.Ops[i])
		}
	}
	for _, list := range lists {
		slices.SortStableFunc(list, func(a, b *history.Op) int { return cmp.Compare(a.Intended, b.Intended) })
	}
	return lists
}

// lastMet is the index of the last fault that had begun when the operation was to start, or
// the next one if that came while the operation was in flight and no other fault can have
// held it up; -1 for none.
func lastMet(faults []history.Fault, o *history.Op) int {
	next := 0
	for next < len(faults) && faults[next].BeganNS <= o.Intended {
		next++
	}
	calm := next == 0 || faults[next-1].HealedNS != 0 && faults[next-1].HealedNS <= o.Inv
	if calm && next < len(faults) && faults[next].BeganNS <= o.Ret {
		return next
	}
	return next - 1
}

// troubled leaves out what was answered in time before a fault showed. It shows in what was
// not answered, and while it lasts in what came too late: after it was undone that may be
// anybody's doing.
func troubled(f *history.Fault, ops []*history.Op) []*history.Op {
	shows := func(o *history.Op) bool {
		lasts := f.HealedNS == 0 || o.Intended < f.HealedNS
		return !answered(o) || lasts && !inTime(o)
	}
	if i := slices.IndexFunc(ops, shows); i >= 0 {
		return ops[i:]
	}
	return nil
}

// inTime says that the limiter itself decided while its user still waited: an answer that
// comes later helps nobody, as with availability.
func inTime(o *history.Op) bool { return answered(o) && o.Ret-o.Intended <= answerTolerance }

// millis is 0 for a time that lies before the one it counts from.
func millis(ns int64) float64 { return float64(max(0, ns)) / float64(time.Millisecond) }
