package scenarios

import "github.com/rlbench/rlbench/algorithms"

// PlannedFailover has a replica take over from a healthy primary, as before maintenance.
func PlannedFailover() Scenario {
	s := underFault()
	s.Name, s.Title = "planned-failover", "Planned failover"
	s.Hypothesis = "An operator hands the primary's role on. CLUSTER FAILOVER stops the clients of the old primary until the replica has " +
		"everything: nothing is lost. SENTINEL FAILOVER does not: what the old primary acknowledges until it learns of its replacement is lost."
	s.Expect = func(t algorithms.Technique, topology string) Expectation {
		if topology == cluster {
			return keeps(t, "the old primary stops its clients until the new one has everything")
		}
		return mayForget(t, 1, "the old primary acknowledges until it learns of its replacement")
	}
	s.Faults = several(Fault{Name: "promote", At: strike})
	s.Promotions = 1
	return s
}
