package scenarios

import (
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/fixedwindow"
	"github.com/rlbench/rlbench/algorithms/gcra"
	"github.com/rlbench/rlbench/internal/workload"
)

// Former is what decided on the same keys before a change.
type Former struct {
	// Limit is the one before, by the one after.
	Limit func(after algorithms.Limit) algorithms.Limit
	// Other takes another algorithm's limiter for the subject's own.
	Other bool
}

// LiveChange has a limiter take over keys that another setting has used up.
func LiveChange() Scenario {
	return Scenario{
		Name: "live-change", Title: "Changed limit",
		Hypothesis: "A limit is changed while its keys are in use, and every user has just spent what the old setting gave. From the change on an atomic technique admits " +
			"what the new contract lets through, and no more: a bucket that holds more than its new burst is cut to it. Old time goes on: a shorter window opens when " +
			"the old one ends, GCRA denies until the old debt is down to the new burst, and a script that counts denials goes on denying until its window ends, though the limit was raised. " +
			"Another algorithm keeps other keys and knows of nothing, and what was kept for a shorter window is soon forgotten: around these changes a user gets both limits.",
		// Each user asks for three times the limit.
		Limit:    algorithms.NewLimit(10, 500*time.Millisecond),
		Duration: 2 * time.Second, Rate: 240, MaxCost: 1,
		Open: workload.Paced{Keys: 4}, Deadline: 5 * time.Second,
		Probe: true, Repeat: 1,
		Expect: func(t algorithms.Technique, _ string) Expectation {
			return keeps(t, "what the old setting has left behind is read as less room than there is, never as more")
		},
		Steps: variants("change", func(s *Scenario, name string) { s.Former = formers[name] },
			"limit-down", "limit-up", "window-down", "window-up", "algorithm"),
	}
}

// formers are what went before each change. The longer window ends before the trial does,
// so that all can be admitted again.
var formers = map[string]*Former{
	"limit-down":  {Limit: times(4, 1)},
	"limit-up":    {Limit: times(0.25, 1)},
	"window-down": {Limit: times(1, 3)},
	"window-up":   {Limit: times(1, 0.3)},
	"algorithm":   {Limit: times(1, 1), Other: true},
}

// times makes a limit of so many times the cost, 1 at least, in so many times the window.
func times(cost, window float64) func(algorithms.Limit) algorithms.Limit {
	return func(l algorithms.Limit) algorithms.Limit {
		w := time.Duration(float64(l.W) * window).Truncate(time.Millisecond)
		return algorithms.NewLimit(max(1, int64(float64(l.L)*cost)), max(time.Millisecond, w))
	}
}

// Former is the cell as it was before the change. Nobody is asked for what a policy would
// decide then.
func (c Cell) Former() Cell {
	f := c.Scenario.Former
	c.Scenario.Limit, c.Subject.Policy = f.Limit(c.Scenario.Limit), algorithms.Policy{}
	if f.Other {
		c.Subject.Algorithm, c.Subject.Technique = other(c.Subject)
	}
	return c
}

// other is the technique of the same name of another algorithm, or its last canonical one.
func other(s Subject) (algorithms.Algorithm, algorithms.Technique) {
	a := fixedwindow.Algorithm()
	if s.Algorithm.Name == a.Name {
		a = gcra.Algorithm()
	}
	t, err := a.Technique(s.Technique.Name)
	if err != nil {
		t, _ = a.Technique("lua")
	}
	return a, t
}
