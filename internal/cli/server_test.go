package cli

import (
	"io"
	"strings"
	"testing"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/scenarios"
)

// Servers of somebody else's are not broken, whatever their topology is. Nothing is
// started before that is said: nobody is at these addresses.
func TestFaultsOnGivenServersAreRefused(t *testing.T) {
	broken := scenarios.Concurrent()
	broken.Faults = func(string) []scenarios.Fault { return []scenarios.Fault{{Name: "kill"}} }
	for _, server := range []string{"redis://:hunter2@127.0.0.1:1", "redis-sentinel://:hunter2@127.0.0.1:1/main", "rediss-cluster://:hunter2@127.0.0.1:1"} {
		var errs strings.Builder
		p := Program{
			Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: []scenarios.Scenario{broken},
			Stdout: io.Discard, Stderr: &errs,
		}
		code := p.Run([]string{"run", "--scenario", broken.Name, "--server", server})
		if said := errs.String(); code != ExitUsage || !strings.Contains(said, "use --server docker or local") ||
			strings.Count(said, "\n") != 1 || strings.Contains(said, "hunter2") {
			t.Errorf("%s: exit code %d, stderr %q; want code %d and one line", server, code, said, ExitUsage)
		}
	}
}

// The processes of multi-instance are told an address, and no certificates.
func TestInstancesBehindTLSAreRefused(t *testing.T) {
	for server, want := range map[string]int{"rediss://:hunter2@127.0.0.1:1": ExitUsage, "redis://:hunter2@127.0.0.1:1": ExitOK} {
		var errs strings.Builder
		p := Program{
			Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: []scenarios.Scenario{scenarios.MultiInstance()},
			Stdout: io.Discard, Stderr: &errs,
		}
		if code := p.Run([]string{"run", "--scenario", "multi-instance", "--server", server, "--dry-run"}); code != want {
			t.Errorf("%s: exit code %d, want %d: %s", server, code, want, &errs)
		}
		if strings.Contains(errs.String(), "hunter2") || want != ExitOK && !strings.Contains(errs.String(), "without TLS") {
			t.Errorf("%s: said %q", server, &errs)
		}
	}
}
