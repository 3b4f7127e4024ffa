package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// Stall freezes the server for longer than any client as it ships waits for a reply.
func Stall() Scenario {
	s := underFault()
	s.Name, s.Title = "stall", "Stalled server"
	s.Hypothesis = "The server stands still for six and a half seconds, and then runs everything that was sent to it meanwhile. Callers wait for as long as " +
		"their client does. go-redis as it ships gives up a reply after five seconds and sends the command again: one decision is charged twice, and its " +
		"caller hears of one. With no retries it is charged once at most. rueidis and redigo repeat no script."
	// Used up before the server stalls: whoever then hears of little is denied all the same.
	s.Limit = algorithms.NewLimit(50, 10*time.Second)
	s.Deadline = 30 * time.Second // callers who set none: a deadline would end what is to be seen
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		return keeps(t, "the server keeps its state, and what was sent is charged once at most")
	}
	s.Faults = func(topology string) []Fault {
		if topology != standalone {
			return nil // where somebody would be promoted: that is failover's
		}
		return []Fault{{Name: "pause", At: strike, Until: strike + 6500*time.Millisecond}}
	}
	return s
}
