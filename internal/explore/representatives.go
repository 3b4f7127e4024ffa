package explore

import (
	"slices"

	"github.com/rlbench/rlbench/internal/transcript"
)

// Representatives calls fn with one schedule of every set of schedules that differ only
// in the order of steps which do not notice each other, until it returns false. These
// are the Mazurkiewicz traces; sleep sets (Godefroid, 1996) pick one of each. The
// scenario must have no events but ticks.
func (x *Exploration) Representatives(s Scenario, fn func(transcript.Trace) bool) (err error) {
	defer x.catch(&err)
	b := s.bounds(x.subject, x.limit)
	w := sleeper{Exploration: x, bounds: b, fn: fn}
	w.walk(x.start(b), nil)
	return nil
}

type sleeper struct {
	*Exploration
	bounds bounds
	path   []action
	fn     func(transcript.Trace) bool
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
		return w.fn(w.record())
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
