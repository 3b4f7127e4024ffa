package scenarios

import "github.com/rlbench/rlbench/internal/history"

// Step is one point of a sweep: its name, and what it changes in the scenario.
type Step struct {
	history.Step
	set func(*Scenario)
}

// sweep makes a step of each value, in which set puts it into the scenario.
func sweep(axis string, set func(*Scenario, int64), values ...int64) (steps []Step) {
	for _, v := range values {
		steps = append(steps, Step{history.Step{Axis: axis, Value: v}, func(s *Scenario) { set(s, v) }})
	}
	return steps
}

// variants makes a step of each name, which set puts into the scenario.
func variants(axis string, set func(*Scenario, string), names ...string) (steps []Step) {
	for _, name := range names {
		steps = append(steps, Step{history.Step{Axis: axis, Variant: name}, func(s *Scenario) { set(s, name) }})
	}
	return steps
}

// first is the scenario as its first step sets it: where something has to be known of all
// steps, and is the same in each.
func (s Scenario) first() Scenario {
	s.Steps[0].set(&s)
	return s
}

// Axis is the quantity that a sweep varies, by the name of the flag that would set
// it; empty for a scenario that is none.
func (s Scenario) Axis() string {
	if len(s.Steps) == 0 {
		return ""
	}
	return s.Steps[0].Axis
}

// points returns the scenario at each of its steps, or as it is if it has none.
func (s Scenario) points() []Scenario {
	if len(s.Steps) == 0 {
		return []Scenario{s}
	}
	var points []Scenario
	for _, step := range s.Steps {
		p := s
		p.Step, p.Steps = step.Step, nil
		step.set(&p)
		points = append(points, p)
	}
	return points
}
