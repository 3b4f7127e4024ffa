// Package explore enumerates what a few clients of a program on Redis can do to each
// other. Redis runs each command, each MULTI..EXEC and each script atomically, so all
// concurrent behaviour is the interleavings of these steps, and of events of the
// environment. They are few enough to try them all.
//
// A subject is a technique, unchanged, or a pattern. Its programs run against the
// recorded replies of a log (conn.go, program.go): what a deterministic program does
// next is a function of that log, so a position in a trie of logs is the whole local
// state of a client. A state of the search (state.go) is the keyspace, the clients'
// positions, the requests that ended and what the environment may still do, as small
// numbers that stand for full texts: two states are equal exactly if everything in
// them is. Explore counts every schedule by walking the graph of states once, and finds
// the shortest schedule that breaks a promise (minimal.go). Judging is the checkers' of
// recorded histories, on the intervals of virtual time.
package explore

import (
	"context"
	"errors"
	"fmt"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// ErrBound ends a search that was not exhausted: what it did not find may be there.
var ErrBound = errors.New("bound reached: NOT a proof")

// Budget bounds one search.
type Budget struct {
	// States is the most states of one graph.
	States int
	// Bytes is the most memory that they may take, by estimate.
	Bytes int64
}

// DefaultBudget is what a machine of 2 GB can hold.
var DefaultBudget = Budget{States: 3_000_000, Bytes: 1 << 30}

func (b Budget) most() int { return min(b.States, int(b.Bytes/bytesPerState)) }

// Property is what can be broken.
type Property string

// The properties, in the order of Outcome.Bad.
const (
	Overshoot      Property = "overshoot"
	FalseRejection Property = "false-rejection"
	WithoutTTL     Property = "key-without-ttl"
	Promise        Property = "promise" // of a pattern
)

// Properties in the order of Outcome.Bad.
var Properties = [...]Property{Overshoot, FalseRejection, WithoutTTL, Promise}

const properties = len(Properties)

// Outcome is what the graph of one subject, scenario and limit holds.
type Outcome struct {
	Subject  string
	Scenario string
	Limit    algorithms.Limit
	// States and Edges are those of the graph, symmetric ones counted once.
	States, Edges int
	// Schedules is the number of paths through it, each of which is one interleaving of
	// named clients. Bad counts, by property, those that break it in the end.
	Schedules Count
	Bad       [properties]Count
	// Early says, by property, that a schedule breaks it in which some requests are never
	// made: nobody has to make them, and one more request may repair what was broken until
	// then.
	Early [properties]bool
}

// Broken lists the properties that some schedule breaks.
func (o Outcome) Broken() (list []Property) {
	for i, p := range Properties {
		if !o.Bad[i].IsZero() || o.Early[i] {
			list = append(list, p)
		}
	}
	return list
}

// Exploration is one subject under one limit. It keeps what it has learned of the
// subject's programs and of the model from scenario to scenario. It is not safe for
// concurrent use.
type Exploration struct {
	subject Subject
	limit   algorithms.Limit
	budget  Budget
	tables  *tables
}

// New prepares to explore a subject under a limit.
func New(s Subject, l algorithms.Limit, b Budget) *Exploration {
	return &Exploration{subject: s, limit: l, budget: b, tables: newTables()}
}

// Graph is the explored graph of one scenario.
type Graph struct {
	*Exploration
	bounds bounds
	Outcome
	memo map[state]paths
}

// paths are the schedules from a state to an end, and those that break a property.
type paths struct {
	all Count
	bad [properties]Count
	// early says that one breaks it which may have ended before every request was made.
	early [properties]bool
}

func (p *paths) add(q paths) {
	p.all = p.all.plus(q.all)
	for i := range p.bad {
		p.bad[i] = p.bad[i].plus(q.bad[i])
		p.early[i] = p.early[i] || q.early[i]
	}
}

// bytesPerState is what a state costs in the memo of a graph, the map's slack included.
const bytesPerState = 320

// contextEvery is how many states are explored between two looks at the context.
const contextEvery = 1 << 14

// Explore walks the whole graph of a scenario. The error is ErrBound if the budget or
// the context ended first, and of another kind if the subject cannot be explored.
func (x *Exploration) Explore(ctx context.Context, s Scenario) (g *Graph, err error) {
	defer x.catch(&err)
	b := s.bounds(x.subject, x.limit)
	g = &Graph{Exploration: x, bounds: b, memo: map[state]paths{}}
	g.Outcome = Outcome{Subject: x.subject.Name, Scenario: s.Name, Limit: x.limit}
	total, err := g.walk(ctx, x.start(b))
	if err != nil {
		return nil, err
	}
	g.Schedules, g.Bad, g.Early, g.States = total.all, total.bad, total.early, len(g.memo)
	return g, nil
}

// walk counts the schedules from a state.
func (g *Graph) walk(ctx context.Context, s state) (paths, error) {
	s.sort(g.bounds.clients)
	if p, known := g.memo[s]; known {
		return p, nil
	}
	return g.open(ctx, s)
}

// open counts the schedules from a state that was not met before. Every step uses up a
// reply of a client or an event of the environment, so there are no cycles.
func (g *Graph) open(ctx context.Context, s state) (paths, error) {
	if len(g.memo) >= g.budget.most() {
		return paths{}, fmt.Errorf("more than %d states: %w", g.budget.most(), ErrBound)
	}
	if len(g.memo)%contextEvery == 0 && ctx.Err() != nil {
		return paths{}, fmt.Errorf("%w: %w", ErrBound, context.Cause(ctx))
	}
	p := g.ends(&s)
	var failed error
	g.each(g.bounds, &s, func(next *state, _ action) bool {
		g.Edges++
		var q paths
		if q, failed = g.walk(ctx, *next); failed != nil {
			return false
		}
		p.add(q)
		return true
	})
	g.memo[s] = p
	return p, failed
}

// ends counts the schedules that end in a state: because all clients are done, or
// because those in the middle of a request die there.
func (g *Graph) ends(s *state) (p paths) {
	if !g.mayEnd(g.bounds, s) {
		return p
	}
	p.early = g.judge(g.bounds, s)
	if !g.ended(g.bounds, s) {
		return p
	}
	p.all = one
	for i, broken := range p.early {
		if broken {
			p.bad[i] = one
		}
	}
	return p
}

// refusal is the panic that ends an exploration for a reason that lies in the subject.
type refusal struct{ error }

func (x *Exploration) catch(err *error) {
	switch p := recover().(type) {
	case nil:
	case refusal:
		*err = fmt.Errorf("explore %s: %w", x.subject.Name, p.error)
	default:
		panic(p)
	}
}

func refuse(format string, args ...any) { panic(refusalOf(format, args...)) }

func refusalOf(format string, args ...any) refusal { return refusal{fmt.Errorf(format, args...)} }

// Seed puts a defect into the model, to prove that a comparison with a real server
// notices it.
func (x *Exploration) Seed(d modelredis.Defect) { x.tables.model.Defect = d }
