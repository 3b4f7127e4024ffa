package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Outage takes the server away from everybody, in each of the ways that post-mortems
// tell of, and gives it back as it was.
func Outage() Scenario {
	s := underFault()
	s.Name, s.Title = "outage", "Outage"
	s.Hypothesis = "For three seconds the server answers nobody: it is stopped, stands still, is cut off, takes no more connections, or asks for a password that nobody has. " +
		"It forgets nothing, so no contract breaks; what differs is what users get meanwhile. Without a policy, with fail-closed or with a breaker nobody is served. " +
		"fail-open serves all, and admits all. A fallback in memory, or in a database, serves everybody and admits up to the limit once more. " +
		"A server that refuses is noticed at once, one that is silent only when a time-out has passed, which without a policy every request waits for."
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		return keeps(t, "the server keeps its state, and what a policy admits is none of the limiter's")
	}
	// Five times what the limit lets through: the outage is long enough for whoever counts
	// nothing to admit several limits, and shorter than the window, so that what was charged
	// before still counts when the server is back.
	s.Limit = algorithms.NewLimit(30, 6*time.Second)
	s.Duration, s.Rate = 10*time.Second, 25
	// With the policies' own cool-down of 30 s nobody would be seen to come back.
	s.Cooldown = time.Second
	s.Steps = variants("fault", func(s *Scenario, fault string) {
		s.Faults = alone(Fault{Name: fault, At: 2 * time.Second, Until: 5 * time.Second})
	}, "stop", "pause", "cut-clients", "maxclients", "password")
	return s.first()
}
