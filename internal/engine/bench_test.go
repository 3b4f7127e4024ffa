package engine

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/scenarios"
)

// BenchmarkPingOverhead compares the client CPU of one PING through the engine
// with that of a bare loop over the same connections. The two are interleaved
// (A B B A) in one process, because timings of a shared machine drift; cpu-ratio
// is what the engine costs.
func BenchmarkPingOverhead(b *testing.B) {
	for _, d := range driverlist.Drivers() {
		b.Run(d.Name(), func(b *testing.B) { pingOverhead(b, d.Name()) })
	}
}

func pingOverhead(b *testing.B, driver string) {
	s := scenarios.Saturate()
	s.Duration, s.Workers = 250*time.Millisecond, 16
	t := bench(b).trial(cellOf(b, s, "control", "ping", driver))
	if err := t.open(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer t.client.Close()
	if err := t.warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	bareConn := unmetered(b, t)
	t.describe()
	t.name(s.Closed.Keys)
	var bare, engine cost
	for b.Loop() {
		bare.add(func() int { return t.bareLoop(bareConn) })
		engine.add(t.engineLoop)
		engine.add(t.engineLoop)
		bare.add(func() int { return t.bareLoop(bareConn) })
	}
	b.ReportMetric(bare.each(), "bare-cpu-us/op")
	b.ReportMetric(engine.each(), "engine-cpu-us/op")
	b.ReportMetric(engine.each()/bare.each(), "cpu-ratio")
}

// unmetered opens the same client without the counters on its sockets: they are
// part of what the engine costs.
func unmetered(b *testing.B, t *trial) drivers.Conn {
	driver, err := t.driver()
	if err != nil {
		b.Fatal(err)
	}
	options, err := t.options()
	if err != nil {
		b.Fatal(err)
	}
	conn, err := driver.Open(b.Context(), t.at, options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return conn
}

// cost sums client CPU over operations.
type cost struct {
	cpuUS float64
	ops   int
}

func (c *cost) add(loop func() int) {
	before := processCPU()
	c.ops += loop()
	c.cpuUS += processCPU() - before
}

func (c *cost) each() float64 { return c.cpuUS / float64(c.ops) }

func (t *trial) engineLoop() int {
	recorders, err := t.closedLoop(context.Background())
	if err != nil {
		panic(err)
	}
	ops := 0
	for _, r := range recorders {
		ops += r.Len()
	}
	return ops
}

// bareLoop is what a program without rlbench would do: PING under a deadline, and
// a look at the clock to know when to stop.
func (t *trial) bareLoop(conn drivers.Conn) int {
	s := t.cell.Scenario
	ctx, cancel := context.WithTimeout(context.Background(), s.Duration+s.Deadline)
	defer cancel()
	end := time.Now().Add(s.Duration)
	key := algorithms.Key(t.keys[0], "ping")
	counts := make([]int, s.Workers)
	var done sync.WaitGroup
	for i := range counts {
		done.Go(func() {
			for time.Now().Before(end) {
				if _, err := conn.Do(ctx, "PING", key); err != nil {
					panic(err)
				}
				counts[i]++
			}
		})
	}
	done.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}
