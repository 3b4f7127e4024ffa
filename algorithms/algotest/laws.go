package algotest

import (
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// request is one step of an enumerated sequence.
type request struct {
	at    algorithms.Instant
	n     int64
	admit bool
}

// laws enumerates every sequence of a few requests, at the instants where
// something changes, and holds the model to its contract as the contract defines
// it, to the meaning of its answers, and to its own Envelope and Forget.
func laws(t *testing.T, a algorithms.Algorithm) {
	for _, l := range smallLimits() {
		e := enumeration{t: t, contract: a.Contract(l), unused: a.Model(l), best: map[time.Duration]int64{}}
		for _, phase := range []algorithms.Instant{0, 1, 999} {
			e.extend(e.unused, epoch+phase, nil)
		}
		e.tight()
	}
}

func smallLimits() []algorithms.Limit {
	var all []algorithms.Limit
	for _, w := range []time.Duration{time.Millisecond, 7 * time.Millisecond} {
		for _, lb := range [][2]int64{{1, 1}, {2, 2}, {3, 3}, {3, 1}, {1, 3}} {
			all = append(all, algorithms.Limit{L: lb[0], W: w, B: lb[1]})
		}
	}
	return all
}

// depth is the number of requests in a sequence.
const depth = 4

type enumeration struct {
	t        *testing.T
	contract algorithms.Contract
	unused   algorithms.Model
	// best is the most cost that any sequence got admitted in a closed interval of
	// exactly that length.
	best map[time.Duration]int64
}

// extend tries every next request at and after an instant.
func (e *enumeration) extend(m algorithms.Model, at algorithms.Instant, past []request) {
	if len(past) == depth {
		return
	}
	for _, gap := range e.gaps(m, at) {
		now := at.Add(gap)
		for _, n := range e.costs(m, now) {
			next, d := m.Step(now, n)
			sequence := append(slices.Clip(past), request{now, n, d.Allowed})
			e.check(m, next, d, sequence)
			e.extend(next, now, sequence)
		}
	}
}

// gaps are the times until the next request: none, the edges of the state, and
// some that divide nothing.
func (e *enumeration) gaps(m algorithms.Model, at algorithms.Instant) []time.Duration {
	w := e.contract.Limit.W
	gaps := []time.Duration{0, time.Microsecond, w / 3, w}
	if f := m.Forget(at); f > 0 {
		gaps = append(gaps, f-time.Microsecond, f)
	}
	if _, d := m.Step(at, 1); !d.Allowed {
		gaps = append(gaps, d.RetryAfter)
	}
	for i := range gaps {
		gaps[i] = gaps[i].Truncate(time.Microsecond)
	}
	slices.Sort(gaps)
	return slices.Compact(gaps)
}

// costs are the smallest, the most that is admitted, and the least that is not.
func (e *enumeration) costs(m algorithms.Model, at algorithms.Instant) []int64 {
	_, d := m.Step(at, 1)
	left := d.Remaining
	if d.Allowed {
		left++
	}
	costs := []int64{1, left, left + 1}
	slices.Sort(costs)
	return slices.DeleteFunc(slices.Compact(costs), func(n int64) bool { return n < 1 })
}

func (e *enumeration) check(before, after algorithms.Model, d algorithms.Decision, sequence []request) {
	last := sequence[len(sequence)-1]
	if lawful := lawful(e.contract, sequence); d.Allowed && !lawful {
		e.t.Fatalf("%+v: the model admits what the contract forbids: %v", e.contract.Limit, sequence)
	} else if !d.Allowed && lawful && e.contract.Kind != algorithms.EnvelopeOnly {
		e.t.Fatalf("%+v: the model denies what the contract allows: %v", e.contract.Limit, sequence)
	}
	e.answers(before, after, d, last)
	e.forget(after, last.at)
	if d.Allowed {
		e.measure(sequence)
	}
}

// answers checks what a decision says of the future.
func (e *enumeration) answers(before, after algorithms.Model, d algorithms.Decision, last request) {
	allowed := func(m algorithms.Model, at algorithms.Instant, n int64) bool {
		_, d := m.Step(at, n)
		return d.Allowed
	}
	if d.Remaining > 0 && !allowed(after, last.at, d.Remaining) || allowed(after, last.at, d.Remaining+1) {
		e.t.Fatalf("%+v: Remaining is %d, which is not the most that is admitted after %v", e.contract.Limit, d.Remaining, last)
	}
	switch {
	case d.Allowed && d.RetryAfter != 0:
		e.t.Fatalf("%+v: RetryAfter of an admitted request is %s", e.contract.Limit, d.RetryAfter)
	case !d.Allowed && d.RetryAfter == algorithms.Never:
		if allowed(e.unused, last.at, last.n) {
			e.t.Fatalf("%+v: a cost of %d is never admitted, but a new limiter does", e.contract.Limit, last.n)
		}
	case !d.Allowed:
		retry := last.at.Add(d.RetryAfter)
		if allowed(before, retry-1, last.n) || !allowed(before, retry, last.n) {
			e.t.Fatalf("%+v: RetryAfter %s of %v is not when it is first admitted", e.contract.Limit, d.RetryAfter, last)
		}
	}
	if f := after.Forget(last.at); d.ResetAfter != f {
		e.t.Fatalf("%+v: ResetAfter is %s, but the state matters for %s", e.contract.Limit, d.ResetAfter, f)
	}
}

// forget checks that a state is that of a new limiter from Forget on, as a value
// and so for every later request, and not before.
func (e *enumeration) forget(m algorithms.Model, at algorithms.Instant) {
	f := m.Forget(at)
	end := at.Add(f)
	if settle(m, end) != settle(e.unused, end) || m.Forget(end) != 0 {
		e.t.Fatalf("%+v: after %s the state is still %+v", e.contract.Limit, f, m)
	}
	if f > 0 && settle(m, end-1) == settle(e.unused, end-1) {
		e.t.Fatalf("%+v: the state %+v is forgotten before %s", e.contract.Limit, m, f)
	}
}

// measure records the cost in every closed interval that ends with the sequence,
// and checks that no envelope is too small.
func (e *enumeration) measure(sequence []request) {
	end := sequence[len(sequence)-1].at
	for i, first := range sequence {
		d, cost := end.Sub(first.at), admitted(sequence[i:])
		e.best[d] = max(e.best[d], cost)
		if most := e.unused.Envelope(d); cost > most {
			e.t.Fatalf("%+v: %d admitted in %s, the envelope is %d: %v", e.contract.Limit, cost, d, most, sequence)
		}
	}
}

// tight checks that no envelope is too large, for intervals in which a used-up
// limiter recovers: longer ones would need longer sequences.
func (e *enumeration) tight() {
	_, d := e.unused.Step(1, 1)
	_, d = e.unused.Step(1, d.Limit)
	lengths := make([]time.Duration, 0, len(e.best))
	for length := range e.best {
		if length <= d.ResetAfter {
			lengths = append(lengths, length)
		}
	}
	slices.Sort(lengths)
	most := int64(0)
	for _, length := range lengths {
		most = max(most, e.best[length])
		if envelope := e.unused.Envelope(length); envelope != most {
			e.t.Errorf("%+v: the envelope of %s is %d, but no sequence gets more than %d", e.contract.Limit, length, envelope, most)
		}
	}
}

func admitted(sequence []request) (cost int64) {
	for _, r := range sequence {
		if r.admit {
			cost += r.n
		}
	}
	return cost
}
