package scenarios

import "github.com/rlbench/rlbench/algorithms"

// Reshard moves a slot to another node under load.
func Reshard() Scenario {
	s := underFault()
	s.Name, s.Title = "reshard", "Resharding"
	s.Hypothesis = "A slot moves to another primary with its keys. Each key is in one place at any time, and clients are sent there: a limiter " +
		"whose keys share a slot loses nothing. Those of several keys would meet TRYAGAIN."
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		return keeps(t, "a key moves with its value and its time to live")
	}
	s.Faults = func(topology string) []Fault {
		if topology != cluster {
			return nil
		}
		return []Fault{{Name: "reshard", At: strike}}
	}
	return s
}
