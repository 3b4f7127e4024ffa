package explore

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// MaxClients is the most clients of a search.
const MaxClients = 5

// Epoch is the instant at which every exploration begins. It lies within a window of
// the server's clock, not at its edge, and every digit of a present-day clock is in use.
const Epoch algorithms.Instant = 1_700_000_000_100_000

// state is everything that what may happen next depends on, and what has to be judged in
// the end. Its numbers are those of tables: equal states are equal values.
type state struct {
	store    int32
	finished int32 // requests that have ended
	past     int32 // stores that a failover may bring back
	late     int32 // abandoned requests that are still on their way
	left     [events]uint8
	tick     uint8 // how far the clock has advanced: an index of bounds.instants
	shifted  uint8 // how often the server's clock was set forward
	noLua    uint8 // which scripts the server has forgotten, a bit each
	clients  [MaxClients]client
}

// client is the local state of one client.
type client struct {
	node  int32
	ids   int32 // names of the ids that its request has drawn, see ids.go
	inv   int8  // when its request began, as an index of bounds.instants; idle between requests
	left  uint8 // requests that it has not begun
	role  uint8
	flags uint8
}

const idle = -1

const (
	dirty  uint8 = 1 << iota // a key that it watches has changed
	skewed                   // its clock is off
)

// busy says that the client is in the middle of a request.
func (c client) busy() bool { return c.inv != idle }

// done says that the client has ended all its requests.
func (c client) done() bool { return !c.busy() && c.left == 0 }

// kindOf tells apart the clients that may not be exchanged.
func (c client) kindOf() int { return int(c.role)<<8 | int(c.flags&skewed) }

func (c client) compare(d client) int {
	return cmp.Or(
		cmp.Compare(c.kindOf(), d.kindOf()), cmp.Compare(c.node, d.node), cmp.Compare(c.ids, d.ids), cmp.Compare(c.inv, d.inv),
		cmp.Compare(c.left, d.left), cmp.Compare(c.flags, d.flags))
}

// sort makes states equal that differ only in which of several equal clients is where.
// There are as many schedules from one as from the other.
func (s *state) sort(clients int) {
	slices.SortFunc(s.clients[:clients], client.compare)
}

// bounds are a scenario's for one subject and limit.
type bounds struct {
	clients  int
	requests int
	roles    []uint8              // by client
	instants []algorithms.Instant // that the clock stops at, the first one first
	skew     time.Duration        // of a client whose clock is off
	skewed   [MaxClients]bool     // which those are
	left     [events]uint8        // how often each event may happen
	deaths   int                  // how many clients may die
	losses   int                  // how many of the last writes a failover may lose
	shift    time.Duration        // by which the server's clock is set
	seed     []modelredis.Request // that make the keyspace before the first step
}

// check refuses what the numbers of a state have no room for.
func (b *bounds) check() {
	switch {
	case b.clients < 1 || b.clients > MaxClients:
		refuse("%d clients, want 1 to %d", b.clients, MaxClients)
	case b.requests < 1 || b.requests > math.MaxUint8:
		refuse("%d requests of each client, want 1 to %d", b.requests, math.MaxUint8)
	case len(b.instants) > math.MaxInt8:
		refuse("the clock stops at %d instants, want %d at most", len(b.instants), math.MaxInt8)
	}
}

// start is the state before the first step.
func (x *Exploration) start(b bounds) state {
	b.check()
	t := x.tables
	if t.programs == nil {
		var programs []*program
		for _, r := range x.subject.roles {
			programs = append(programs, newProgram(r, x.limit, t))
		}
		t.programs = programs
		x.tryAlone(b)
	}
	return x.first(b)
}

// first is the state before the first step of programs that are there.
func (x *Exploration) first(b bounds) state {
	t := x.tables
	s := state{left: b.left, finished: t.finished.id("", nil), past: t.pasts.id("", nil), late: t.lateID(nil)}
	s.store = t.storeID(modelredis.Store{})
	for _, r := range b.seed {
		s.store = t.effect(cause{s.store, t.requestID(r), b.instants[0]}).store
	}
	for i := range s.clients {
		s.clients[i].inv = idle
		if i < b.clients {
			s.clients[i].left, s.clients[i].role = uint8(b.requests), b.roles[i]
		}
		if b.skewed[i] {
			s.clients[i].flags = skewed
		}
	}
	return s
}

// now is the server's clock.
func (b *bounds) now(s *state) algorithms.Instant {
	return b.instants[s.tick].Add(time.Duration(s.shifted) * b.shift)
}

// mayEnd says that a schedule may end in a state: those in the middle of a request die
// there, no more than may, and nothing is on its way any more. A request that was
// abandoned and never arrives leaves what a client leaves that dies before it.
func (x *Exploration) mayEnd(b bounds, s *state) bool {
	return x.busy(s) <= b.deaths && len(x.tables.abandoned.values[s.late]) == 0
}

// busy counts the clients that are in the middle of a request.
func (x *Exploration) busy(s *state) (n int) {
	for _, c := range s.clients {
		if c.busy() {
			n++
		}
	}
	return n
}

// ended says that a schedule may end in a state with all requests made.
func (x *Exploration) ended(b bounds, s *state) bool {
	return x.mayEnd(b, s) && !slices.ContainsFunc(s.clients[:b.clients], func(c client) bool { return !c.busy() && !c.done() })
}

// requestsOf are the commands that make a pattern's first keyspace.
func requestsOf(p *patterns.Program) (out []modelredis.Request) {
	if p == nil {
		return nil
	}
	for _, cmd := range p.Seed {
		out = append(out, modelredis.Request{Kind: modelredis.Command, Commands: clone([]drivers.Command{cmd})})
	}
	return out
}
