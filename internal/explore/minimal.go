package explore

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"slices"
)

// Cost orders counterexamples: fewer events first, then fewer preemptions, then fewer
// steps. The first is the easiest to believe, the last the shortest to read.
type Cost struct{ Events, Preemptions, Steps int }

// Compare orders costs.
func (c Cost) Compare(d Cost) int { return cmp.Compare(c.key(), d.key()) }

// Way is a schedule and its cost.
type Way struct {
	Cost
	actions []action
}

// key packs a cost so that keys are ordered like costs.
func (c Cost) key() uint64 { return uint64(c.Events)<<40 | uint64(c.Preemptions)<<20 | uint64(c.Steps) }

// place is a state and the client whose step was the last one.
type place struct {
	state
	current int8
}

// visit is a place on the way of the search: how it was reached, and at what cost.
type visit struct {
	place
	from  int32
	by    action
	cost  Cost
	final bool // the schedule ends here
}

// Minimal finds a cheapest schedule that breaks a property in the end, by uniform cost.
// It may end before every client has made all its requests: nobody has to make them.
// The graph must hold one. States from which none can be reached any more are not looked
// at: the graph knows them.
func (g *Graph) Minimal(ctx context.Context, p Property) (w Way, err error) {
	defer g.catch(&err)
	at := slices.Index(Properties[:], p)
	m := search{Graph: g, property: at, best: map[place]uint64{}}
	m.push(visit{place: place{g.start(g.bounds), idle}, from: -1})
	for n := 0; m.queue.Len() > 0; n++ {
		if n%contextEvery == 0 && ctx.Err() != nil {
			return Way{}, fmt.Errorf("%w: %w", ErrBound, context.Cause(ctx))
		}
		if len(m.visits) > m.budget.most() {
			return Way{}, fmt.Errorf("more than %d states on the way to the shortest counterexample: %w", m.budget.most(), ErrBound)
		}
		i := heap.Pop(&m.queue).(int32)
		if v := m.visits[i]; v.final {
			return Way{v.cost, m.way(i)}, nil
		}
		m.expand(i)
	}
	return Way{}, fmt.Errorf("no schedule breaks %s", p)
}

type search struct {
	*Graph
	property int
	visits   []visit
	best     map[place]uint64
	queue    queue
}

// push notes a visit unless its place was reached as cheaply before.
func (m *search) push(v visit) {
	key := v.cost.key()
	if !v.final {
		if best, known := m.best[v.place]; known && best <= key {
			return
		}
		m.best[v.place] = key
	}
	m.visits = append(m.visits, v)
	m.queue = append(m.queue, entry{key, int32(len(m.visits) - 1)})
	heap.Fix(&m.queue, m.queue.Len()-1)
}

// expand pushes all that may follow a visit.
func (m *search) expand(i int32) {
	v := m.visits[i]
	if m.best[v.place] < v.cost.key() {
		return // reached more cheaply since it was pushed
	}
	if m.mayEnd(m.bounds, &v.state) && m.judge(m.bounds, &v.state)[m.property] {
		cost := v.cost
		cost.Events += m.busy(&v.state)
		m.push(visit{place: v.place, from: i, cost: cost, final: true})
	}
	m.each(m.bounds, &v.state, func(next *state, a action) bool {
		if !m.hopeless(*next) && !m.outOfTurn(&v.state, a) {
			m.push(m.follow(i, *next, a))
		}
		return true
	})
}

// hopeless says that no schedule from a state breaks the property.
func (m *search) hopeless(s state) bool {
	s.sort(m.bounds.clients)
	return !m.memo[s].early[m.property]
}

// outOfTurn says that a client takes its first step before an equal one that is named
// before it: with the names exchanged it is the same schedule.
func (m *search) outOfTurn(s *state, a action) bool {
	if !a.isStep() || a.who == 0 {
		return false
	}
	c, before := s.clients[a.who], s.clients[a.who-1]
	fresh := func(c client) bool { return !c.busy() && int(c.left) == m.bounds.requests }
	return fresh(c) && fresh(before) && c.kindOf() == before.kindOf()
}

// follow is the visit after an action.
func (m *search) follow(i int32, next state, a action) visit {
	v := &m.visits[i]
	n := visit{place: place{next, v.current}, from: i, by: a, cost: v.cost.with(&v.place, a)}
	if a.isStep() {
		n.current = a.who
	}
	return n
}

// with is the cost after one more action. A preemption is counted when the interrupted
// request is resumed, so that leaving a client that dies costs none.
func (c Cost) with(at *place, a action) Cost {
	c.Steps++
	if a.isEvent() {
		c.Events++
	}
	if a.isStep() && a.who != at.current && at.clients[a.who].busy() {
		c.Preemptions++
	}
	return c
}

// way lists the actions that lead to a visit.
func (m *search) way(i int32) (actions []action) {
	for ; m.visits[i].from >= 0; i = m.visits[i].from {
		if !m.visits[i].final {
			actions = append(actions, m.visits[i].by)
		}
	}
	slices.Reverse(actions)
	return actions
}

// queue is a heap of visits, the cheapest first, of equal ones the first that was pushed.
type queue []entry

type entry struct {
	key   uint64
	visit int32
}

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].key < q[j].key || q[i].key == q[j].key && q[i].visit < q[j].visit
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *queue) Push(any) { panic("push appends by itself") }

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(*q) - 1
	v := (*q)[last].visit
	*q = (*q)[:last]
	return v
}
