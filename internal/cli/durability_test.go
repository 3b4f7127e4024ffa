package cli

import (
	"testing"

	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/scenarios"
)

// Scenarios set servers in the words that topologies know, over what the flags say.
func TestServersOfScenarios(t *testing.T) {
	f := runFlags{durability: topology.Settings{MinReplicas: 1, Persistence: "rdb"}}
	for _, s := range scenarios.All() {
		for _, c := range scenarios.Expand([]scenarios.Scenario{s}, "sentinel", []scenarios.Subject{{}}, 1) {
			got := f.servers(c)
			if err := got.Check("sentinel"); err != nil {
				t.Errorf("%s: %v", c.Cell, err)
			}
			if want := c.Scenario.Persistence; want == "" && got.Persistence != "rdb" || want != "" && got.Persistence != want || got.MinReplicas != 1 {
				t.Errorf("%s, which wants %q, is played on servers that are set to %+v", c.Cell, want, got)
			}
		}
	}
}
