package cli

import (
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

func TestDifferenceNamesTheField(t *testing.T) {
	one, two := 1.0, 2.0
	base := result.Cell{Algorithm: "gcra", Verdict: "valid", ServerCPUus: &one}
	same := base
	same.ServerCPUus = new(float64)
	*same.ServerCPUus = 1
	for name, change := range map[string]func(*result.Cell){
		"":              func(*result.Cell) {},
		"verdict":       func(c *result.Cell) { c.Verdict = "invalid" },
		"server_cpu_us": func(c *result.Cell) { c.ServerCPUus = &two },
		"overshoot":     func(c *result.Cell) { c.Overshoot.Certain = 7 },
		"latency":       func(c *result.Cell) { c.Latency.Response = &result.Quantiles{P50us: 1} },
	} {
		other := same
		change(&other)
		if got, err := difference(base, other); err != nil || got != name {
			t.Errorf("difference %q, %v; want %q", got, err, name)
		}
	}
}
