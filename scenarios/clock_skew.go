package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// ClockSkew has two clients share a limit whose clocks differ.
func ClockSkew() Scenario {
	return Scenario{
		Name: "clock-skew", Title: "Clock skew",
		Hypothesis: "Two services share a limit, and the clock of one is off by up to two windows. Who asks the server for the time does not notice. " +
			"A limiter that decides by its client's clock, in one script or not, keeps two truths about now: a client that is ahead forgets what " +
			"still counts, or counts in a window of its own, and both together admit up to twice the limit or more; a client that is behind is denied what is due.",
		// Three times what the limit lets through, one request at a time.
		Limit:    algorithms.NewLimit(25, 500*time.Millisecond),
		Duration: 3 * time.Second, Rate: 150, MaxCost: 1,
		Open: workload.Paced{Keys: 1}, Deadline: 5 * time.Second,
		Probe: true, Repeat: 1,
		Expect: func(t algorithms.Technique, _ string) Expectation {
			switch {
			case t.ClientClock:
				return Expectation{Verdict: "any", Why: "it decides by clocks that differ, and what that does depends on which request comes when"}
			case t.Atomic:
				return Expectation{Verdict: "valid", Why: "the server's clock is one"}
			}
			return Expectation{Verdict: "any", Why: "requests rarely meet at this rate"}
		},
		Steps: sweep("skew", func(s *Scenario, percent int64) { s.Skew = time.Duration(percent) * s.Limit.W / 100 },
			-200, -100, -50, 0, 50, 100, 200),
	}
}
