package main

import (
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// countingWindow is a window that its first request opens, to the millisecond, and
// in which denied requests count like allowed ones.
func countingWindow(l algorithms.Limit) algorithms.Contract {
	return algorithms.Contract{Kind: algorithms.Window, Limit: l, Granularity: time.Millisecond, ChargesDenied: true}
}

// twiceLimit is what any succession of windows lets through, wherever it starts: L
// in each, and an interval of length d touches at most d/W + 2 of them.
func twiceLimit(l algorithms.Limit) algorithms.Contract {
	l.B = 2 * l.L
	return algorithms.Contract{Kind: algorithms.EnvelopeOnly, Limit: l, Granularity: time.Microsecond}
}

// refuseDense refuses a rate of more than one request per nanosecond: the libraries
// that round the time between two to nanoseconds would take it for none.
func refuseDense(l algorithms.Limit) error {
	if l.W/time.Duration(l.L) <= 0 {
		return fmt.Errorf("limit %d per %s: the library needs at least a nanosecond per request", l.L, l.W)
	}
	return nil
}
