package history_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/rlbench/rlbench/internal/history"
)

// Everything recorded comes out once, in order of Inv, whatever the number of
// workers, also when answers come in another order than calls and when more arrive
// than were expected.
func TestMergeOrdersByInvocation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, workers := range []int{0, 1, 2, 3, 7, 64} {
		recorders := make([]*history.Recorder, workers)
		for w := range recorders {
			recorders[w] = history.NewRecorder(int32(w), rng.IntN(6000))
		}
		const each = 5000 // more than a chunk
		for i := range each * workers {
			op := history.Op{Inv: int64(i) + rng.Int64N(50), Ret: int64(i)}
			recorders[i%workers].Record(&op)
		}
		got := history.Merge(recorders...)
		if len(got) != each*workers {
			t.Fatalf("%d workers: %d operations, want %d", workers, len(got), each*workers)
		}
		checkMerged(t, got, workers)
		if left := history.Merge(recorders...); len(left) != 0 {
			t.Errorf("%d workers: a second merge found %d operations", workers, len(left))
		}
	}
}

// checkMerged uses Ret, which numbers the operations, to tell them apart.
func checkMerged(t *testing.T, ops []history.Op, workers int) {
	t.Helper()
	seen := make([]bool, len(ops))
	for i, o := range ops {
		if i > 0 && (o.Inv < ops[i-1].Inv || o.Inv == ops[i-1].Inv && o.Worker < ops[i-1].Worker) {
			t.Fatalf("operation %d is out of order", i)
		}
		if int(o.Worker) != int(o.Ret)%workers {
			t.Fatalf("operation %d has worker %d, want %d", i, o.Worker, int(o.Ret)%workers)
		}
		seen[o.Ret] = true
	}
	if i := slices.Index(seen, false); i >= 0 {
		t.Fatalf("operation %d was lost", i)
	}
}

func TestRecorderCopiesAndCounts(t *testing.T) {
	r := history.NewRecorder(3, 1)
	op := history.Op{Inv: 1, Worker: 99}
	r.Record(&op)
	op.Inv = 2
	r.Record(&op)
	if r.Len() != 2 {
		t.Errorf("recorder holds %d operations, want 2", r.Len())
	}
	got := history.Merge(r)
	if got[0].Inv != 1 || got[1].Inv != 2 || got[0].Worker != 3 {
		t.Errorf("recorded %+v", got)
	}
}

// Merging copies each operation once: its 88 bytes, and next to nothing besides.
func TestMergeAllocatesOneCopy(t *testing.T) {
	const workers, each = 64, 2000
	recorders := make([]*history.Recorder, workers)
	for w := range recorders {
		recorders[w] = history.NewRecorder(int32(w), each)
	}
	for i := range workers * each {
		recorders[i%workers].Record(&history.Op{Inv: int64(i)})
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	history.Merge(recorders...)
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / (workers * each); got > 91 {
		t.Errorf("%d bytes per operation, want 88 and little more", got)
	}
}

// A recorder with room takes no memory from the heap while it records.
func TestRecordDoesNotAllocate(t *testing.T) {
	r := history.NewRecorder(0, 20_000)
	op := history.Op{Cost: 1}
	if n := testing.AllocsPerRun(10_000, func() { r.Record(&op) }); n != 0 {
		t.Errorf("%v allocations per operation, want 0", n)
	}
}
