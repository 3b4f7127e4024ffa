package engine

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/scenarios"
)

// Every decision takes as many delays as it makes round trips, behind every driver.
func TestDelayIsPaidForEveryTrip(t *testing.T) {
	s := scenarios.NetworkDelay()
	s.Steps, s.Delay, s.Duration, s.Rate = nil, 5*time.Millisecond, 500*time.Millisecond, 100
	for technique, trips := range map[string]time.Duration{"lua": 1, "multi": 3} {
		for _, d := range driverlist.Drivers() {
			t.Run(technique+"/"+d.Name(), func(t *testing.T) {
				t.Parallel()
				h, err := bench(t).Trial(t.Context(), cellOf(t, s, "fixedwindow", technique, d.Name()))
				if err != nil {
					t.Fatal(err)
				}
				for _, op := range h.Ops {
					if took := time.Duration(op.Ret - op.Inv); op.Outcome == algorithms.Allowed && took < trips*s.Delay {
						t.Errorf("admitted after %s, want %d times %s or more", took, trips, s.Delay)
					}
				}
			})
		}
	}
}
