package explore

import (
	"context"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
)

// program is what one role does, as a trie: a node is the log of the responses so far,
// and holds the step that follows. A deterministic program's local state is its log, so
// a client's is the number of a node.
type program struct {
	role   role
	limit  algorithms.Limit
	tables *tables
	nodes  []node
	next   map[branch]int32
	// resident has served every request that was played so far, by a program that was
	// opened once. One that keeps something between requests gives itself away by doing
	// another thing than a new one.
	resident       *player
	serveResidents func(context.Context) answer
}

// branch is a node and the response to its step.
type branch struct{ node, response int32 }

// node is a position in the trie.
type node struct {
	step
	// request is the number of the step's request, watched that of the keys that are
	// watched while it waits.
	request, watched int32
	from             branch
	depth            int
	// ids are those that the replies on the way here name, a bit each.
	ids uint64
}

// root is the node of a request that has not begun.
const root = 0

// longest is the most steps of one request: one that takes more waits for somebody in a
// loop, and the search would not end.
const longest = 100

func newProgram(r role, l algorithms.Limit, t *tables) *program {
	p := &program{role: r, limit: l, tables: t, next: map[branch]int32{}}
	p.resident = &player{load: t.load}
	p.serveResidents = r.open(p.resident, l, p.resident.env())
	if p.add(branch{-1, -1}, 0); p.nodes[root].kind == ended {
		refuse("it ends without a step: there is nothing to interleave")
	}
	return p
}

// after is the node that follows a response.
func (p *program) after(n, response int32) int32 {
	b := branch{n, response}
	next, known := p.next[b]
	if !known {
		next = p.add(b, p.nodes[n].depth+1)
		p.next[b] = next
	}
	return next
}

// add plays the program against the log of a new node.
func (p *program) add(from branch, depth int) int32 {
	if depth > longest {
		refuse("a request takes more than %d steps: it waits for others in a loop, which cannot be exhausted", longest)
	}
	log := p.log(from)
	s := p.play(log)
	n := node{step: s, from: from, depth: depth, request: -1}
	if s.kind == request {
		n.request = p.tables.requestID(s.request)
	}
	for _, r := range log {
		n.ids |= r.ids()
	}
	n.watched = p.tables.watchID(s.watching)
	p.nodes = append(p.nodes, n)
	return int32(len(p.nodes) - 1)
}

// log collects the responses on the way to a branch.
func (p *program) log(b branch) (log []response) {
	for ; b.node >= 0; b = p.nodes[b.node].from {
		log = append(log, p.tables.responses.values[b.response])
	}
	slices.Reverse(log)
	return log
}

// play runs the program twice: alone, and as one that has run before.
func (p *program) play(log []response) step {
	fresh := &player{load: p.tables.load}
	first := fresh.run(log, p.role.open(fresh, p.limit, fresh.env()))
	second := p.resident.run(log, p.serveResidents)
	if first.encode() != second.encode() {
		refuse("it is not deterministic: after the same replies it does %s once and %s another time. "+
			"It must take time and ids from Env only, and keep nothing between requests", first, second)
	}
	return first
}

// String says what a step does, for error messages.
func (s step) String() string {
	switch s.kind {
	case ended:
		return "end (" + s.answer.text + ")"
	case readClock:
		return "read its clock"
	}
	return spell(s.request)
}
