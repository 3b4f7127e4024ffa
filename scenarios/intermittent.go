package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// Intermittent has users come back just before, at and after what was charged to them
// has expired.
func Intermittent() Scenario {
	return Scenario{
		Name: "intermittent", Title: "Intermittent users",
		Hypothesis: "Users use up their limit, go, and come back around the instant at which it is theirs again: well before it, a millisecond before, just then, " +
			"a millisecond and up to a second later. A state that expires early, because its time to live is rounded down to whole seconds or is not renewed, gives the limit away once more; one that " +
			"expires late denies what is due. Under steady load neither shows.",
		Expect: func(t algorithms.Technique, _ string) Expectation {
			return keeps(t, "its state lives as long as it matters, to the millisecond")
		},
		// A window and a time to full of no whole number of seconds: rounded down they end
		// half a second early.
		Limit:    algorithms.NewLimit(10, 1500*time.Millisecond),
		Duration: 5 * time.Second, Rate: 100, MaxCost: 1,
		Open: workload.Returning{Gaps: aroundDeadlines}, Deadline: time.Second,
		Probe: true, Repeat: 1,
	}
}

// aroundDeadlines are gaps before and after the end of a window, which is also the time
// in which a bucket that holds the limit is full again.
func aroundDeadlines(l algorithms.Limit) []time.Duration {
	ms := time.Millisecond
	return []time.Duration{l.W / 2, l.W * 4 / 5, l.W - l.W/20, l.W - ms, l.W, l.W + ms, l.W + l.W/20, l.W + time.Second}
}
