package explore

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// Trace is the record of a schedule that breaks a property in the end.
func (g *Graph) Trace(p Property, w Way) (t transcript.Trace, err error) {
	defer g.catch(&err)
	found := g.newRecorder(g.bounds)
	for _, a := range w.actions {
		found.take(a)
	}
	// Whoever plays the trace only has the schedule, so that is what is recorded.
	r := g.newRecorder(g.bounds.replaying(found.schedule))
	if err := r.play(found.schedule); err != nil {
		return t, err
	}
	t = r.trace()
	t.Scenario, t.Property = g.Scenario, string(p)
	t.Violation = r.violation(p)
	return t, nil
}

// violation says how a property is broken where the schedule ends; nothing if it is not.
func (r *recorder) violation(p Property) string {
	for _, f := range r.broken() {
		if f.property != p {
			continue
		}
		if p == FalseRejection && slices.ContainsFunc(r.steps, func(s transcript.Step) bool { return s.Kind == transcript.Resend }) {
			return f.sentence + ": one that was sent twice was charged twice"
		}
		return f.sentence
	}
	return ""
}

// recorder plays actions and writes down what happens.
type recorder struct {
	*Exploration
	bounds   bounds
	state    state
	requests [MaxClients]int
	schedule []string
	steps    []transcript.Step
	ticks    []int64
	current  int8 // the client whose step was the last one
	cost     Cost
}

func (x *Exploration) newRecorder(b bounds) *recorder {
	return &recorder{Exploration: x, bounds: b, state: x.start(b), ticks: []int64{}, current: idle}
}

var clientNames = [MaxClients]string{"A", "B", "C", "D", "E"}

func clientName(i int) string { return clientNames[i] }

// take plays one action.
func (r *recorder) take(a action) {
	r.schedule = append(r.schedule, r.spell(a))
	r.cost = r.cost.with(&place{r.state, r.current}, a)
	var step transcript.Step
	if a.isStep() {
		r.current = a.who
		step = r.takeStep(a)
	} else {
		step = r.takeEvent(a)
	}
	step.TMS = float64(r.sinceT0()) / 1000
	step.After = r.keyspace()
	r.steps = append(r.steps, step)
}

// takeStep plays the step of a client.
func (r *recorder) takeStep(a action) transcript.Step {
	i := int(a.who)
	if !r.state.clients[i].busy() {
		r.requests[i]++
		r.state = r.begun(r.state, i)
	}
	n, c := r.at(&r.state, i), r.state.clients[i]
	s := transcript.Step{Actor: clientName(i), Kind: a.kind, Role: r.subject.roles[c.role].name, Request: r.requests[i], Op: "reads its clock"}
	ahead := r.state
	if n.kind == request {
		sent := r.tables.requests.values[r.bind(&ahead, i)].Request
		s.Commands, s.Op = words(sent), spell(sent)
	}
	var end *answer
	if a.kind == transcript.Command {
		s.Kind = transcript.ReadClock
		if n.kind == request {
			s.Kind = transcript.Kind(n.step.request.Kind)
		}
		var reply int32
		reply, end = r.stepped(r.bounds, &r.state, i)
		s.Reply = r.tables.asSent(named{reply, ahead.clients[i].ids}).spell(n)
	} else {
		e := eventOf(a.kind)
		r.state.left[e]--
		end = r.unanswered(r.bounds, &r.state, i, e)
	}
	if end != nil {
		s.Outcome = end.text
	}
	return s
}

// takeEvent plays what the environment does.
func (r *recorder) takeEvent(a action) transcript.Step {
	s := transcript.Step{Actor: "server", Kind: a.kind, Op: r.inWords(a)}
	if a.kind == transcript.LateEffect {
		s.Actor = "network"
		s.Commands = words(r.late(a).Request)
		r.arrive(r.bounds, &r.state, int(a.which))
		return s
	}
	e := eventOf(a.kind)
	r.state.left[e]--
	r.happen(r.bounds, &r.state, e, int(a.which))
	if e == Tick {
		s.Actor = "clock"
		r.ticks = append(r.ticks, r.sinceT0())
	}
	return s
}

// inWords says what the environment is about to do.
func (r *recorder) inWords(a action) string {
	switch a.kind {
	case transcript.Tick:
		i := r.state.tick
		return "advances by " + inWords(r.bounds.instants[i+1].Sub(r.bounds.instants[i]))
	case transcript.Evict:
		return "evicts " + r.tables.stores.values[r.state.store].mortal[a.which]
	case transcript.Failover:
		if a.which > 0 {
			return fmt.Sprintf("a replica takes over that has not heard of the last %d writes", a.which+1)
		}
		return "a replica takes over that has not heard of the last write"
	case transcript.LoseState:
		return "restarts without its keys"
	case transcript.ForgetLua:
		return "forgets its scripts"
	case transcript.StepClock:
		return "its clock is set forward by " + inWords(r.bounds.shift)
	case transcript.LateEffect:
		return "the abandoned request arrives: " + spell(r.late(a).Request)
	}
	return string(a.kind)
}

func (r *recorder) late(a action) *sent {
	t := r.tables
	return &t.requests.values[t.abandoned.values[r.state.late][a.which].request]
}

func (r *recorder) sinceT0() int64 {
	return int64(r.bounds.instants[r.state.tick] - r.bounds.instants[0])
}

func (r *recorder) keyspace() []modelredis.Entry {
	return append([]modelredis.Entry{}, r.tables.stores.values[r.state.store].Entries()...)
}

// broken is what is wrong where the schedule ends.
func (r *recorder) broken() []finding {
	finished := r.withPending(r.bounds, &r.state)
	return r.findings(r.bounds, finished, &r.state)
}

// trace is what was played so far, without what it proves.
func (r *recorder) trace() transcript.Trace {
	x, b := r.Exploration, r.bounds
	t := transcript.Trace{
		Schema: transcript.Schema, Subject: x.subject.Name, About: x.subject.About, Promise: x.subject.promise(x.limit),
		Params: transcript.Params{Limit: x.limit.L, WindowMS: x.limit.W.Milliseconds(), Burst: x.limit.B, Cost: cost,
			Clients: b.clients, Requests: b.requests},
		T0US: int64(b.instants[0]), Ticks: r.ticks, Scripts: r.scripts(),
		Schedule: r.schedule, Steps: r.steps, Events: r.cost.Events, Preemptions: r.cost.Preemptions, Final: r.keyspace(),
	}
	if x.subject.pattern != nil {
		t.Params = transcript.Params{Cost: cost, Clients: b.clients, Requests: b.requests} // it knows no limit
	}
	for _, req := range b.seed {
		t.Seed = append(t.Seed, words(req)...)
	}
	for i, off := range b.skewed {
		if off {
			t.Skew = map[string]int64{clientName(i): b.skew.Microseconds()}
		}
	}
	for i, c := range r.state.clients[:b.clients] {
		if c.busy() {
			t.Crashed = append(t.Crashed, clientName(i))
		}
	}
	t.Events += len(t.Crashed)
	return t
}

// scripts are the sources of those that the steps name by digest. The subject may have
// others, which it would have run after other replies.
func (r *recorder) scripts() map[string]string {
	sources := map[string]string{}
	for _, step := range r.steps {
		for _, cmd := range step.Commands {
			if len(cmd) > 1 && r.tables.sources[cmd[1]] != "" {
				sources[cmd[1]] = r.tables.sources[cmd[1]]
			}
		}
	}
	return sources
}

// spell is the response as redis-cli prints it, on one line.
func (r response) spell(to *node) string {
	switch {
	case to.kind == readClock:
		return strconv.FormatInt(int64(r.at), 10)
	case r.aborted:
		return "(nil)"
	case to.step.request.Kind == modelredis.Transaction && !r.discarded():
		return spellReplies(r.replies)
	}
	return r.replies[0].String()
}
