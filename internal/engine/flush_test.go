package engine

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// A script that the server does not know has not run: it is sent once more, whole, and
// the decision is made once.
func TestForgottenScriptsAreSentAgain(t *testing.T) {
	b, d := alone(t)
	s := scenarios.ScriptFlush()
	s.Limit = algorithms.NewLimit(20, time.Second)
	s.Duration, s.Rate = time.Second, 50
	var plan []scenarios.Fault
	for at := 50 * time.Millisecond; at < s.Duration; at += 50 * time.Millisecond {
		plan = append(plan, scenarios.Fault{Name: "script-flush", At: at})
	}
	s.Faults = func(string) []scenarios.Fault { return plan }
	var cells []scenarios.Cell
	for _, driver := range driverlist.Drivers() {
		cells = append(cells, cellOf(t, s, "gcra", "lua", driver.Name()))
	}
	list, err := b.Cohort(t.Context(), cells, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range list {
		if repeated := check.Judge(h).Repeated; repeated == nil || *repeated != 0 {
			t.Errorf("%s: %v decisions were carried out more than once", h.Trial.Cell, repeated)
		}
		ops, trips := int64(len(h.Ops)), h.Trial.Client.Trips
		if most := ops + int64(len(plan)*cohortPool); trips > most {
			t.Errorf("%s: %d trips for %d decisions, want %d at most", h.Trial.Cell, trips, ops, most)
		}
	}
	r, err := topology.Ask(t.Context(), d.Nodes()[0], "INFO", "errorstats")
	if met := provider.InfoFields(r.Text)["errorstat_NOSCRIPT"]; err != nil || met == "" {
		t.Errorf("nobody met NOSCRIPT: %q, %v", r.Text, err)
	}
}
