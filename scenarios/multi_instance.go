package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// MultiInstance has several processes of the same service share one limit.
func MultiInstance() Scenario {
	return Scenario{
		Name: "multi-instance", Title: "Instances",
		Hypothesis: "The same hot key, asked about by 1, 3 and 10 processes, each with a client of its own, started at one instant and " +
			"playing one schedule in turns. A limiter that keeps its counts in Redis does not notice how many ask: scripts and optimistic " +
			"transactions admit what one process does. One that counts in the memory of its process admits the whole limit in each.",
		Limit:    algorithms.NewLimit(20, 500*time.Millisecond),
		Duration: 2 * time.Second, MaxCost: 1,
		// A tenth of it is still half as much again as the limit: every process of ten
		// meets more than a whole limit of its own would let through.
		Rate: 600,
		Open: workload.Rush{},
		// As in Concurrent: an optimistic transaction that loses is tried again.
		Deadline: 15 * time.Second,
		Probe:    true,
		Repeat:   1,
		Expect:   sharedBy(1), Instances: 1,
		Steps: sweep("instances", func(s *Scenario, n int64) { s.Instances, s.Expect = int(n), sharedBy(n) }, 1, 3, 10),
	}
}

// sharedBy expects of limiters on a server what it does of them in one process, and of
// one that asks no server that n processes admit n times the limit.
func sharedBy(n int64) func(algorithms.Technique, string) Expectation {
	return func(t algorithms.Technique, topology string) Expectation {
		if t.NoServer && n > 1 {
			return Expectation{Verdict: "invalid", Why: "every process counts for itself, and admits the whole limit"}
		}
		return contractUnderConcurrency(t, topology)
	}
}
