package chart

import (
	"math"

	"github.com/rlbench/rlbench/internal/result"
)

// fullInstances is a run of processes that share a limit: the naive ones race, and in
// memory each has a limit of its own.
func fullInstances() instancesOf {
	m := full().only("multi-instance")
	m.drivers, m.repeats = []string{"rueidis", "redigo"}, 2
	m.steps = map[string][]result.Step{"multi-instance": stepsOf("instances", "", 1, 3, 10)}
	return instancesOf{m}
}

type instancesOf struct{ matrix }

func (m instancesOf) result() *result.Result {
	r := m.matrix.result()
	memory := m.matrix
	memory.algorithms, memory.techniques = []string{"inprocess"}, []string{"memory"}
	r.Cells = append(r.Cells, memory.result().Cells...)
	r.Run.Planned = len(r.Cells)
	return change(r, func(result.Cell) bool { return true }, shared)
}

// shared gives a cell the overshoot of its number of processes.
func shared(c *result.Cell) {
	n, permitted := float64(c.Step.Value), 100.0
	c.Instances, c.Verdict, c.Expected, c.Reasons = int(n), "valid", "valid", nil
	times := 1.0
	switch c.Technique {
	case "naive":
		times = 1.9 + 0.5*noise(id(*c))
	case "memory":
		times, c.Yardstick = n, true
	}
	if times > 1 {
		admitted := math.Round(times * permitted)
		c.Verdict, c.Expected = "invalid", "invalid"
		c.Overshoot = result.Overshoot{Certain: int64(admitted - permitted), Ratio: (admitted - permitted) / permitted,
			Witness: &result.Witness{Admitted: int64(admitted), Permitted: int64(permitted)}}
	}
}
