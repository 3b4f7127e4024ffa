package explore

import (
	"fmt"
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/transcript"
)

// Representatives calls fn with one schedule of every set of schedules that differ only
// in the order of steps which do not notice each other, until it returns false. These
// are the Mazurkiewicz traces; sleep sets (Godefroid, 1996) pick one of each. The
// scenario must have no events but ticks. The error is ErrBound if there are more than so
// many, of which fn was called with the first.
func (x *Exploration) Representatives(s Scenario, most int, fn func(transcript.Trace) bool) error {
	return x.representatives(s.bounds(x.subject, x.limit), most, fn)
}

// RepresentativesAtDeadline are those of two clients with one request each, while the
// clock goes to the millisecond of the deadline of what one request makes, through which
// it lives, and then beyond. Everything notices a tick, so there are far fewer than with
// all the stops of AtDeadline; these two tell whether a WATCH notices what dies.
func (x *Exploration) RepresentativesAtDeadline(most int, fn func(transcript.Trace) bool) (err error) {
	defer x.catch(&err)
	b := Scenario{Clients: 2, Requests: 1}.bounds(x.subject, x.limit)
	at := x.firstDeadline(b)
	b.instants = append(b.instants, at, at.Add(time.Millisecond))
	b.left[Tick] = 2
	return x.representatives(b, most, fn)
}

// firstDeadline is that of what the first client's requests make alone, a window from the
// start if that lives for ever.
func (x *Exploration) firstDeadline(b bounds) algorithms.Instant {
	s := x.start(b)
	for !s.clients[0].done() {
		s = x.begun(s, 0)
		x.stepped(b, &s, 0)
	}
	for _, e := range x.tables.stores.values[s.store].Entries() {
		if e.Deadline > b.instants[0].Milli() {
			return algorithms.Instant(e.Deadline * 1000)
		}
	}
	return b.instants[0].Add(x.limit.W)
}

func (x *Exploration) representatives(b bounds, most int, fn func(transcript.Trace) bool) (err error) {
	defer x.catch(&err)
	n, more := 0, false
	w := sleeper{Exploration: x, bounds: b, fn: func(record func() transcript.Trace) bool {
		if more = n == most; more {
			return false
		}
		n++
		return fn(record())
	}}
	w.walk(x.start(b), nil)
	if more {
		return fmt.Errorf("%d schedules: %w", n, ErrBound)
	}
	return nil
}

type sleeper struct {
	*Exploration
	bounds bounds
	path   []action
	fn     func(record func() transcript.Trace) bool
}

// walk explores all but what sleeps: an action that was explored from an earlier state,
// with nothing since that would notice whether it came before or after.
func (w *sleeper) walk(s state, sleep []action) (more bool) {
	more, end := true, true
	w.each(w.bounds, &s, func(next *state, a action) bool {
		end = false
		if slices.Contains(sleep, a) {
			return true
		}
		w.path = append(w.path, a)
		more = w.walk(*next, w.stillAsleep(&s, sleep, a))
		w.path = w.path[:len(w.path)-1]
		sleep = append(slices.Clone(sleep), a)
		return more
	})
	if end {
		return w.fn(w.record)
	}
	return more
}

func (w *sleeper) record() transcript.Trace {
	r := w.newRecorder(w.bounds)
	for _, a := range w.path {
		r.take(a)
	}
	return r.trace()
}

// stillAsleep keeps what does not notice an action.
func (w *sleeper) stillAsleep(s *state, sleep []action, a action) []action {
	return slices.DeleteFunc(slices.Clone(sleep), func(other action) bool { return !w.independent(s, a, other) })
}

// independent says that two actions have the same effect in either order.
func (w *sleeper) independent(s *state, a, b action) bool {
	if a.who == b.who || a.isEvent() || b.isEvent() {
		return false
	}
	m, n := w.waiting(*s, a), w.waiting(*s, b)
	if m.kind != request || n.kind != request {
		return true // reading a client's own clock
	}
	x, y := w.tables.requests.values[m.request], w.tables.requests.values[n.request]
	if !x.writes && !y.writes {
		return true
	}
	keys := w.noticed(m)
	return !slices.ContainsFunc(w.noticed(n), func(k string) bool { return slices.Contains(keys, k) })
}

// waiting is where a client is that is about to take a step.
func (w *sleeper) waiting(s state, a action) *node {
	s = w.begun(s, int(a.who))
	return w.at(&s, int(a.who))
}

// noticed are the keys that a step reads or writes: EXEC looks at the watched ones.
func (w *sleeper) noticed(n *node) []string {
	keys := w.tables.requests.values[n.request].keys
	if n.exec {
		keys = append(slices.Clone(keys), w.tables.watches.values[n.watched]...)
	}
	return keys
}
