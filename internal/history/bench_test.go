package history_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// benchHistory resembles an overload trial: 2,000 arrivals per second on 100 keys,
// Poisson gaps, 100 us answers with a tail, one decision in two allowed and numbered,
// TIME and the expiry of the window in each answer.
func benchHistory(n int) *history.History {
	rng := rand.New(rand.NewPCG(1, 2))
	h := &history.History{Trial: trial(100), Ops: make([]history.Op, n)}
	at := int64(3_600_000_000_000)
	for i := range h.Ops {
		at += int64(rng.ExpFloat64() * 500_000)
		inv := at + int64(rng.ExpFloat64()*20_000)
		if i > 0 {
			inv = max(inv, h.Ops[i-1].Inv)
		}
		o := history.Op{
			Intended: at, Inv: inv, Ret: inv + 80_000 + int64(rng.ExpFloat64()*30_000),
			At:      algorithms.Instant(1_800_000_000_000_000 + (inv+50_000)/1000),
			ResetAt: algorithms.Instant(1_800_000_000_000_000 + (inv/1_000_000_000+1)*1_000_000),
			Key:     rng.Int32N(100), Worker: rng.Int32N(64), Cost: 1, Outcome: algorithms.Allowed,
			Remaining: rng.Int64N(100), Node: 0x5f3759df1234, Seq: int64(i/100 + 1),
		}
		if rng.IntN(2) == 0 {
			o.Outcome, o.Remaining, o.RetryAfter = algorithms.Denied, 0, rng.Int64N(1_000_000)
			o.Node, o.Seq = 0, 0
		}
		h.Ops[i] = o
	}
	return h
}

func BenchmarkWrite(b *testing.B) {
	h := benchHistory(1_000_000)
	var file bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		file.Reset()
		if err := history.Write(&file, h); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(file.Len())/float64(len(h.Ops)), "filebytes/op")
}

func BenchmarkRead(b *testing.B) {
	file := encode(b, benchHistory(1_000_000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := history.Read(bytes.NewReader(file), int64(len(file))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	op := history.Op{Inv: 1, Ret: 2, Cost: 1}
	r := history.NewRecorder(0, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N { // not b.Loop: the recorder must know how many are expected
		r.Record(&op)
	}
}

// Beyond the expected number, chunks are allocated on the way.
func BenchmarkRecordUnexpected(b *testing.B) {
	op := history.Op{Inv: 1, Ret: 2, Cost: 1}
	r := history.NewRecorder(0, 0)
	b.ReportAllocs()
	for b.Loop() {
		r.Record(&op)
	}
}

func BenchmarkMerge(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		recorders := make([]*history.Recorder, 64)
		for w := range recorders {
			recorders[w] = history.NewRecorder(int32(w), 1<<14)
		}
		for i := range 1 << 20 {
			recorders[i%64].Record(&history.Op{Inv: int64(i * 7)})
		}
		b.StartTimer()
		if got := history.Merge(recorders...); len(got) != 1<<20 {
			b.Fatal(len(got))
		}
	}
}
