package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// SweepRate is latency against offered load, up to and beyond what can be served.
func SweepRate() Scenario {
	return Scenario{
		Name: "sweep-rate", Title: "Offered rate",
		Hypothesis: "The latency stays on a floor, that of its round trips, until the offered rate comes near to what the " +
			"closed loop reaches; from there on a queue grows as long as the load lasts. Fewer round trips move that rate upward.",
		Expect: measured,
		// Even the highest rate is less than 1,000 users may send, so that at every step
		// nearly all are admitted.
		Limit:    algorithms.NewLimit(100, time.Second),
		Duration: time.Second, MaxCost: 1,
		Open: workload.Paced{Keys: 1000},
		// Who asks a limiter does not wait longer. It also bounds the operations that
		// queue up beyond saturation.
		Deadline:  250 * time.Millisecond,
		Repeat:    1,
		Overloads: true,
		Steps: sweep("rate", func(s *Scenario, rate int64) { s.Rate = float64(rate) },
			500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000),
	}
}
