package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// Eviction fills the server's memory while users of limiters are away.
func Eviction() Scenario {
	s := underFault()
	s.Name, s.Title = "eviction", "Eviction"
	s.Hypothesis = "Others fill the server's memory. With noeviction it refuses to write: limiters fail, and nobody overshoots. Any other policy gives up keys, and " +
		"a limiter whose key is gone admits its whole limit again. By last use (lru) it is users who were away that are forgotten, by chance (random) anybody; by frequency (lfu) " +
		"limiters are mostly spared, for others' keys are used once; and by time to live (volatile-ttl) they go first, again and again, for theirs is the shortest."
	s.Limit = algorithms.NewLimit(10, 10*time.Second)
	// Some users are away for half a window, in which the pressure begins, and come back while it
	// lasts and what they were charged still counts. One comes every second.
	s.Open = workload.Returning{Gaps: func(l algorithms.Limit) []time.Duration {
		return []time.Duration{l.W / 2, l.W / 2, l.W / 2, l.W / 10}
	}}
	s.Faults = alone(Fault{Name: "memory-pressure", At: 2 * time.Second, Until: 9 * time.Second})
	s.Steps = variants("maxmemory-policy", func(s *Scenario, policy string) { s.Eviction, s.Expect = policy, evicting(policy) },
		"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl")
	return s.first()
}

// evicting expects that a server which gives up nothing forgets nothing, and of any other
// that what it gave up is all that breaks a contract, however often.
func evicting(policy string) func(algorithms.Technique, string) Expectation {
	return func(t algorithms.Technique, _ string) Expectation {
		if policy == "noeviction" {
			return keeps(t, "a server without room refuses to write, and forgets nothing")
		}
		e := Expectation{Verdict: "any", Why: "whose keys the server gives up is chance"}
		if t.Atomic && t.Open == nil {
			e.Cause = "eviction"
		}
		return e
	}
}
