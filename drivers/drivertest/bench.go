package drivertest

import (
	"context"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// benchPool is the pool of a benchmark, and about the number of its goroutines.
const benchPool = 64

// Bench measures the methods of a connection on a real server, under the bounded
// profile and under automatic pipelining where it is not that already. One
// operation is one call, on one hot key. The pool is warm.
func Bench(b *testing.B, d drivers.Driver, addr string) {
	with := drivers.Clients(benchPool)[0]
	if d.Resolve(with).Pipelining != drivers.Pipelined && canPipeline(d, drivers.Pipelined) {
		piped := with
		piped.Pipelining = drivers.Pipelined
		b.Run("pipelined", func(b *testing.B) { bench(b, suite{d, piped, addr}) })
	}
	b.Run("bounded", func(b *testing.B) { bench(b, suite{d, with, addr}) })
}

func bench(b *testing.B, s suite) {
	script := drivers.NewScript(`local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, 1700000000000000, 0, 1}`)
	keys, args := []string{"bench"}, []string{"1000"}
	get, incr := drivers.Cmd("GET", "bench"), drivers.Cmd("INCR", "bench")
	conn := s.open(b)
	for name, op := range map[string]func(context.Context) error{
		"ping":  func(ctx context.Context) error { _, err := conn.Do(ctx, "PING"); return err },
		"do":    func(ctx context.Context) error { _, err := conn.Do(ctx, "INCR", "bench"); return err },
		"multi": func(ctx context.Context) error { _, err := conn.Multi(ctx, incr, get); return err },
		"watch": func(ctx context.Context) error {
			return conn.Watch(ctx, []string{"unchanged"}, func(tx drivers.Tx) error {
				_, err := tx.Exec(ctx, incr)
				return err
			})
		},
		"eval": func(ctx context.Context) error {
			var dst [4]int64
			return conn.Eval(ctx, script, keys, args, dst[:])
		},
	} {
		b.Run(name, func(b *testing.B) { parallel(b, op) })
	}
}

// parallel runs op on about benchPool goroutines. Each has one context for many
// operations: making contexts is the caller's cost, not the adapter's.
func parallel(b *testing.B, op func(context.Context) error) {
	b.ReportAllocs()
	b.SetParallelism(benchPool / 2)
	b.RunParallel(func(pb *testing.PB) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for pb.Next() {
			if err := op(ctx); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
