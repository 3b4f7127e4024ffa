package check

import "math"

// flight maintains, while allowed operations are added in order of ret, the
// largest over all s of time(s) + unit*cost{added: inv >= s}, s being the inv of
// an added operation.
//
// A later operation adds its cost to every s up to its inv. For all s before the
// first operation still in flight it adds the same, so of those only the best
// matters; the others are leaves of a tree that spans no more than what is in
// flight. Each node holds the sum of its leaves' costs and the best of its leaves
// counting only costs within it. O(log in-flight) for each operation.
type flight struct {
	k  *keyOps
	sc scale
	// done is the best of the spans before first, all of them added.
	done node
	// first is the span of the leftmost leaf; nodes is a heap-ordered tree, its
	// leaves the second half.
	first int
	nodes []node
}

// node summarises consecutive spans.
type node struct {
	sum  int64 // unit * cost of the added ones
	best int64 // largest time(inv) + unit*cost from there to the node's end
	at   int32 // the span at which best is reached
}

// empty is a node without added spans; no sum lifts it to a real best.
var empty = node{best: math.MinInt64 / 2}

func newFlight(k *keyOps, sc scale) *flight { return &flight{k: k, sc: sc, done: empty} }

func join(left, right node) node {
	joined := node{sum: left.sum + right.sum, best: left.best + right.sum, at: left.at}
	if right.best >= joined.best {
		joined.best, joined.at = right.best, right.at
	}
	return joined
}

// level is the largest value, start the span at which it is reached.
func (f *flight) level() int64 { return f.all().best }
func (f *flight) start() int32 { return f.all().at }
func (f *flight) all() node    { return join(f.done, f.nodes[1]) }

func (f *flight) add(i int) {
	if i >= f.first+len(f.nodes)/2 {
		f.slide(i)
	}
	cost := f.sc.unit * int64(f.k.spans[i].cost)
	n := len(f.nodes)/2 + i - f.first
	f.nodes[n] = node{cost, f.sc.time(f.k.spans[i].inv-f.k.origin()) + cost, int32(i)}
	for n /= 2; n > 0; n /= 2 {
		f.nodes[n] = join(f.nodes[2*n], f.nodes[2*n+1])
	}
}

// slide folds the leaves that precede everything in flight into done, and moves
// the rest to the left of a tree with room for span i and as many leaves again.
func (f *flight) slide(i int) {
	leaves := f.nodes[len(f.nodes)/2:]
	for ; len(leaves) > 0 && f.settled(f.first, leaves[0]); leaves = leaves[1:] {
		f.done = join(f.done, leaves[0])
		f.first++
	}
	for ; len(leaves) == 0 && f.first < i && f.settled(f.first, empty); f.first++ {
	}
	f.rebuild(leaves, i)
}

// settled says that nothing more will be added at the span: it was added, or
// never will be.
func (f *flight) settled(span int, leaf node) bool {
	return leaf != empty || !allowed.has(f.k.spans[span].outcome)
}

// rebuild makes a tree of the leaves, in place if it is large enough already.
func (f *flight) rebuild(leaves []node, i int) {
	size := 128
	for size < 2*(i-f.first+1) {
		size *= 2
	}
	nodes := f.nodes
	if len(nodes) != 2*size {
		nodes = make([]node, 2*size)
	}
	rest := nodes[size+copy(nodes[size:], leaves):]
	for n := range rest {
		rest[n] = empty
	}
	for n := size - 1; n > 0; n-- {
		nodes[n] = join(nodes[2*n], nodes[2*n+1])
	}
	f.nodes = nodes
}
