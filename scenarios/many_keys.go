package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
)

// zipf is the skew of the users: that of popularity in many services is about 1. Of a
// million users the first one makes an eighth of the requests.
const zipf = 1.1

// ManyKeys is what the number of users changes.
func ManyKeys() Scenario {
	return Scenario{
		Name: "many-keys", Title: "Users",
		Hypothesis: "The more users, the more decisions are the first on their key, which allocates memory: server CPU " +
			"grows a little. A window or a log keeps the key of every user for a window; a bucket forgets a light user " +
			"as soon as it is full again. Skewed users make an optimistic transaction conflict. Nobody is denied: " +
			"admissions are compared with admissions.",
		Expect: measured,
		// The window is longer than a trial: the keys of windows and logs are all there
		// when their memory is read. 100,000 per second are more than the first of skewed
		// users asks for: to deny is cheaper than to charge, and would hide what users cost.
		Limit:    algorithms.NewLimit(1_000_000, 10*time.Second),
		Duration: time.Second, MaxCost: 1,
		Closed: &workload.Closed{Keys: 1000}, Workers: 64,
		Deadline: time.Second,
		Repeat:   1,
		Steps:    users(1_000, 10_000, 100_000, 1_000_000),
	}
}

// users makes two steps of each number of users: all alike, and some busier.
func users(numbers ...int64) (steps []Step) {
	for _, n := range numbers {
		for _, v := range []struct {
			name string
			skew float64
		}{{"uniform", 0}, {"zipf", zipf}} {
			load := &workload.Closed{Keys: int(n), Skew: v.skew}
			steps = append(steps, Step{history.Step{Axis: "keys", Value: n, Variant: v.name}, func(s *Scenario) { s.Closed = load }})
		}
	}
	return steps
}
