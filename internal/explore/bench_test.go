package explore

import "testing"

// States per second of the graphs that differ most: of a program of many steps with a
// WATCH, and of one whose only step is a script.
func BenchmarkGraph(b *testing.B) {
	for _, c := range []struct {
		name, subject string
		scenario      Scenario
	}{
		{"watch", "tokenbucket/multi", Scenario{Clients: 2, Requests: 2}},
		{"lua", "slidinglog/lua", Scenario{Clients: 3, Requests: 4, Ticks: AtDeadline}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			x, s := exploration(b, c.subject, 2), c.scenario
			states := 0
			for b.Loop() {
				g, err := x.Explore(b.Context(), s)
				if err != nil {
					b.Fatal(err)
				}
				states += g.States
			}
			b.ReportMetric(float64(states)/b.Elapsed().Seconds(), "states/s")
		})
	}
}

// What the first scenario of a subject costs: its programs and the model's answers have
// to be learned.
func BenchmarkFirstGraph(b *testing.B) {
	of, s := subject(b, "tokenbucket/multi"), scenario(b, "race")
	for b.Loop() {
		if _, err := New(of, limit(2), DefaultBudget).Explore(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}
