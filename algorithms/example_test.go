package algorithms_test

import (
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/gcra"
)

// A model is an algorithm without a server: a value that is stepped from request
// to request.
func ExampleModel() {
	m := gcra.Algorithm().Model(algorithms.Limit{L: 10, W: time.Second, B: 2})
	at := algorithms.Instant(1_700_000_000_000_000)
	for _, wait := range []time.Duration{0, 0, 0, 100 * time.Millisecond} {
		at = at.Add(wait)
		var d algorithms.Decision
		m, d = m.Step(at, 1)
		fmt.Println(d.Allowed, d.Remaining, d.RetryAfter, d.ResetAfter)
	}
	fmt.Println("at most", m.Envelope(time.Second), "in any second")
	// Output:
	// true 1 0s 100ms
	// true 0 0s 200ms
	// false 0 100ms 200ms
	// true 0 0s 200ms
	// at most 12 in any second
}
