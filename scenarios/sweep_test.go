package scenarios

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/workload"
)

// Within a step subjects are interleaved; the steps follow each other.
func TestStepsAreExpandedOneAfterTheOther(t *testing.T) {
	s := SweepWorkers()
	s.Steps = s.Steps[:2]
	subjects := []Subject{subject("a", true, algorithms.Log), subject("b", true, algorithms.Log)}
	var order []string
	for _, c := range Expand([]Scenario{s}, "standalone", subjects, 1) {
		order = append(order, c.Step.String()+c.Algorithm)
		if int64(c.Scenario.Workers) != c.Step.Value || len(c.Scenario.Steps) != 0 {
			t.Errorf("%s is played with %d workers", c.Cell, c.Scenario.Workers)
		}
	}
	if got, want := strings.Join(order, " "), "1a 1b 1b 1a 4a 4b 4b 4a"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestEveryStepSetsWhatItSays(t *testing.T) {
	for axis, value := range map[string]func(Scenario) int64{
		"workers": func(s Scenario) int64 { return int64(s.Workers) },
		"rate":    func(s Scenario) int64 { return int64(s.Rate) },
		"limit":   func(s Scenario) int64 { return s.Limit.L },
		"keys":    func(s Scenario) int64 { return int64(s.Closed.Keys) },
		"delay":   func(s Scenario) int64 { return s.Delay.Milliseconds() },
	} {
		found := false
		for _, s := range All() {
			if s.Axis() != axis {
				continue
			}
			found = true
			for _, p := range s.points() {
				if value(p) != p.Step.Value || p.Step.Axis != axis {
					t.Errorf("%s has %s %d", p.Step.Of(s.Name), axis, value(p))
				}
			}
		}
		if !found {
			t.Errorf("no scenario sweeps %s", axis)
		}
	}
}

// A setting given by the user holds at every step.
func TestStepsKeepTheOtherSettings(t *testing.T) {
	s := SweepLimit()
	s.Limit.W = time.Minute
	for _, p := range s.points() {
		if p.Limit.W != time.Minute || p.Limit.B != p.Limit.L {
			t.Errorf("%s has the limit %+v", p.Step.Of(s.Name), p.Limit)
		}
	}
}

func TestAStepThatIsWrongIsNamed(t *testing.T) {
	s := SweepWorkers()
	s.Steps = sweep("workers", func(s *Scenario, workers int64) { s.Workers = int(workers) }, 4, 0)
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "sweep-workers.0: workers must be at least 1") {
		t.Errorf("error %v, want one that names the step", err)
	}
	s = SweepLimit()
	s.Fill = 1.5
	if s.Validate() == nil {
		t.Error("keys filled beyond their limit are accepted")
	}
}

// What is left of all limits when the load begins must be several times the load, and
// as many times at every step: else denials would be compared with admissions.
func TestLimitsAreNotMetInTheSweepOfLimits(t *testing.T) {
	for _, p := range SweepLimit().points() {
		room := (1 - p.Fill) * float64(p.Limit.L) * float64(p.Open.(workload.Paced).Keys)
		if times := room / (p.Rate * p.Duration.Seconds()); math.Abs(times-4) > 0.15 {
			t.Errorf("limit %d: the room is %.2f times the load, want about 4", p.Limit.L, times)
		}
	}
}

// Not even the busiest user may be denied, whatever the client: else skewed users would
// compare denials with admissions. No server with one core decides half a million per
// second.
func TestLimitsAreNotMetByManyUsers(t *testing.T) {
	const decisions = 500_000
	for _, p := range ManyKeys().points() {
		weights := 0.0
		for k := range p.Closed.Keys {
			weights += math.Pow(float64(k+1), -p.Closed.Skew)
		}
		if asked, limit := decisions/weights, float64(p.Limit.L)/p.Limit.W.Seconds(); asked > limit {
			t.Errorf("%s: the busiest user asks for %.0f per second, the limit is %.0f", p.Step.Of(p.Name), asked, limit)
		}
	}
}

// A limiter that only decides requests of cost 1 cannot fill a key in one request.
func TestFillingCountsAsACost(t *testing.T) {
	if got := SweepLimit().MostCost(); got != 8 {
		t.Errorf("the largest cost of a sweep that fills keys of 10 to four fifths is %d, want 8", got)
	}
	if got := SweepRate().MostCost(); got != 1 {
		t.Errorf("the largest cost of a sweep that fills nothing is %d, want 1", got)
	}
}
