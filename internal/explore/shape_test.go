package explore

import (
	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"runtime"
	"testing"
	"time"
)

func TestSuite(t *testing.T) {
	runtime.GOMAXPROCS(1)
	s := Suite{Scenarios: Scenarios(), Budget: DefaultBudget, Workers: 1}
	for _, l := range []int64{1, 2, 3} {
		s.Limits = append(s.Limits, algorithms.NewLimit(l, time.Second))
	}
	for _, a := range all.Algorithms() {
		if a.Control {
			continue
		}
		for _, tech := range a.Techniques {
			sub, err := Limiter(a, tech)
			if err != nil {
				t.Fatal(err)
			}
			s.Subjects = append(s.Subjects, sub)
		}
	}
	for _, p := range patterns.All() {
		s.Subjects = append(s.Subjects, Pattern(p))
	}
	start, last := time.Now(), time.Now()
	s.Progress = func(done, all int) {
		t.Log(s.Subjects[(done-1)/3].Name, (done-1)%3+1, time.Since(last))
		last = time.Now()
	}
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Pairs, r.States, r.Edges, r.Schedules, time.Since(start), r.Open)
	shown := map[string]bool{}
	for _, f := range r.Findings {
		if f.Scenario.Forgives == "" {
			shown[f.Subject.Name] = true
		}
	}
	for _, sub := range s.Subjects {
		t.Log("EXPECT", sub.Name, "atomic", sub.Atomic, "flaw", sub.Origin.Flaw, "source?", sub.Origin.Source != "", "=> shown:", shown[sub.Name])
	}
	for _, f := range r.Findings {
		t.Log(f.Subject.Name, f.Scenario.Name, f.Limit.L, f.Property, f.Cost, f.Trace.Violation)
	}
}
