package explore

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/fixedwindow"
)

func limiter(t testing.TB, a algorithms.Algorithm, technique string) Subject {
	t.Helper()
	tech, err := a.Technique(technique)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Limiter(a, tech)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFirst(t *testing.T) {
	for _, tech := range []string{"naive", "multi"} {
		x := New(limiter(t, fixedwindow.Algorithm(), tech), algorithms.NewLimit(1, time.Second), DefaultBudget)
		for _, sc := range Scenarios() {
			start := time.Now()
			g, err := x.Explore(t.Context(), sc)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(tech, sc.Name, g.States, g.Outcome.Edges, g.Schedules, g.Bad, time.Since(start))
			if sc.Name == "race" || sc.Name == "race-3" || sc.Name == "death" {
				all, bad, err := x.Enumerate(sc, 1e6)
				t.Log(all, bad, err)
			}
			for i, p := range Properties {
				if g.Bad[i].IsZero() {
					continue
				}
				w, err := g.Minimal(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				tr, err := g.Trace(p, w)
				if err != nil {
					t.Fatal(err)
				}
				t.Log(p, w.Cost, tr.Schedule, tr.Violation)
				if err := Verify(x.subject, tr); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
