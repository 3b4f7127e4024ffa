package chart

import (
	"math"

	"github.com/rlbench/rlbench/internal/result"
)

// skewOf is a run of clients whose clocks differ: who asks the server for the time does
// not notice, and who reads its client's clock admits up to twice as much, or denies what
// is due.
type skewOf struct{ matrix }

func fullSkew() skewOf {
	m := full().only("clock-skew")
	m.drivers, m.repeats = []string{"redigo"}, 2
	m.steps = map[string][]result.Step{"clock-skew": stepsOf("skew", "", -200, -100, -50, 0, 50, 100, 200)}
	return skewOf{m}
}

func (m skewOf) result() *result.Result {
	r := m.matrix.result()
	for technique, algorithms := range map[string][]string{
		"lua-bucket": {"fixedwindow"}, "lua-bucket-time": {"fixedwindow"}, "lua-client-clock": {"slidinglog", "tokenbucket"},
	} {
		further := m.matrix
		further.algorithms, further.techniques = algorithms, []string{technique}
		r.Cells = append(r.Cells, further.result().Cells...)
	}
	r.Run.Planned = len(r.Cells)
	return change(r, func(result.Cell) bool { return true }, apart)
}

// apart gives a cell what its clocks make of it.
func apart(c *result.Cell) {
	windows, permitted := float64(c.Step.Value)/100, 100.0
	c.Verdict, c.Reasons, c.FalseRejections = "valid", nil, &result.FalseRejections{}
	c.Allowed, c.Denied = 150, 300
	times := 1.0
	switch c.Technique {
	case "naive":
		times = 1.2 + 0.2*noise(id(*c))
		if c.Algorithm != "fixedwindow" {
			times += min(0.5, math.Abs(windows)/2)
		}
		if c.Algorithm == "gcra" && windows < 0 {
			c.FalseRejections.Certain = int64(100 + 20*noise(id(*c)))
		}
	case "lua-bucket", "lua-client-clock":
		times = 1 + min(1, math.Abs(windows))
	}
	if times > 1 {
		admitted := math.Round(times * permitted)
		c.Verdict = "invalid"
		c.Overshoot = result.Overshoot{Certain: int64(admitted - permitted), Ratio: (admitted - permitted) / permitted, Attribution: "clock skew",
			Witness: &result.Witness{Admitted: int64(admitted), Permitted: int64(permitted)}}
	}
}
