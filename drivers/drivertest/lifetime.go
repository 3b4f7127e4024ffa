package drivertest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

// closing: operations after Close fail at once, and so does nothing else.
func (s suite) closing(t *testing.T) {
	conn := s.open(t)
	must(t, conn, "SET", marker, "0")
	for range 2 {
		if err := conn.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	for _, op := range operations() {
		if err := op.run(within(t), conn); !errors.Is(err, drivers.ErrClosed) {
			t.Errorf("%s after close: got error %v, want %v", op.name, err, drivers.ErrClosed)
		}
	}
}

// concurrency: every operation at once, on a pool that is too small for them.
func (s suite) concurrency(t *testing.T) {
	const workers, rounds = 4 * poolSize, 10
	conn := s.open(t)
	must(t, conn, "SET", marker, "0")
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for range rounds {
				for _, op := range operations() {
					if err := op.run(within(t), conn); err != nil {
						t.Errorf("%s: %v", op.name, err)
					}
				}
			}
		})
	}
	done.Wait()
	want := fmt.Sprint(workers * rounds * len(operations()))
	if got := must(t, conn, "GET", marker); got.Text != want {
		t.Errorf("counter is %s, want %s", got.Text, want)
	}
}
