package engine

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/policy"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/topology"
	"github.com/rlbench/rlbench/internal/workload"
	"github.com/rlbench/rlbench/scenarios"
)

// outage is one of the scenario's, with a patience that a busy machine does not use up.
func outage(t *testing.T, fault string) scenarios.Scenario {
	t.Helper()
	s := scenarios.Outage()
	i := slices.IndexFunc(s.Steps, func(step scenarios.Step) bool { return step.Variant == fault })
	s.Step, s.Steps = s.Steps[i].Step, nil
	s.Limit = algorithms.NewLimit(10, 2*time.Second)
	s.Duration, s.Rate = 2*time.Second, 40
	s.Patience, s.Cooldown = 300*time.Millisecond, 200*time.Millisecond
	s.Faults = func(string) []scenarios.Fault {
		return []scenarios.Fault{{Name: fault, At: 500 * time.Millisecond, Until: 1200 * time.Millisecond}}
	}
	return s
}

// guarded plays a cohort of one technique under every policy, and none.
func guarded(t *testing.T, b *Bench, d topology.Deployment, s scenarios.Scenario, algorithm, driver string) map[string]*history.History {
	t.Helper()
	var cells []scenarios.Cell
	for _, p := range append([]algorithms.Policy{{}}, policy.All()...) {
		c := cellOf(t, s, algorithm, "lua", driver)
		c.Subject.Policy, c.Policy = p, p.Name
		cells = append(cells, c)
	}
	list, err := b.Cohort(t.Context(), cells, d)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]*history.History{}
	for _, h := range list {
		by[h.Trial.Cell.Policy] = h
	}
	return by
}

// Whatever takes the server away, each policy does what it says, and the limiter is judged
// by what it decided itself.
func TestPoliciesThroughOutages(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for i, fault := range []string{"stop", "maxclients", "pause"} {
		t.Run(fault, func(t *testing.T) {
			b, d := alone(t)
			driver := []string{"goredis", "rueidis", "redigo"}[i]
			for name, h := range guarded(t, b, d, outage(t, fault), []string{"gcra", "fixedwindow", "slidinglog"}[i], driver) {
				ordered(t, h)
				decides(t, name, h)
				j := check.Judge(h)
				if j.Verdict == check.Invalid {
					t.Errorf("%s: %+v", name, j.Findings)
				}
				if g := j.Guarded; g != nil && g.Beyond > 0 {
					t.Errorf("%s admitted %d beyond its bound", name, g.Beyond)
				}
				if c := metrics.Cell(h, j); (c.ByPolicy == nil) != (name == "") || !c.AsExpected && !c.Void && c.Verdict != "unknown" {
					t.Errorf("%s: measured %+v", c.Name(), c.ByPolicy)
				}
			}
		})
	}
	if left := databases(t); len(left) > 0 {
		t.Errorf("databases stay behind: %v", left)
	}
}

// Several processes go through one outage together, and the server comes back empty: each
// policy keeps to its bound, which counts the processes and what was forgotten.
func TestPoliciesOfSeveralProcesses(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	b, d := alone(t)
	s := outage(t, "stop")
	s.Instances, s.Rate = 3, 90 // each meets more than a limit of its own
	s.Faults = func(string) []scenarios.Fault {
		return []scenarios.Fault{{Name: "kill", At: 500 * time.Millisecond, Until: 1200 * time.Millisecond}}
	}
	times := map[string]int{"fail-closed": 2, "breaker": 2, "fail-sql": 3, "fail-local": 5}
	for name, h := range guarded(t, b, d, s, "gcra", "goredis") {
		if err := h.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		decides(t, name, h)
		if h.Trial.Instances != 3 || len(h.Trial.Faults) != 1 || h.Trial.Faults[0].Problem != "" {
			t.Errorf("%s: %d instances, faults %+v", name, h.Trial.Instances, h.Trial.Faults)
		}
		g := check.Judge(h).Guarded
		if name == "" {
			continue
		}
		if h.Trial.Policy.Times != times[name] || g.Beyond > 0 {
			t.Errorf("%s admitted %d beyond %d times the contract, want %d times", name, g.Beyond, h.Trial.Policy.Times, times[name])
		}
		if local := name == "fail-local"; local && g.Excess <= 2*s.Limit.L {
			t.Errorf("%s admitted only %d more than the contract, too little to have tried three fallbacks", name, g.Excess)
		}
	}
	if left := databases(t); len(left) > 0 {
		t.Errorf("databases stay behind: %v", left)
	}
}

// decides demands that the policy decided something, and as it does.
func decides(t *testing.T, name string, h *history.History) {
	t.Helper()
	by := map[algorithms.Outcome]int{}
	errors := 0
	for i := range h.Ops {
		switch op := &h.Ops[i]; {
		case op.By != algorithms.ByLimiter:
			by[op.Outcome]++
		case op.Outcome == algorithms.Failed || op.Outcome == algorithms.Unknown:
			errors++
		}
	}
	allowed, denied := by[algorithms.Allowed] > 0, by[algorithms.Denied] > 0
	ok := false
	switch name {
	case "":
		ok = errors > 0 && len(by) == 0
	case "fail-closed", "breaker":
		ok = errors == 0 && !allowed && denied
	case "fail-open":
		ok = errors == 0 && allowed && !denied
	case "fail-local", "fail-sql":
		ok = errors == 0 && allowed
	}
	if !ok {
		t.Errorf("%q: decided %v, %d errors passed on", name, by, errors)
	}
}

// databases lists what policies left in the folder for temporary files.
func databases(t *testing.T) (left []string) {
	t.Helper()
	err := filepath.WalkDir(os.TempDir(), func(path string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == "charges.db" {
			left = append(left, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// Processes of one host count in one database: together they admit its limit, and not
// each its own.
func TestInstancesShareTheDatabaseOfAPolicy(t *testing.T) {
	b := bench(t)
	s := instances(3)
	s.Limit, s.Open, s.Rate = algorithms.NewLimit(20, time.Hour), workload.Paced{Keys: 1}, 100
	s.Patience = time.Nanosecond // the server is never waited for
	for name, want := range map[string]int64{"fail-sql": 20, "fail-local": 60, "fail-closed": 0} {
		cell := cellOf(t, s, "slidinglog", "lua", "goredis")
		cell.Subject.Policy, cell.Policy = policyNamed(t, name), name
		h, err := b.Trial(t.Context(), cell)
		if err != nil {
			t.Fatal(err)
		}
		admitted := int64(0)
		for _, op := range h.Ops {
			if op.Outcome == algorithms.Allowed {
				admitted++
			}
			if op.By == algorithms.ByLimiter && op.Outcome != algorithms.Failed && op.Outcome != algorithms.Unknown {
				t.Fatalf("%s: the limiter decided %+v", name, op)
			}
		}
		if admitted != want {
			t.Errorf("%s: three processes admitted %d, want %d", name, admitted, want)
		}
		if p := h.Trial.Policy; p == nil || p.Times != p.Bound.Times(3, 0) {
			t.Errorf("%s: recorded as %+v", name, p)
		}
	}
}

func policyNamed(t *testing.T, name string) algorithms.Policy {
	t.Helper()
	p, err := policy.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A server that gives up keys starts a limit again as often as it likes: no policy around it
// is held to a bound.
func TestNoBoundWhereKeysAreEvicted(t *testing.T) {
	sub := cellOf(t, scenarios.Eviction(), "gcra", "lua", "goredis").Subject
	sub.Policy = policyNamed(t, "fail-closed")
	for _, c := range scenarios.Expand([]scenarios.Scenario{scenarios.Eviction()}, "standalone", []scenarios.Subject{sub}, 1) {
		p := (&trial{cell: c}).policy()
		if keeps := c.Step.Variant == "noeviction"; p == nil || (p.Times > 0) != keeps {
			t.Errorf("%s: %+v", c.Cell, p)
		}
	}
}
