package check

import (
	"cmp"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// tracing is what the numbers of the steps tell about the servers of a history: which
// of them knew of which decisions.
//
// A process numbers the steps on a key, and its successor goes on from where its copy
// of the key ended: at the latest before the smallest number that it handed out. So the
// chain of a server is what its predecessor's chain has below that number, then its own
// steps. What is said of a chain holds for one server that executed one step after the
// other, whatever failed around it.
type tracing struct {
	h    *history.History
	keys []succession // by Op.Key
	// ranks is the largest number of servers of one key.
	ranks int
}

// succession is the servers of one key, in the order in which they were first used.
type succession struct {
	servers []server
	// unplaced is the number of operations that may have taken a number which no
	// operation carries, and missing that of those numbers. Repeated counts the numbers that
	// none of them explains.
	unplaced, missing, repeated int64
	// repeats says that the client sends a command again by itself, as its profile has
	// it or as the numbers show.
	repeats bool
}

// server is one process.
type server struct {
	node int64
	// first is the earliest instant at which it can have decided, highest the largest
	// and lowest the smallest number that an operation carries.
	first           int64
	lowest, highest int64
	// lowestRet is when the operation with the lowest number returned, and doubt how many
	// unplaced ones may have taken the numbers before: the copy that the server began
	// with ended up to that much earlier.
	lowestRet, doubt int64
}

// highestSeq bounds the numbers of steps, so that no sum of them overflows.
const highestSeq = 1 << 52

func numbered(op *history.Op) bool { return op.Node != 0 && op.Seq > 0 && op.Seq <= highestSeq }

func unplaced(op *history.Op) bool { return charged.has(op.Outcome) && !numbered(op) }

// traceOf is nil if no operation was traced.
func traceOf(h *history.History) *tracing {
	if !traced(h) {
		return nil
	}
	t := &tracing{h: h, keys: make([]succession, len(h.Trial.Keys))}
	clocks := clocksOf(h)
	for i := range h.Ops {
		t.keys[h.Ops[i].Key].meet(&h.Ops[i], clocks)
	}
	for i := range h.Ops {
		if op := &h.Ops[i]; unplaced(op) {
			t.keys[op.Key].doubtBefore(op)
		}
	}
	for i := range t.keys {
		servers := t.keys[i].servers
		slices.SortStableFunc(servers, func(a, b server) int { return cmp.Compare(a.first, b.first) })
		t.ranks = max(t.ranks, len(servers))
	}
	t.countRepeats()
	return t
}

// repeats says that the client sends commands again by itself.
func (t *tracing) repeats() bool {
	return slices.ContainsFunc(t.keys, func(l succession) bool { return l.repeats })
}

func traced(h *history.History) bool {
	for i := range h.Ops {
		if numbered(&h.Ops[i]) {
			return true
		}
	}
	return false
}

func (l *succession) meet(op *history.Op, c clocks) {
	if !numbered(op) {
		return
	}
	first := op.Inv
	if c.show(op) {
		first = max(first, int64(op.At)*1000+c.low)
	}
	i := l.rank(op.Node)
	if i < 0 {
		i = len(l.servers)
		l.servers = append(l.servers, server{node: op.Node, first: first, lowest: op.Seq, lowestRet: op.Ret})
	}
	s := &l.servers[i]
	s.first, s.highest = min(s.first, first), max(s.highest, op.Seq)
	if op.Seq < s.lowest {
		s.lowest, s.lowestRet = op.Seq, op.Ret
	}
}

func (l *succession) doubtBefore(op *history.Op) {
	l.unplaced++
	for i := range l.servers {
		if s := &l.servers[i]; op.Inv <= s.lowestRet {
			s.doubt++
		}
	}
}

// rank is the place of a process among the key's servers, -1 if it is none.
func (l *succession) rank(node int64) int {
	return slices.IndexFunc(l.servers, func(s server) bool { return s.node == node })
}

// standing says whether a server knew of a step.
type standing uint8

const (
	outside standing = iota
	doubtful
	inside
)

// standing of op in the chain of the server of a rank. Operations without a number have
// none in any.
func (l *succession) standing(op *history.Op, rank int) standing {
	if !numbered(op) {
		return outside
	}
	from := l.rank(op.Node)
	if from > rank || rank >= len(l.servers) {
		return outside
	}
	sure, most := l.inherited(from, rank)
	switch {
	case op.Seq >= most:
		return outside
	case op.Seq >= sure:
		return doubtful
	}
	return inside
}

// inherited says which steps of one server its successor up to a rank knew: those
// numbered below sure for certain, those from most on certainly not.
//
// A server that nobody used for a while may be older than one that was used before it.
// Of two, it would then be the key's first, and have given numbers from 1 on to lost
// answers: nothing is sure by that alone. Of more, it is not known who followed whom. A
// client that repeats may have taken any of the numbers before a server's lowest.
func (l *succession) inherited(from, to int) (sure, most int64) {
	sure, most = forever, forever
	for _, s := range l.servers[from+1 : to+1] {
		sure, most = min(sure, s.lowest-s.doubt), min(most, s.lowest)
	}
	if from < to && (len(l.servers) > 2 || l.repeats) {
		sure = 0
	}
	return sure, most
}

// view is h with other outcomes, so that positions and keys stay what they are.
func (t *tracing) view(outcome func(*history.Op, *succession) algorithms.Outcome) *history.History {
	v := &history.History{Trial: t.h.Trial, Ops: slices.Clone(t.h.Ops)}
	for i := range v.Ops {
		op := &v.Ops[i]
		op.Outcome = outcome(op, &t.keys[op.Key])
	}
	return v
}

// chain is the history as the servers of a rank knew it: what others did has failed, and
// what may or may not have been done on them is unknown. It is incomplete where a number
// is missing: that step was a repeated one, or its answer was lost.
func (t *tracing) chain(rank int) *history.History {
	v := t.view(func(op *history.Op, l *succession) algorithms.Outcome {
		switch at := l.standing(op, rank); {
		case rank >= len(l.servers):
			return algorithms.Failed
		case unplaced(op) || at == doubtful && op.Outcome == algorithms.Allowed:
			return algorithms.Unknown
		case at == inside || !numbered(op):
			return op.Outcome
		}
		return algorithms.Failed
	})
	for _, steps := range t.steps(rank) {
		if n := len(steps); n > 0 && steps[n-1].seq > int64(n) {
			v.Trial.Whole = false
		}
	}
	return v
}

// own is what the servers of a rank did themselves.
func (t *tracing) own(rank int) *history.History {
	return t.view(func(op *history.Op, l *succession) algorithms.Outcome {
		if numbered(op) && l.rank(op.Node) == rank {
			return op.Outcome
		}
		return algorithms.Failed
	})
}

// step is one number in a chain, and the position of the operation that carries it.
type step struct {
	seq   int64
	pos   int32
	known bool // for certain
}

// steps lists the numbers in the chains of a rank, for each key in order, each once.
func (t *tracing) steps(rank int) [][]step {
	list := make([][]step, len(t.keys))
	for i := range t.h.Ops {
		op := &t.h.Ops[i]
		if at := t.keys[op.Key].standing(op, rank); at != outside {
			list[op.Key] = append(list[op.Key], step{op.Seq, int32(i), at == inside})
		}
	}
	for k := range list {
		slices.SortStableFunc(list[k], func(a, b step) int { return cmp.Compare(a.seq, b.seq) })
		list[k] = slices.CompactFunc(list[k], func(a, b step) bool { return a.seq == b.seq })
	}
	return list
}

// unbroken is what the servers of a rank decided while every step on the key before it
// is known: numbers 1, 2, 3 ... as far as none is missing.
//
// A window that moved with its key from server to server may end later, by the time of
// the transport; only those that a server opened itself are told.
func (t *tracing) unbroken(rank int) *history.History {
	known := make([]bool, len(t.h.Ops))
	for key, steps := range t.steps(rank) {
		l := &t.keys[key]
		for i, s := range steps {
			moved := t.h.Trial.Contract.Kind == algorithms.Window && l.rank(t.h.Ops[s.pos].Node) != rank
			if s.seq != int64(i)+1 || !s.known || moved {
				break
			}
			known[s.pos] = true
		}
	}
	v := &history.History{Trial: t.h.Trial, Ops: slices.Clone(t.h.Ops)}
	for i := range v.Ops {
		if !known[i] {
			v.Ops[i].Outcome = algorithms.Failed
		}
	}
	return v
}
