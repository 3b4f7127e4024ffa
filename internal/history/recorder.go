package history

import (
	"cmp"
	"slices"
)

// Chunks double from the least to the most operations, 4.5 to 288 KiB: an open loop
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

// Record appends a copy of op and stamps it with the worker.
func (r *Recorder) Record(op *Op) {
	if len(r.current) == cap(r.current) {
		r.next()
	}
	r.current = append(r.current, *op)
	r.current[len(r.current)-1].Worker = r.worker
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

// drain returns the operations in order of Inv and lets go of the chunks.
func (r *Recorder) drain() []Op {
	ops := slices.Concat(append(r.full, r.current)...)
	r.full, r.current, r.spare = nil, nil, nil
	slices.SortStableFunc(ops, func(a, b Op) int { return byInv(&a, &b) })
	return ops
}

// Merge returns the operations of all recorders in order of Inv, those of equal Inv
// in order of the worker, and leaves the recorders empty.
func Merge(recorders ...*Recorder) []Op {
	var runs [][]Op
	for _, r := range recorders {
		runs = append(runs, r.drain())
	}
	for len(runs) > 1 {
		runs = mergePairs(runs)
	}
	if len(runs) == 0 {
		return nil
	}
	return runs[0]
}

// mergePairs halves the number of sorted runs. Rounds of two-way merges copy each
// operation once per round, which is cheaper than asking a heap for each.
func mergePairs(runs [][]Op) [][]Op {
	half := make([][]Op, 0, len(runs)/2+1)
	for pair := range slices.Chunk(runs, 2) {
		if len(pair) == 1 {
			half = append(half, pair[0])
			continue
		}
		half = append(half, merge(pair[0], pair[1]))
		pair[0], pair[1] = nil, nil // garbage now: a million operations weigh 72 MB
	}
	return half
}

func merge(a, b []Op) []Op {
	merged := make([]Op, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if byInv(&b[0], &a[0]) < 0 {
			a, b = b, a
		}
		merged, a = append(merged, a[0]), a[1:]
	}
	return append(append(merged, a...), b...)
}

func byInv(a, b *Op) int {
	return cmp.Or(cmp.Compare(a.Inv, b.Inv), cmp.Compare(a.Worker, b.Worker))
}
