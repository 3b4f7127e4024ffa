package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// ConnectStorm is the first moment of a service whose store connects when it is needed.
func ConnectStorm() Scenario {
	return Scenario{
		Name: "connect-storm", Title: "Connect storm",
		Hypothesis: "500 first requests at the same instant, of a client that is not connected. Where each that finds no connection connects, " +
			"one does and the others are refused (\"already connecting\"): their callers fall back, although Redis is healthy. Where all wait " +
			"for the one connect that is under way, there is one connect, and nobody falls back.",
		Expect:   connectsOnce,
		Limit:    algorithms.NewLimit(100, time.Second),
		Duration: 500 * time.Millisecond, Rate: 200, MaxCost: 1,
		Open:     workload.Storm{First: 500},
		Cold:     true,
		Deadline: 5 * time.Second,
		// A policy waits for the connect: 500 that are let go at once may take longer than
		// its own patience, and what is tried is who is refused.
		Patience: time.Second,
		Probe:    true,
		Repeat:   10,
	}
}

// connectsOnce expects that to wait for the connect of another is the cure.
func connectsOnce(t algorithms.Technique, _ string) Expectation {
	if t.Atomic {
		return Expectation{Verdict: "valid", Why: "all first requests wait for one connect"}
	}
	return Expectation{Verdict: "invalid", Why: "who comes while another connects is refused, and is not answered"}
}
