package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// Baseline is the latency that a user sees: independent users, far below
// saturation.
func Baseline() Scenario {
	return Scenario{
		Name: "baseline", Title: "Baseline",
		Hypothesis: "Far below saturation the latency of a decision is its number of round trips: one for a script, " +
			"three for WATCH, read and EXEC, two or more for the naive form; the three clients differ little.",
		Expect: measured,
		// 2,000 requests per second over 100 users of 100 per second each: nearly all
		// are admitted, as in a healthy service. A second of it is enough for a p99.
		Limit:    algorithms.NewLimit(100, time.Second),
		Duration: time.Second, Rate: 2000, MaxCost: 1,
		Open:     workload.Paced{Keys: 100},
		Deadline: time.Second,
		Repeat:   2,
	}
}

// Saturate is the most that a client gets out of one server, and what a decision
// costs there.
func Saturate() Scenario {
	return Scenario{
		Name: "saturate", Title: "Saturation",
		Hypothesis: "In a closed loop the cost of a decision is system calls on both sides: round trips decide, and a " +
			"client that pipelines by itself is ahead of the others by a factor.",
		Expect: measured,
		// Many keys, so that an optimistic transaction meets few conflicts and the
		// path of an admitted request is measured.
		Limit:    algorithms.NewLimit(100, time.Second),
		Duration: 2 * time.Second, MaxCost: 1,
		Closed: &workload.Closed{Keys: 1000}, Workers: 64,
		Deadline: time.Second,
		Repeat:   2,
	}
}
