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
	at := drivers.Endpoints{Addrs: []string{addr}}
	with := drivers.Clients(benchPool)[0]
	// A loaded machine must not end a benchmark.
	with.ReadTimeout, with.WriteTimeout = time.Minute, time.Minute
	piped := with
	piped.Pipelining = drivers.Pipelined
	if d.Resolve(with).Pipelining != drivers.Pipelined && drivers.Provides(d, piped) {
		b.Run("pipelined", func(b *testing.B) { bench(b, suite{d, piped, at}) })
	}
	b.Run("bounded", func(b *testing.B) { bench(b, suite{d, with, at}) })
}

func bench(b *testing.B, s suite) {
	script := drivers.NewScript(`local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, 1700000000000000, 0, 1}`)
	keys, args := []string{"bench"}, []string{"1000"}
	get, incr := drivers.Cmd("GET", "bench"), drivers.Cmd("INCR", "bench")
	conn := s.open(b)
	for _, op := range []operation{
		{"ping", func(ctx context.Context, conn drivers.Conn) error {
			_, err := conn.Do(ctx, "PING")
			return err
		}},
		{"do", func(ctx context.Context, conn drivers.Conn) error {
			_, err := conn.Do(ctx, incr...)
			return err
		}},
		{"multi", func(ctx context.Context, conn drivers.Conn) error {
			_, err := conn.Multi(ctx, incr, get)
			return err
		}},
		{"watch", func(ctx context.Context, conn drivers.Conn) error {
			return conn.Watch(ctx, []string{"unchanged"}, func(tx drivers.Tx) error {
				_, err := tx.Exec(ctx, incr)
				return err
			})
		}},
		{"eval", func(ctx context.Context, conn drivers.Conn) error {
			var dst [4]int64
			return conn.Eval(ctx, script, keys, args, dst[:])
		}},
	} {
		b.Run(op.name, func(b *testing.B) { parallel(b, conn, op) })
	}
}

// parallel runs op on about benchPool goroutines. Each has one context for many
// operations: making contexts is the caller's cost, not the adapter's.
func parallel(b *testing.B, conn drivers.Conn, op operation) {
	b.ReportAllocs()
	b.SetParallelism(benchPool / 2)
	b.RunParallel(func(pb *testing.PB) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for pb.Next() {
			if err := op.run(ctx, conn); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
