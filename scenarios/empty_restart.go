package scenarios

import "github.com/rlbench/rlbench/algorithms"

// EmptyRestart brings the primary back without its data before anybody misses it.
func EmptyRestart() Scenario {
	s := underFault()
	s.Name, s.Title = "empty-restart", "Restart without data"
	s.Hypothesis = "The primary crashes and is back, empty, before Sentinels or the other nodes have declared it down. Nobody is promoted: the " +
		"replicas copy the empty primary, and every limiter starts again from nothing. (While it starts, Sentinels are told to be patient: " +
		"in a container that takes as long as they usually wait.)"
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		return forgets(t, "the replicas follow the primary, which has forgotten everything")
	}
	s.Forgets = true
	s.Faults = func(string) []Fault { return []Fault{{Name: "restart-empty", At: strike}} }
	return s
}
