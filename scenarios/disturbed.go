package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Disturbed is a bad network, and no more.
func Disturbed() Scenario {
	s := underFault()
	s.Name, s.Title = "disturbed", "Disturbed network"
	s.Hypothesis = "Answers come late, connections fall silent, replies are lost, and the server stands still for a moment; no role changes. A limiter " +
		"does not know what became of a request whose reply it never saw, but it admits nothing beyond its contract. A client that repeats by itself charges twice."
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		return keeps(t, "the server keeps its state, and a lost reply is charged at most")
	}
	s.Faults = func(string) []Fault {
		ms := time.Millisecond
		return []Fault{
			{Name: "delay", At: 500 * ms, Until: 1000 * ms},
			{Name: "lost-reply", At: 1500 * ms, Until: 2000 * ms},
			{Name: "loss", At: 3000 * ms, Until: 4500 * ms},
			{Name: "pause", At: 6000 * ms, Until: 6400 * ms}, // shorter than any node's patience
		}
	}
	return s
}
