package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// SweepWorkers is how throughput and latency grow with concurrency.
func SweepWorkers() Scenario {
	return Scenario{
		Name: "sweep-workers", Title: "Workers",
		Hypothesis: "Decisions per second grow with the workers until a core is busy, on either side; from there on only " +
			"the latency grows. A client that pipelines by itself goes on growing, for more waiting requests share one write.",
		Expect: measured,
		// As in saturate: so many keys that the path of an admitted request is measured.
		Limit:    algorithms.NewLimit(100, time.Second),
		Duration: 500 * time.Millisecond, MaxCost: 1,
		Closed:   &workload.Closed{Keys: 1000},
		Deadline: time.Second,
		Repeat:   2,
		Steps: sweep("workers", func(s *Scenario, workers int64) { s.Workers = int(workers) },
			1, 4, 16, 64, 256, 512),
	}
}
