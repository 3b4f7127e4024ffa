package explore

import (
	"math"
	"slices"

	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// eachEvent calls fn with what may follow of what the environment does.
func (x *Exploration) eachEvent(b bounds, s *state, fn func(*state, action) bool) bool {
	for e := range events {
		ofStep := e == LostReply || e == Resend || e == Abandon
		if !ofStep && s.left[e] > 0 && !x.eachWay(b, s, e, fn) {
			return false
		}
	}
	return true
}

// eachArrival calls fn with what may follow of each abandoned request that arrives.
func (x *Exploration) eachArrival(b bounds, s *state, fn func(*state, action) bool) {
	for i := range x.tables.abandoned.values[s.late] {
		next := *s
		if !fn(x.arrive(b, &next, i), action{kind: transcript.LateEffect, which: int8(i)}) {
			return
		}
	}
}

// eachWay calls fn with every way in which an event may happen.
func (x *Exploration) eachWay(b bounds, s *state, e Event, fn func(*state, action) bool) bool {
	for which := range x.ways(s, e) {
		if which > math.MaxInt8 {
			refuse("%s may happen in more than %d ways", kinds[e], math.MaxInt8+1)
		}
		next := *s
		next.left[e]--
		x.happen(b, &next, e, which)
		if !fn(&next, action{kind: kinds[e], which: int8(which)}) {
			return false
		}
	}
	return true
}

// ways is the number of ways in which an event may happen.
func (x *Exploration) ways(s *state, e Event) int {
	switch e {
	case Evict:
		return len(x.tables.stores.values[s.store].mortal)
	case Failover:
		return len(x.tables.pasts.values[s.past])
	}
	return 1
}

// everyScript is noLua of a server that knows none, not even one that nobody has sent so
// far: what a state means must not depend on what else was explored.
const everyScript = 1<<maxScripts - 1

func (x *Exploration) happen(b bounds, s *state, e Event, which int) {
	t := x.tables
	switch e {
	case Tick:
		s.tick++
	case StepClock:
		s.shifted++
	case Evict:
		x.forget(s, t.stores.values[s.store].mortal[which:which+1])
	case Failover:
		// A primary may not know the scripts of the one before. That costs its clients a
		// trip in which nothing happens, so the orders of what happens are the same.
		s.store = t.pasts.values[s.past][which]
		s.past = t.pasts.id("", nil)
		x.disconnect(s)
	case LoseState:
		x.forget(s, t.stores.values[s.store].mortal)
		x.disconnect(s)
		s.noLua = everyScript
	case ForgetLua:
		s.noLua = everyScript
	}
	x.expire(b, s)
}

// forget takes keys away, as eviction does: a WATCH on them is broken.
func (x *Exploration) forget(s *state, keys []string) {
	kept := x.tables.stores.values[s.store].Store
	for _, k := range keys {
		kept = kept.Without(k)
	}
	s.store = x.tables.storeID(kept)
	x.touch(s, x.tables.touches.id(encodeList(keys), keys))
}

// expire takes the keys away whose time is over. Redis does so when somebody next asks
// for one, or looks whether a watched one has changed: nobody can tell the difference.
func (x *Exploration) expire(b bounds, s *state) {
	if e := x.tables.effect(cause{s.store, onlyTime, b.now(s)}); e.store != s.store {
		s.store = e.store
		x.touch(s, e.touched)
	}
}

// arrive runs an abandoned request.
func (x *Exploration) arrive(b bounds, s *state, which int) *state {
	list := x.tables.abandoned.values[s.late]
	s.late = x.tables.lateID(slices.Delete(slices.Clone(list), which, which+1))
	if l := list[which]; !l.dirty {
		x.run(b, s, l.request)
	}
	return s
}

var noScript = modelredis.Reply{Err: "NOSCRIPT No matching script. Please use EVAL."}
