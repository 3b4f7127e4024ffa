package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Partition cuts the primary from its peers, and not from the clients.
func Partition() Scenario {
	s := underFault()
	s.Name, s.Title = "partition", "Partition"
	s.Hypothesis = "The primary is cut off from its peers while clients still reach it, and others promote a replica. What the old primary " +
		"acknowledges from the cut until the clients leave it is lost when the partition heals: the counters of the new one are older, and as much " +
		"as was lost is admitted again, whatever the technique. A Cluster's primary stops by itself after the node timeout; Sentinel stops nobody, " +
		"so that it is the client that decides how much is lost: go-redis and rueidis hear of the promotion from the Sentinels, redigo's pool asks " +
		"anew within a second, and loses up to a second more. A server that stands alone loses nothing: its clients wait."
	s.Expect = func(t algorithms.Technique, topology string) Expectation {
		if topology == standalone {
			return keeps(t, "the clients are cut off, and the server keeps its state")
		}
		return forgets(t, "what the old primary acknowledged after the cut is unknown to the new one")
	}
	s.Faults = func(topology string) []Fault {
		if topology == standalone {
			return []Fault{{Name: "cut-clients", At: strike, Until: strike + 2*time.Second}}
		}
		return []Fault{{Name: "cut-peers", At: strike, Until: 8 * time.Second}}
	}
	s.Promotions = 1
	return s
}

// Minority traps the clients with a primary that is cut off.
func Minority() Scenario {
	s := Partition()
	s.Name, s.Title = "minority", "Minority"
	s.Hypothesis = "As partition, but the clients reach the old primary alone. On Sentinel those that keep their connections, go-redis and rueidis, feed it " +
		"until the partition heals, and all of it is lost; redigo's pool asks the Sentinels anew each second, and is refused. In a Cluster it refuses to serve after the node timeout, and they are without a limiter. min-replicas-to-write makes Redis refuse in both."
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		return mayForget(t, 1, "what is lost counts only if the clients find the new primary while the window lasts")
	}
	s.Faults = several(Fault{Name: "trap-client", At: strike, Until: 8 * time.Second})
	return s
}
