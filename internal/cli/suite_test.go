package cli

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/scenarios"
)

// The nightly suite leaves no scenario out, and no suite names one that is not there.
func TestSuitesNameScenarios(t *testing.T) {
	p := &Program{Scenarios: scenarios.All()}
	var all []string
	for _, s := range p.Scenarios {
		all = append(all, s.Name)
	}
	for _, s := range suites {
		var named []string
		for _, part := range p.partsOf(s) {
			named = append(named, part.scenario...)
		}
		for _, name := range named {
			if !slices.Contains(all, name) {
				t.Errorf("suite %s plays %s, which is no scenario", s.name, name)
			}
		}
		for _, name := range all {
			if s.name == "nightly" && !slices.Contains(named, name) {
				t.Errorf("suite nightly leaves out %s", name)
			}
		}
	}
}

// Each fault of the nightly suite is met by every driver, also one that is a step of a sweep,
// outages by every failure policy too, those of several processes by one driver, and no trial
// is planned twice.
func TestSuiteNightlyMeetsFaultsWithEveryDriver(t *testing.T) {
	var out, left bytes.Buffer
	p := &Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: scenarios.All(), Stdout: &out, Stderr: &left}
	if code := p.Run([]string{"run", "--suite", "nightly", "--dry-run"}); code != ExitOK {
		t.Fatalf("exit code %d\n%s", code, left.String())
	}
	planned := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		trial, _, _ := strings.Cut(line, ":")
		if planned[trial] {
			t.Errorf("%s is planned twice", trial)
		}
		planned[trial] = true
	}
	for _, trial := range []string{"eviction.allkeys-lru/standalone/gcra/naive/", "restart.crash-rdb/standalone/gcra/lua/", "slow-command.debug-sleep/standalone/gcra/multi/"} {
		for _, d := range p.driverNames() {
			if !planned[trial+d+" repeat 1"] {
				t.Errorf("%s%s is not planned", trial, d)
			}
		}
	}
	for _, policy := range policyNames()[1:] {
		for _, d := range p.driverNames() {
			if trial := "shared-outage.stop-3/standalone/gcra/lua/" + d + "/" + policy; planned[trial+" repeat 1"] != slices.Contains(oneDriver, d) {
				t.Errorf("%s: planned is %t", trial, planned[trial+" repeat 1"])
			}
			if trial := "outage.pause/standalone/gcra/lua/" + d + "/" + policy; !planned[trial+" repeat 1"] {
				t.Errorf("%s is not planned", trial)
			}
		}
	}
}

// Suites take as long as their help says, as far as a dry run knows; README.md says the same.
func TestSuitesTakeAsLongAsTheySay(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range suites {
		var out bytes.Buffer
		p := &Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: scenarios.All(), Stdout: &out, Stderr: &out}
		if code := p.Run([]string{"run", "--suite", s.name, "--dry-run"}); code != ExitOK {
			t.Fatalf("%s: exit code %d\n%s", s.name, code, out.String())
		}
		_, about, _ := strings.Cut(out.String(), " trials, about ")
		takes, err := time.ParseDuration(strings.TrimSpace(about))
		if err != nil {
			t.Fatal(err)
		}
		said := time.Duration(s.minutes) * time.Minute
		if (takes - said).Abs() > max(30*time.Second, said/10) {
			t.Errorf("%s takes %s, and says %s", s.name, takes, said)
		}
		if told := regexp.MustCompile(fmt.Sprintf(`--suite %s\b[^;]{0,250}\b%d minutes`, s.name, s.minutes)); !told.Match(readme) {
			t.Errorf("README.md does not say that %s takes %d minutes", s.name, s.minutes)
		}
	}
}

// The gate judges times by two blocks of ten repeats of at most six cells.
func TestSuitePRTimesWhatTheGateJudges(t *testing.T) {
	p := &Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: scenarios.All()}
	var cells []scenarios.Cell
	for _, part := range suites[slices.IndexFunc(suites, func(s suite) bool { return s.name == "pr" })].parts {
		if part.repeat == 0 {
			continue
		}
		list, err := p.scenarios(part.selection)
		if err != nil {
			t.Fatal(err)
		}
		subjects, err := p.subjects(part.selection)
		if err != nil {
			t.Fatal(err)
		}
		part.repeated(list)
		cells = append(cells, scenarios.Expand(list, defaultTopology, subjects, 1)...)
	}
	repeats := map[string]int{}
	for _, c := range cells {
		repeats[c.Cell.String()]++
	}
	if len(repeats) == 0 || len(repeats) > gate.MostTimed {
		t.Errorf("%d timed cells, want one to six", len(repeats))
	}
	for name, n := range repeats {
		if n != timedRepeats {
			t.Errorf("%s is timed %d times, want %d", name, n, timedRepeats)
		}
	}
}
