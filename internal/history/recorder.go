package history

import (
	"cmp"
	"math"
	"slices"
)

// Chunks double from the least to the most operations, 5.5 to 352 KiB: an open loop
// has hundreds of workers of which most record little, and growing must still cost
// nothing per operation.
const (
	leastChunk = 64
	mostChunk  = 4096
)

// Recorder collects the operations of one worker. It takes no lock and, up to the
// expected number, no memory while it records: a garbage collector woken by the
// benchmark would show as a latency of the limiter.
type Recorder struct {
	worker  int32
	current []Op   // being filled
	full    [][]Op // filled, in order
	spare   [][]Op // allocated ahead, empty
}

// NewRecorder allocates room for the expected number of operations of the worker,
// ahead of the load. More can be recorded.
func NewRecorder(worker int32, expected int) *Recorder {
	r := &Recorder{worker: worker}
	for room := 0; room < expected; room += mostChunk {
		chunk := make([]Op, min(mostChunk, expected-room))
		clear(chunk) // touches the pages: the first record must not fault them in
		r.spare = append(r.spare, chunk[:0])
	}
	r.full = make([][]Op, 0, len(r.spare)+1)
	return r
}

// Record stamps op with the worker and appends a copy.
func (r *Recorder) Record(op *Op) {
	if len(r.current) == cap(r.current) {
		r.next()
	}
	op.Worker = r.worker
	r.current = append(r.current, *op)
}

// next puts the current chunk away and takes an empty one.
func (r *Recorder) next() {
	if len(r.current) > 0 {
		r.full = append(r.full, r.current)
	}
	if len(r.spare) == 0 {
		r.current = make([]Op, 0, min(max(2*cap(r.current), leastChunk), mostChunk))
		return
	}
	r.current, r.spare = r.spare[0], r.spare[1:]
}

// Len is the number of operations recorded.
func (r *Recorder) Len() int {
	n := len(r.current)
	for _, c := range r.full {
		n += len(c)
	}
	return n
}

// drain returns the chunks, whose operations are in order of Inv from the first to the
// last, and lets go of them.
func (r *Recorder) drain() [][]Op {
	chunks := append(r.full, r.current)
	r.full, r.current, r.spare = nil, nil, nil
	chunks = slices.DeleteFunc(chunks, func(c []Op) bool { return len(c) == 0 })
	if !inOrder(chunks) {
		ops := slices.Concat(chunks...)
		slices.SortStableFunc(ops, func(a, b Op) int { return byInv(&a, &b) })
		chunks = [][]Op{ops}
	}
	return chunks
}

// inOrder is true of a worker that waits for each answer.
func inOrder(chunks [][]Op) bool {
	last := int64(math.MinInt64)
	for _, c := range chunks {
		for i := range c {
			if c[i].Inv < last {
				return false
			}
			last = c[i].Inv
		}
	}
	return true
}

// Merge returns the operations of all recorders in order of Inv, those of equal Inv
// in order of the worker, and leaves the recorders empty. Each operation is copied
// once, and a chunk is garbage as soon as it is copied: no third copy of a history is
// ever held, which decides how much memory a run takes.
func Merge(recorders ...*Recorder) []Op {
	var left queue
	total := 0
	for _, r := range recorders {
		total += r.Len()
		if chunks := r.drain(); len(chunks) > 0 {
			left = append(left, chunks)
		}
	}
	for i := len(left)/2 - 1; i >= 0; i-- {
		left.sink(i)
	}
	merged := make([]Op, 0, total)
	for len(left) > 0 {
		merged = append(merged, left[0][0][0])
		left.advance()
	}
	return merged
}

// queue is a heap of what is left of each recorder's chunks, the one with the next
// operation on top.
type queue [][][]Op

// advance drops the first operation of the top.
func (q *queue) advance() {
	top := (*q)[0]
	if top[0] = top[0][1:]; len(top[0]) == 0 {
		top[0] = nil
		top = top[1:]
	}
	(*q)[0] = top
	if last := len(*q) - 1; len(top) == 0 {
		(*q)[0], *q = (*q)[last], (*q)[:last]
	}
	q.sink(0)
}

// sink restores the heap below i.
func (q queue) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q); child++ {
			if byInv(&q[child][0][0], &q[least][0][0]) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
}

func byInv(a, b *Op) int {
	return cmp.Or(cmp.Compare(a.Inv, b.Inv), cmp.Compare(a.Worker, b.Worker))
}
