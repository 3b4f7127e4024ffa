package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// NetworkDelay is what the way to the server costs.
func NetworkDelay() Scenario {
	return Scenario{
		Name: "network-delay", Title: "Network delay",
		Hypothesis: "The latency of a decision is its number of round trips times the delay of one, whatever the client. A script and an " +
			"optimistic transaction admit no more than without a delay; the time between reading and writing, in which another request of the same user " +
			"sees the same room, grows with it: a naive limiter that seems right beside its server is wrong at a distance.",
		Expect: func(t algorithms.Technique, _ string) Expectation {
			if t.Atomic {
				return Expectation{Verdict: "valid", Why: "the decision and the charge are one step on the server, however late its answer"}
			}
			return Expectation{Verdict: "any", Why: "two requests of one user rarely meet at this rate; the more often, the longer a trip takes"}
		},
		// Each user asks for as much as the limit on average: some are denied, nearly all
		// decisions charge, and limits are met all the time.
		Limit:    algorithms.NewLimit(5, time.Second),
		Duration: 3 * time.Second, Rate: 500, MaxCost: 1,
		Open: workload.Paced{Keys: 100},
		// An optimistic transaction starts again after each conflict.
		Deadline: 5 * time.Second,
		Repeat:   1,
		Steps: sweep("delay", func(s *Scenario, ms int64) { s.Delay = time.Duration(ms) * time.Millisecond },
			1, 5, 10),
	}
}
