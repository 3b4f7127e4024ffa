package gate_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// evidence reads committed evidence.
func evidence(t testing.TB, name string) *result.Result {
	t.Helper()
	r, err := result.ReadDir(filepath.Join("../../results", name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A run that is its own baseline passes with the rules that are shipped.
func TestEvidenceAgainstItselfPasses(t *testing.T) {
	for _, name := range []string{"standalone", "reference", "faults", "clients"} {
		r, err := gate.Judge(gate.Default(), shipped, gate.Block{Base: evidence(t, name), Head: evidence(t, name)})
		if err != nil {
			t.Fatal(err)
		}
		if r.Outcome() != gate.Pass {
			t.Errorf("%s: %s, the first because %+v", name, r.Outcome(), r.Findings[0])
		}
	}
}

// shipped are the words of the scenarios that the shipped rules name.
var shipped = gate.Words{
	Scenarios:  []string{"concurrent", "weighted", "baseline", "saturate", "failover", "planned-failover", "partition", "empty-restart", "reshard", "disturbed", "minority", "restart", "outage", "shared-outage", "replica-reads", "script-flush", "slow-command", "stall", "eviction"},
	Techniques: []string{"naive", "multi", "lua"}, Clients: []string{"bounded", "default"},
}

// ci/gate.yaml is what people read and copy; the program carries the same.
func TestShippedRulesAreThoseOfTheProgram(t *testing.T) {
	of := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if of("gate.yaml") != of("../../ci/gate.yaml") {
		t.Error("ci/gate.yaml is not internal/gate/gate.yaml: copy the one that was changed")
	}
}
