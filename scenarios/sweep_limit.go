package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// limitOfAll is the sum of all keys' limits in every step of SweepLimit.
const limitOfAll = 40_000

// SweepLimit is what a larger limit costs: CPU, bytes and memory.
func SweepLimit() Scenario {
	return Scenario{
		Name: "sweep-limit", Title: "Limit",
		Hypothesis: "A window, a bucket and GCRA keep one number or two, whatever the limit. A sliding log keeps an entry " +
			"for each request that counts: its memory grows with the limit, and its CPU a little.",
		Expect:   measured,
		Limit:    algorithms.NewLimit(10, 10*time.Second),
		Duration: time.Second, Rate: 2000, MaxCost: 1,
		Deadline: time.Second,
		Repeat:   1,
		// Each key is nearly full from the start, as that of a user near the limit is.
		// The window is so long that nothing expires during a trial, and there are as
		// many keys as make the load the same share of all limits at every step, one
		// twentieth: else the mix of admitted and denied requests would be compared.
		Fill: 0.8,
		Open: workload.Paced{Keys: limitOfAll / 10},
		Steps: sweep("limit", func(s *Scenario, limit int64) {
			s.Limit = algorithms.NewLimit(limit, s.Limit.W)
			s.Open = workload.Paced{Keys: int(limitOfAll / limit)}
		}, 10, 30, 100, 300, 1000, 3000, 10_000),
	}
}
