package check

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// busy is a lawful history of n operations at 50,000 per second on one hot key,
// of which the share admitted is the limit's. Clients answer in up to 2 ms, so
// about 50 operations are in flight.
func busy(kind algorithms.Kind, n int, share float64) *history.History {
	const perSecond = 50_000
	c := contractOf(kind, algorithms.NewLimit(int64(share*perSecond), time.Second))
	rng := rand.New(rand.NewPCG(5, 0))
	ops := make([]history.Op, n)
	// A plain counter per 1.1 s is lawful under every kind of contract with room
	// to spare; deciding exactly would cost more than what is measured.
	room, until := int64(0), int64(0)
	for i := range ops {
		op := &ops[i]
		op.Inv = int64(i) * int64(time.Second) / perSecond
		op.Intended, op.Ret, op.Cost = op.Inv, op.Inv+100_000+rng.Int64N(1_900_000), 1
		if op.Inv >= until {
			room, until = c.Limit.L*9/10, op.Inv+1_100_000_000
		}
		op.Outcome = answer(room > 0)
		room--
	}
	h := &history.History{Trial: trialOf(c, 1), Ops: ops}
	end := ops[n-1].Inv + int64(time.Second)
	h.Trial.Clock = []history.ClockPair{{}, {RealNS: end, MonoNS: end}}
	return h
}

// BenchmarkCheckers reports ns per operation of a history of a million, half of
// them admitted.
func BenchmarkCheckers(b *testing.B) {
	for _, kind := range judgedKinds {
		h := busy(kind, 1_000_000, 0.5)
		for _, c := range new(desk).checkers(h.Trial.Contract) {
			b.Run(fmt.Sprintf("%s/%s", kind, c.Name()), func(b *testing.B) {
				perOperation(b, h, func() { c.Check(h) })
			})
		}
		b.Run(string(kind)+"/judge", func(b *testing.B) { perOperation(b, h, func() { Judge(h) }) })
		b.Run(string(kind)+"/nominal", func(b *testing.B) { perOperation(b, h, func() { new(desk).nominal(h) }) })
	}
}

func perOperation(b *testing.B, h *history.History, run func()) {
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(h.Ops)), "ns/operation")
}

// BenchmarkWitness measures the exact search in a history that exceeds its
// contract all the time, so that no shortcut acquits it.
func BenchmarkWitness(b *testing.B) {
	h := busy(algorithms.Bucket, 1_000_000, 0.5)
	for i := range h.Ops {
		h.Ops[i].Outcome = algorithms.Allowed
	}
	perOperation(b, h, func() { new(desk).overshoot(h) })
}

// BenchmarkTenMillion shows the memory of the largest trials: see B/op, besides
// the 72 bytes per operation of the history itself.
func BenchmarkTenMillion(b *testing.B) {
	for _, kind := range judgedKinds {
		b.Run(string(kind), func(b *testing.B) {
			h := busy(kind, 10_000_000, 0.5)
			perOperation(b, h, func() { Judge(h) })
		})
	}
}

// BenchmarkReplay measures the answers of a serial limiter to ten times its limit.
// The million comes as ten keys, one after the other: asking the spec for every
// answer is slow.
func BenchmarkReplay(b *testing.B) {
	for _, kind := range replayedKinds {
		b.Run(string(kind), func(b *testing.B) {
			l := overload
			l.count = 100_000
			c := contractOf(kind, l.limit)
			h := answersTo(c, l, newSpec(c), lawfully)
			repeatOnKeys(h, 10)
			perOperation(b, h, func() { new(desk).replay(h) })
		})
	}
}

// repeatOnKeys appends the operations of h again and again, each time later and on
// another key.
func repeatOnKeys(h *history.History, keys int32) {
	h.Trial.Keys = trialOf(h.Trial.Contract, int(keys)).Keys
	end := &h.Trial.Clock[1]
	length := end.MonoNS + int64(time.Second)
	for key, one := int32(1), h.Ops; key < keys; key++ {
		for _, op := range one {
			later := int64(key) * length
			op.Key, op.Intended, op.Inv, op.Ret = key, op.Intended+later, op.Inv+later, op.Ret+later
			op.At = op.At.Add(time.Duration(later))
			op.ResetAt = op.ResetAt.Add(time.Duration(later))
			h.Ops = append(h.Ops, op)
		}
		end.MonoNS, end.RealNS = end.MonoNS+length, end.RealNS+length
	}
}
