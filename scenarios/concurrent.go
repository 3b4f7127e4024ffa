package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// Concurrent is the scenario that most people mean by "is my limiter atomic".
func Concurrent() Scenario {
	return Scenario{
		Name: "concurrent", Title: "Concurrent",
		Hypothesis: "One hot key under sustained excess, with bursts after idle gaps and in mid-window: a limiter that " +
			"reads, decides and writes in separate round trips admits most of a burst, because all of it reads the " +
			"same room; an optimistic transaction and a script admit exactly what the contract lets through.",
		Expect: contractUnderConcurrency,
		Limit:  algorithms.NewLimit(50, 250*time.Millisecond),
		// Several times what the limit lets through: the denial path is judged as often.
		Duration: 2 * time.Second, Rate: 1500, MaxCost: 1,
		Open: workload.Bursts{},
		// One of all competing transactions wins a round: a burst of 2L takes L rounds,
		// and under excess each admission sends every other back to its start. The
		// deadline leaves room for the backlog to drain on two busy cores: a limiter
		// that is slow under contention is not one that fails.
		Deadline: 15 * time.Second,
		Probe:    true,
		Repeat:   1,
	}
}

// Weighted is Concurrent with requests of unequal cost.
func Weighted() Scenario {
	s := Concurrent()
	s.Name, s.Title = "weighted", "Weighted costs"
	s.Hypothesis = "The same load with costs from 1 to 10: a script that charges a cost by a loop, or tests the room " +
		"before adding the cost, shows it here; lawful techniques stay exact."
	s.Limit = algorithms.NewLimit(250, 250*time.Millisecond)
	s.MaxCost = 10
	s.Rate = 800 // five times the limit's cost already
	return s
}
