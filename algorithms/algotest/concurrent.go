package algotest

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// concurrent lets many goroutines ask for more than the limit at once: an atomic
// technique admits the limit, exactly, and what becomes free in the time that it
// took: nothing, unless the machine stops for minutes.
func concurrent(t *testing.T, s subject) {
	l := algorithms.NewLimit(20, time.Hour)
	start := time.Now()
	n := admittedTogether(t, s.limiter(l), ids.next())
	least, most := permitted(s.Model(l), time.Since(start))
	if n < least || n > most {
		t.Errorf("%d goroutines asked %d times each and got %d, want %d to %d", goroutines, each, n, least, most)
	}
}

// Together, goroutines ask for several times any limit of these tests.
const goroutines, each = connections - 2, 6

// admittedTogether is how many requests of all goroutines on one key were admitted.
func admittedTogether(t *testing.T, limiter algorithms.Limiter, key string) int64 {
	var admitted atomic.Int64
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range each {
				d, err := limiter.Allow(t.Context(), key, 1)
				if err != nil {
					t.Error(err)
				}
				if d.Allowed {
					admitted.Add(1)
				}
			}
		})
	}
	all.Wait()
	return admitted.Load()
}

// permitted is the cost that a new limiter admits at once, and with what it
// admits again after d.
func permitted(unused algorithms.Model, d time.Duration) (least, most int64) {
	_, first := unused.Step(epoch, 1)
	used, _ := unused.Step(epoch, first.Limit)
	_, later := used.Step(epoch.Add(d), math.MaxInt64)
	return first.Limit, first.Limit + later.Remaining
}
