package scenarios

import (
	"fmt"
	"time"
)

// Validate says in one sentence what is wrong with the scenario, or nil.
func (s Scenario) Validate() error {
	for _, p := range s.points() {
		if err := p.validate(); err != nil {
			return fmt.Errorf("scenario %s: %w", p.Step.Of(s.Name), err)
		}
	}
	return nil
}

func (s Scenario) validate() error {
	switch {
	case s.Expect == nil || s.Hypothesis == "":
		return fmt.Errorf("hypothesis and expectation must be stated")
	case (s.Open == nil) == (s.Closed == nil):
		return fmt.Errorf("exactly one of an open and a closed loop must be set")
	case s.Closed != nil && s.Workers < 1:
		return fmt.Errorf("workers must be at least 1, got %d", s.Workers)
	case s.Deadline <= 0:
		return fmt.Errorf("deadline must be positive, got %s", s.Deadline)
	case s.Wait < 0:
		return fmt.Errorf("wait must be a number of replicas, 0 or more, got %d", s.Wait)
	case s.Delay < 0 || s.Delay > 0 && s.Faults != nil:
		return fmt.Errorf("delay must be 0 or more, and 0 with faults, got %s", s.Delay)
	case s.Repeat < 1:
		return fmt.Errorf("repeat must be at least 1, got %d", s.Repeat)
	case s.Fill < 0 || s.Fill > 1:
		return fmt.Errorf("fill must be a share of the limit, 0 to 1, got %g", s.Fill)
	case s.Faults != nil && s.Duration <= s.last():
		return fmt.Errorf("duration must be more than %s, when the last fault is over, got %s", s.last(), s.Duration)
	case s.Cold && (s.Faults != nil || s.Instances > 0 || s.Fill > 0):
		return fmt.Errorf("a scenario that begins cold has no faults, no instances and no filled keys")
	case s.Former != nil && (s.Faults != nil || s.Instances > 0 || s.Fill > 0 || s.Cold):
		return fmt.Errorf("a changed limit has no faults, no instances, no cold start and no keys filled by other means")
	case s.Former != nil && s.Former.Limit(s.Limit).Validate() != nil:
		return fmt.Errorf("before the change: %w", s.Former.Limit(s.Limit).Validate())
	case s.Instances < 0 || s.Instances > 0 && (s.Open == nil || s.Fill > 0):
		return fmt.Errorf("instances must be 0 or more, and share an open loop without filled keys, got %d", s.Instances)
	case s.Repeat > maxRepeat:
		return fmt.Errorf("repeat must be at most %d, got %d", maxRepeat, s.Repeat)
	case s.Closed != nil:
		return s.validateClosed()
	}
	return s.Plan().Validate(s.Open)
}

// last is when the last fault is over, on any topology.
func (s Scenario) last() (end time.Duration) {
	for _, topology := range []string{standalone, sentinel, cluster} {
		for _, f := range s.Faults(topology) {
			end = max(end, f.At, f.Until)
		}
	}
	return end
}

func (s Scenario) validateClosed() error {
	if s.Duration <= 0 {
		return fmt.Errorf("duration must be positive, got %s", s.Duration)
	}
	if s.Duration > maxLength {
		return fmt.Errorf("duration must be at most %s, got %s", maxLength, s.Duration)
	}
	return s.Limit.Validate()
}
