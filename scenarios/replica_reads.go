package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// ReplicaReads has a replica answer what limiters read.
func ReplicaReads() Scenario {
	s := underFault()
	s.Name, s.Title = "replica-reads", "Reads from a replica"
	s.Hypothesis = "A client is told to scale reads out to replicas. A limiter whose read is a command of its own decides by what a replica has heard: " +
		"milliseconds old as long as all is well, and as old as the cut while the replica is cut off, when everybody is admitted who would have been then. " +
		"Scripts and transactions, which may write, are sent to the primary all the same, and keep their contract."
	s.ReadReplica = true
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		if t.Atomic {
			return Expectation{Verdict: "valid", Why: "its reads are part of what the primary runs"}
		}
		return Expectation{Verdict: "invalid", Why: "it goes on deciding by what was true before the cut"}
	}
	s.Faults = func(topology string) []Fault {
		if topology != sentinel {
			return nil // in a Cluster replicas do not answer unless they are told to
		}
		return []Fault{{Name: "cut-replica", At: strike, Until: 8 * time.Second}}
	}
	return s
}
