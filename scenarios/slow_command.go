package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
)

// SlowCommand has somebody else keep the server busy: with a look for some keys among half a
// million, or with half a second of nothing.
func SlowCommand() Scenario {
	s := underFault()
	s.Name, s.Title = "slow-command", "Slow command"
	s.Hypothesis = "A server runs one command at a time: while KEYS looks at each of half a million keys, no limiter gets an answer, and all that waited are " +
		"late together. SCAN looks at a thousand at a time and lets others in between: it takes longer, and nobody notices. " +
		"DEBUG SLEEP stands for any command that takes half a second. Either way nothing is forgotten, and no contract breaks."
	s.Limit = algorithms.NewLimit(20, time.Second)
	s.Expect = func(t algorithms.Technique, _ string) Expectation {
		return keeps(t, "the server keeps its state, and answers late at worst")
	}
	s.Steps = variants("command", func(s *Scenario, command string) {
		s.Faults = alone(Fault{Name: command, At: 2 * time.Second}, Fault{Name: command, At: 6 * time.Second})
	}, "keys", "scan", "debug-sleep")
	return s.first()
}

// alone gives a plan for a server that stands alone.
func alone(plan ...Fault) func(string) []Fault {
	return func(topology string) []Fault {
		if topology != standalone {
			return nil
		}
		return plan
	}
}
