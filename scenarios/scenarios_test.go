package scenarios

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
)

func TestAllScenariosAreValidAndDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range All() {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
		if seen[s.Name] || s.Name != strings.ToLower(s.Name) || strings.ContainsAny(s.Name, "/ ,") {
			t.Errorf("name %q is not a word of its own", s.Name)
		}
		seen[s.Name] = true
	}
}

func TestValidateFindsEveryMistake(t *testing.T) {
	for name, change := range map[string]func(*Scenario){
		"no hypothesis":              func(s *Scenario) { s.Hypothesis = "" },
		"no expectation":             func(s *Scenario) { s.Expect = nil },
		"no load":                    func(s *Scenario) { s.Open = nil },
		"two loads":                  func(s *Scenario) { s.Closed = Saturate().Closed },
		"no deadline":                func(s *Scenario) { s.Deadline = 0 },
		"no repeat":                  func(s *Scenario) { s.Repeat = 0 },
		"no rate":                    func(s *Scenario) { s.Rate = 0 },
		"no limit":                   func(s *Scenario) { s.Limit.L = 0 },
		"no workers":                 func(s *Scenario) { *s = Saturate(); s.Workers = 0 },
		"fewer than no instances":    func(s *Scenario) { s.Instances = -1 },
		"instances of a closed loop": func(s *Scenario) { *s = Saturate(); s.Instances = 2 },
		"cold under faults":          func(s *Scenario) { *s = Failover(); s.Cold = true },
		"cold instances":             func(s *Scenario) { s.Instances, s.Cold = 2, true },
		"instances on filled keys":   func(s *Scenario) { s.Instances = 2; s.Fill = 0.5 },
		"changed on filled keys":     func(s *Scenario) { s.Former = formers["limit-up"]; s.Fill = 0.5 },
		"changed from no limit": func(s *Scenario) {
			s.Former = &Former{Limit: func(algorithms.Limit) algorithms.Limit { return algorithms.Limit{} }}
		},
		"closed, no end": func(s *Scenario) { *s = Saturate(); s.Duration = 0 },
		"closed, no limit": func(s *Scenario) {
			*s = Saturate()
			s.Limit = algorithms.NewLimit(0, time.Second)
		},
	} {
		s := Concurrent()
		change(&s)
		if err := s.Validate(); err == nil || !strings.HasPrefix(err.Error(), "scenario ") {
			t.Errorf("%s: error %v, want one that names the scenario", name, err)
		}
	}
}

func subject(name string, atomic bool, kind algorithms.Kind) Subject {
	return Subject{
		Algorithm: algorithms.Algorithm{Name: name, Contract: func(l algorithms.Limit) algorithms.Contract {
			return algorithms.Contract{Kind: kind, Limit: l}
		}},
		Technique: algorithms.Technique{Name: "t", Atomic: atomic}, Driver: "d", Client: "bounded",
	}
}

// A drift of the machine must fall on all subjects alike: A B C, then C B A.
func TestRepeatsAreInterleaved(t *testing.T) {
	s := Baseline()
	s.Repeat = 3
	subjects := []Subject{subject("a", true, algorithms.Log), subject("b", true, algorithms.Log), subject("c", true, algorithms.Log)}
	var order []string
	for _, c := range Expand([]Scenario{s, Concurrent()}, "standalone", subjects, 1) {
		order = append(order, c.Algorithm)
	}
	if got, want := strings.Join(order, ""), "abc"+"cba"+"abc"+"abc"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestCellsHaveNamesOfTheirOwn(t *testing.T) {
	var names []string
	points := 0
	for _, s := range All() {
		points += max(1, len(s.Steps))
	}
	for _, c := range Expand(All(), "standalone", []Subject{subject("a", true, algorithms.Log), subject("b", true, algorithms.Log)}, 1) {
		if c.Repeat == 1 {
			names = append(names, c.String())
		}
	}
	if n := len(names); n != 2*points || len(slices.Compact(slices.Sorted(slices.Values(names)))) != n {
		t.Errorf("names %v are not distinct", names)
	}
}

func TestExpectations(t *testing.T) {
	oneScript := subject("a", false, algorithms.AlignedWindow) // broken by something else than a race
	oneScript.Technique.OneScript = true
	for _, c := range []struct {
		scenario Scenario
		subject  Subject
		want     string
	}{
		{Concurrent(), subject("a", true, algorithms.Bucket), "valid"},
		{Concurrent(), subject("a", false, algorithms.Bucket), "invalid"},
		{Concurrent(), subject("a", true, algorithms.Unlimited), "any"},
		{Concurrent(), oneScript, "any"},
		{Weighted(), subject("a", false, algorithms.Window), "invalid"},
		{Baseline(), subject("a", false, algorithms.Window), "any"},
		{Failover(), subject("a", true, algorithms.Log), "invalid"},
		{Partition(), subject("a", true, algorithms.Log), "valid"},
		{Partition(), subject("a", false, algorithms.Log), "any"},
		{LiveChange(), subject("a", true, algorithms.Log), "valid"},
		{LiveChange(), subject("a", false, algorithms.Log), "any"},
	} {
		cell := Expand([]Scenario{c.scenario}, "standalone", []Subject{c.subject}, 1)[0]
		if e := cell.Expectation(); e.Verdict != c.want || e.Why == "" {
			t.Errorf("%s of %+v: expected %+v, want %s with a reason", c.scenario.Name, c.subject.Technique, e, c.want)
		}
	}
}

// A limiter that cannot charge more than 1 must not be tried with more: its errors
// would look like its failures.
func TestUnitCostSuitsUnitScenarios(t *testing.T) {
	unit := subject("a", true, algorithms.Window)
	unit.Technique.UnitCost = true
	for _, s := range All() {
		for _, sub := range []Subject{unit, subject("b", true, algorithms.Window)} {
			if s.Cold {
				continue // see TestOnlyLazyLimitersBeginCold
			}
			topologies := s.Playable([]string{standalone, sentinel, cluster})
			c := Expand([]Scenario{s}, topologies[len(topologies)-1], []Subject{sub}, 1)[0]
			if want := (s.Name == "weighted" || s.Name == "sweep-limit") && sub.Technique.UnitCost; (c.Unsuited() != "") != want {
				t.Errorf("%s: unsuited is %q, want a reason: %v", c.Cell, c.Unsuited(), want)
			}
		}
	}
}

// One that asks no server is as good as the others while it is alone.
func TestInstancesInMemoryAreExpectedToAdmitMore(t *testing.T) {
	memory := subject("a", true, algorithms.Bucket)
	memory.Technique.NoServer = true
	var got []string
	for _, c := range Expand([]Scenario{MultiInstance()}, standalone, []Subject{memory, subject("b", true, algorithms.Log), subject("c", false, algorithms.Log)}, 1) {
		got = append(got, c.Expectation().Verdict)
		if int64(c.Scenario.Instances) != c.Step.Value {
			t.Errorf("%s is played by %d", c.Cell, c.Scenario.Instances)
		}
	}
	if want := "valid valid invalid, invalid valid invalid, invalid valid invalid"; strings.Join(got, " ") != strings.ReplaceAll(want, ",", "") {
		t.Errorf("expected %v, want %s", got, want)
	}
}

// What a limiter does with no connection shows where it has none, and only there.
func TestOnlyLazyLimitersBeginCold(t *testing.T) {
	lazy := subject("a", true, algorithms.Bucket)
	lazy.Technique.Lazy = func(func(context.Context) (drivers.Conn, error), algorithms.Limit, algorithms.Env) algorithms.Limiter {
		return nil
	}
	for _, s := range All() {
		for _, sub := range []Subject{lazy, subject("b", true, algorithms.Bucket)} {
			c := Expand([]Scenario{s}, standalone, []Subject{sub}, 1)[0]
			if !c.Unplayable() && (c.Unsuited() == "") != (s.Cold == (sub.Technique.Lazy != nil)) {
				t.Errorf("%s of a limiter that is lazy (%v): unsuited is %q", s.Name, sub.Technique.Lazy != nil, c.Unsuited())
			}
		}
	}
}

// Only clients with bounds are expected to find the new primary.
func TestOtherClientsAreFreeUnderFaults(t *testing.T) {
	for client, want := range map[string]string{history.DefaultClient: "invalid", "default": "any"} {
		sub := subject("a", true, algorithms.Log)
		sub.Client = client
		e := Expand([]Scenario{Partition()}, sentinel, []Subject{sub}, 1)[0].Expectation()
		if e.Verdict != want || (e.Most == 0) != (want == "any") || e.Cause != "lost writes" {
			t.Errorf("%s: expected %+v, want %s", client, e, want)
		}
	}
}

// A scenario whose faults need other servers is not played where there are none.
func TestFaultsNeedTheirTopology(t *testing.T) {
	playable := func(s Scenario, topology string) bool {
		return !Expand([]Scenario{s}, topology, []Subject{subject("a", true, algorithms.Bucket)}, 1)[0].Unplayable()
	}
	for _, c := range []struct {
		scenario                      Scenario
		standalone, sentinel, cluster bool
	}{
		{Concurrent(), true, true, true}, {Failover(), true, true, true}, {Partition(), true, true, true},
		{Minority(), false, true, true}, {PlannedFailover(), false, true, true}, {EmptyRestart(), true, true, true},
		{Reshard(), false, false, true}, {Disturbed(), true, true, true}, {MultiInstance(), true, false, false},
	} {
		got := []bool{playable(c.scenario, standalone), playable(c.scenario, sentinel), playable(c.scenario, cluster)}
		if want := []bool{c.standalone, c.sentinel, c.cluster}; !slices.Equal(got, want) {
			t.Errorf("%s: playable on standalone, sentinel, cluster is %v, want %v", c.scenario.Name, got, want)
		}
	}
}

// A trial that ends before its faults are healed would show nothing of what follows.
func TestTrialsOutlastTheirFaults(t *testing.T) {
	for _, s := range []Scenario{Failover(), PlannedFailover()} {
		s.Duration = s.last()
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "duration must be more than "+s.last().String()) {
			t.Errorf("%s of %s: got %v", s.Name, s.Duration, err)
		}
	}
}

// The cap on operations at once must never be what delays a start.
func TestInFlightHoldsADeadlineAndABurst(t *testing.T) {
	s := Concurrent()
	if got := s.InFlight(); got < int(s.Rate*s.Deadline.Seconds())+2*int(s.Limit.L) {
		t.Errorf("in-flight cap %d is below the arrivals of one deadline and a burst", got)
	}
}

// Another algorithm means one that the subject is not, by the same technique if it has it.
func TestFormerIsAnotherAlgorithmsTechnique(t *testing.T) {
	s := LiveChange()
	s.Steps = s.Steps[len(s.Steps)-1:]
	for _, c := range []struct{ algorithm, technique, want string }{
		{"slidinglog", "multi", "fixedwindow/multi"}, {"gcra", "cas", "fixedwindow/lua"}, {"fixedwindow", "naive", "gcra/naive"},
	} {
		sub := subject(c.algorithm, true, algorithms.Log)
		sub.Technique.Name = c.technique
		f := Expand([]Scenario{s}, standalone, []Subject{sub}, 1)[0].Former().Subject
		if got := f.Algorithm.Name + "/" + f.Technique.Name; got != c.want || f.Technique.New == nil {
			t.Errorf("before %s/%s: %s, want %s", c.algorithm, c.technique, got, c.want)
		}
	}
}
