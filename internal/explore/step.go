package explore

import (
	"slices"

	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// Event is something that the environment may do.
type Event uint8

// The events that are a choice of their own. A client that dies is none: a schedule may
// end where it is in the middle of a request.
const (
	Tick Event = iota
	Evict
	Failover
	LoseState
	LostReply
	Resend
	Abandon
	ForgetLua
	StepClock
	events
)

// kinds are the words for events, of which an abandoned request's late effect follows.
var kinds = [events]transcript.Kind{transcript.Tick, transcript.Evict, transcript.Failover, transcript.LoseState,
	transcript.LostReply, transcript.Resend, transcript.Abandon, transcript.ForgetLua, transcript.StepClock}

func eventOf(k transcript.Kind) Event { return Event(slices.Index(kinds[:], k)) }

// action is one choice of the search.
type action struct {
	// kind is Command for the next step of a client, whatever it is, or an event.
	kind transcript.Kind
	// who is the client.
	who int8
	// which is the key that is evicted, by its place in the store, the number of writes
	// that a failover loses, or the request that arrives late, by its place.
	which int8
}

// isStep says that a client takes a step.
func (a action) isStep() bool {
	switch a.kind {
	case transcript.Command, transcript.LostReply, transcript.Resend, transcript.Abandon:
		return true
	}
	return false
}

// isEvent says that the environment has a part in it.
func (a action) isEvent() bool { return a.kind != transcript.Command }

// each calls fn with every state that may follow, until it returns false. Where every
// client is done nobody would notice an event. But what was given up may arrive yet, and
// then nobody is left who would mend what it does.
func (x *Exploration) each(b bounds, s *state, fn func(*state, action) bool) {
	if slices.ContainsFunc(s.clients[:b.clients], func(c client) bool { return !c.done() }) {
		for i := range b.clients {
			if !x.eachOf(b, s, i, fn) {
				return
			}
		}
		if !x.eachEvent(b, s, fn) {
			return
		}
	}
	x.eachArrival(b, s, fn)
}

// eachOf calls fn with what may follow of one client's next step.
func (x *Exploration) eachOf(b bounds, s *state, i int, fn func(*state, action) bool) bool {
	if s.clients[i].done() {
		return true
	}
	begun := x.begun(*s, i)
	next := begun
	x.stepped(b, &next, i)
	if !fn(&next, action{kind: transcript.Command, who: int8(i)}) {
		return false
	}
	for _, e := range [...]Event{LostReply, Resend, Abandon} {
		if s.left[e] == 0 || !x.loseable(&begun, i, e) {
			continue
		}
		next := begun
		next.left[e]--
		x.unanswered(b, &next, i, e)
		if !fn(&next, action{kind: kinds[e], who: int8(i)}) {
			return false
		}
	}
	return true
}

// loseable says that an event may happen to a client's next request or its reply. One that
// writes nothing has no effect a second time, or later. No client library sends an EXEC
// again, whose WATCH was lost with the connection.
func (x *Exploration) loseable(s *state, i int, e Event) bool {
	n := x.at(s, i)
	if n.kind != request {
		return false
	}
	writes := x.tables.requests.values[n.request].writes
	return e == LostReply || writes && !(e == Resend && n.exec)
}

// at is the position of a client in its program.
func (x *Exploration) at(s *state, i int) *node {
	c := &s.clients[i]
	return &x.tables.programs[c.role].nodes[c.node]
}

// begun is the state in which a client's request has begun, if its next step is the first.
func (x *Exploration) begun(s state, i int) state {
	if c := &s.clients[i]; !c.busy() {
		c.left--
		c.inv = int8(s.tick)
	}
	return s
}

// stepped takes the next step of a client, whose request has begun. It returns the
// response, and how the request ended if it did.
func (x *Exploration) stepped(b bounds, s *state, i int) (response int32, end *answer) {
	response = x.respond(b, s, i)
	return response, x.answered(s, i, response)
}

// respond is what a client's next step is answered, with its effect on the server.
func (x *Exploration) respond(b bounds, s *state, i int) int32 {
	n := x.at(s, i)
	switch {
	case n.kind == readClock:
		now := b.instants[s.tick]
		if s.clients[i].flags&skewed > 0 {
			now = now.Add(b.skew)
		}
		return x.tables.responseID(response{at: now})
	case x.aborts(s, i):
		return x.tables.responseID(response{aborted: true})
	}
	return x.runOf(b, s, i)
}

// runOf runs a client's request on the server and returns the response.
func (x *Exploration) runOf(b bounds, s *state, i int) int32 {
	c := &s.clients[i]
	r := x.bind(s, i)
	return x.tables.seenBy(x.run(b, s, r), c.ids)
}

// aborts says that a client's next step is an EXEC that runs nothing.
func (x *Exploration) aborts(s *state, i int) bool {
	return x.at(s, i).exec && s.clients[i].flags&dirty > 0 && x.tables.model.Defect != modelredis.DeafWatch
}

// unanswered takes the next step of a client, whose request has begun and whose reply
// does not come.
func (x *Exploration) unanswered(b bounds, s *state, i int, e Event) (end *answer) {
	n := x.at(s, i)
	if e == Abandon {
		l := late{x.bind(s, i), x.tables.noWatch(), false}
		if n.exec {
			l.watched, l.dirty = n.watched, s.clients[i].flags&dirty > 0
		}
		s.late = x.tables.lateID(append(slices.Clone(x.tables.abandoned.values[s.late]), l))
	} else if !x.aborts(s, i) {
		x.runOf(b, s, i)
	}
	if e == Resend {
		return nil
	}
	return x.answered(s, i, x.tables.responseID(response{lost: true}))
}

// run runs a request on the server and returns the response.
func (x *Exploration) run(b bounds, s *state, r int32) int32 {
	t := x.tables
	if sent := &t.requests.values[r]; sent.script >= 0 && s.noLua>>sent.script&1 > 0 {
		if sent.Kind == modelredis.Transaction {
			refuse("it runs a script within MULTI: what a server answers that has forgotten the script is not known")
		}
		return t.responseID(response{replies: []modelredis.Reply{noScript}})
	} else if sent.script < 0 && s.noLua > 0 {
		s.noLua &^= t.learned(sent)
	}
	before := s.store
	e := t.effect(cause{s.store, r, b.now(s)})
	s.store = e.store
	x.touch(s, e.touched)
	if s.left[Failover] > 0 && e.store != before {
		past := append([]int32{before}, t.pasts.values[s.past]...)
		past = past[:min(len(past), b.losses)]
		s.past = t.pasts.id(encodeNumbers(past), past)
	}
	return e.response
}

// touch breaks every WATCH of a touched key.
func (x *Exploration) touch(s *state, touched int32) {
	x.breakWatches(s, func(watched int32) bool { return x.tables.breaks(touched, watched) })
}

// disconnect breaks every WATCH: the connections are gone.
func (x *Exploration) disconnect(s *state) {
	x.breakWatches(s, func(watched int32) bool { return watched != x.tables.noWatch() })
}

func (x *Exploration) breakWatches(s *state, of func(watched int32) bool) {
	for i := range s.clients {
		if c := &s.clients[i]; c.busy() && of(x.at(s, i).watched) {
			c.flags |= dirty
		}
	}
	breaks := func(l late) bool { return !l.dirty && of(l.watched) }
	list := x.tables.abandoned.values[s.late]
	if !slices.ContainsFunc(list, breaks) {
		return
	}
	list = slices.Clone(list)
	for i, l := range list {
		list[i].dirty = l.dirty || breaks(l)
	}
	s.late = x.tables.lateID(list)
}

// answered moves a client on with the response to its step, and returns how its request
// ended if it did.
func (x *Exploration) answered(s *state, i int, response int32) *answer {
	c := &s.clients[i]
	p := x.tables.programs[c.role]
	c.node = p.after(c.node, response)
	n := &p.nodes[c.node]
	if n.watched == x.tables.noWatch() {
		c.flags &^= dirty
	}
	if n.kind != ended {
		return nil
	}
	s.finished = x.tables.finish(finish{s.finished, op{c.role, n.answer.outcome, x.textOf(n.answer), c.inv, int8(s.tick)}})
	c.node, c.inv, c.ids = root, idle, 0
	return &n.answer
}
