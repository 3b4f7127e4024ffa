package explore

import "testing"

// States per second of graphs whose steps differ most: many short ones with a watch,
// few long ones in a script.
func BenchmarkGraph(b *testing.B) {
	for _, c := range []struct{ name, subject, scenario string }{
		{"watch", "tokenbucket/multi", "again"},
		{"lua", "slidinglog/lua", "deadline"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			x, s := exploration(b, c.subject, 2), scenario(b, c.scenario)
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
