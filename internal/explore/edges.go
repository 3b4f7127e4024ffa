package explore

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// Edge is one step of a graph as a server sees it.
type Edge struct {
	// From and To are the numbers of the keyspaces before and after it, see Keyspace.
	From, To int
	At       algorithms.Instant
	// Request has no kind where only the clock advances, to At.
	Request modelredis.Request
	Replies []modelredis.Reply
}

// Keyspace returns the keyspace with a number. 0 is the empty one.
func (x *Exploration) Keyspace(id int) modelredis.Store { return x.tables.stores.values[id].Store }

// Scripts lists the sources of the scripts that the subject runs, as far as it was
// explored.
func (x *Exploration) Scripts() (sources []string) {
	for _, sha := range x.tables.scripts {
		sources = append(sources, x.tables.sources[sha])
	}
	return sources
}

// Watches says whether the subject uses WATCH, as far as it was explored: then what a
// request does depends on the connection, not on the keyspace alone.
func (x *Exploration) Watches() bool { return len(x.tables.watches.values) > 1 }

// Repeats says that a scenario has the steps of an earlier one for this subject, as far as
// it was explored: a pattern has as many clients as roles in all of them, a clock that
// nobody reads may be off, and a client that dies does nothing that one who waits does not.
func (x *Exploration) Repeats(s Scenario, earlier []Scenario) bool {
	steps := func(s Scenario) bounds {
		b := s.bounds(x.subject, x.limit)
		b.deaths = 0
		if !x.readsClock() {
			b.skew, b.skewed = 0, [MaxClients]bool{}
		}
		return b
	}
	return slices.ContainsFunc(earlier, func(e Scenario) bool { return reflect.DeepEqual(steps(e), steps(s)) })
}

// EachEffect calls fn with every different effect that the model has computed so far, of
// whatever scenarios, until it returns false: what one request, or nothing but time, makes
// of one keyspace at one instant. They come in order of At, From and the request, and From
// need not be the To of an edge before. A WATCH has no effect, nor has an EXEC that a broken
// one aborts, nor a script that the server has forgotten. An EXEC that is not aborted has
// that of a transaction that nothing guards.
func (x *Exploration) EachEffect(fn func(Edge) bool) {
	causes := slices.SortedFunc(maps.Keys(x.tables.effects), func(a, b cause) int {
		return cmp.Or(cmp.Compare(a.now, b.now), cmp.Compare(a.store, b.store), cmp.Compare(a.request, b.request))
	})
	for _, c := range causes {
		if c.request != onlyTime && x.tables.requests.values[c.request].Kind == modelredis.Watch {
			continue
		}
		if !fn(x.edge(c)) {
			return
		}
	}
}

// EachEdge calls fn with every edge of the graph of a scenario whose only events are ticks,
// until it returns false: in order of At, and breadth-first, so that a keyspace is the
// To of an edge before it is the From of one. The edges that make a pattern's first
// keyspace come first. An EXEC that a broken WATCH aborts is no edge. The same keyspace,
// request and instant come again wherever states differ in something else.
func (x *Exploration) EachEdge(s Scenario, fn func(Edge) bool) (err error) {
	defer x.catch(&err)
	b := s.bounds(x.subject, x.limit)
	e := edges{Exploration: x, bounds: b, fn: fn, seen: map[state]bool{}}
	first := x.start(b)
	if !e.seed(b) {
		return nil
	}
	e.queues, e.ticks = make([][]state, len(b.instants)), make([][]Edge, len(b.instants))
	e.visit(first)
	for tick := range e.queues {
		for _, edge := range e.ticks[tick] {
			if !fn(edge) {
				return nil
			}
		}
		for n := 0; n < len(e.queues[tick]); n++ {
			if !e.from(e.queues[tick][n]) {
				return nil
			}
		}
		e.queues[tick], e.ticks[tick] = nil, nil
	}
	return nil
}

// edges walks a graph breadth-first, by the instants of the clock.
type edges struct {
	*Exploration
	bounds bounds
	fn     func(Edge) bool
	seen   map[state]bool
	// queues are the states to be visited, ticks the edges that lead to them from an
	// earlier instant, both by instant.
	queues [][]state
	ticks  [][]Edge
}

func (e *edges) seed(b bounds) (more bool) {
	store := e.tables.storeID(modelredis.Store{})
	for _, r := range b.seed {
		c := cause{store, e.tables.requestID(r), b.instants[0]}
		store = e.tables.effect(c).store
		if !e.fn(e.edge(c)) {
			return false
		}
	}
	return true
}

func (e *edges) visit(s state) {
	s.sort(e.bounds.clients)
	if !e.seen[s] {
		e.seen[s] = true
		e.queues[s.tick] = append(e.queues[s.tick], s)
	}
}

// from reports the edges from one state.
func (e *edges) from(s state) (more bool) {
	more = true
	e.each(e.bounds, &s, func(next *state, a action) bool {
		e.visit(*next)
		if a.isEvent() {
			e.ticks[next.tick] = append(e.ticks[next.tick], Edge{From: int(s.store), To: int(next.store), At: e.bounds.now(next)})
			return true
		}
		begun := e.begun(s, int(a.who))
		if e.at(&begun, int(a.who)).kind == request && !e.aborts(&begun, int(a.who)) {
			more = e.fn(e.edge(cause{s.store, e.bind(&begun, int(a.who)), e.bounds.now(&s)}))
		}
		return more
	})
	return more
}

// edge is the edge that a cause makes.
func (x *Exploration) edge(c cause) Edge {
	did, t := x.tables.effect(c), x.tables
	e := Edge{From: int(c.store), To: int(did.store), At: c.now}
	if c.request != onlyTime {
		e.Request, e.Replies = t.requests.values[c.request].Request, t.responses.values[did.response].replies
	}
	return e
}
