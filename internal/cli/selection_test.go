package cli

import (
	"bytes"
	"strings"
	"testing"

	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/scenarios"
)

// Help says once what a flag is without a value, and what the exit codes mean.
func TestHelpStatesOneDefault(t *testing.T) {
	for _, command := range []string{"run", "ab", "gate", "check", "plot", "report", "export", "explore", "replay", "claims", "list"} {
		var out bytes.Buffer
		p := &Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Scenarios: scenarios.All(), Stdout: &out, Stderr: &out}
		if code := p.Run([]string{command, "--help"}); code != ExitOK || !strings.Contains(out.String(), "Flags:\n") {
			t.Errorf("%s --help: exit code %d\n%s", command, code, out.String())
		}
		if strings.Count(out.String(), exitCodes) != 1 {
			t.Errorf("%s --help does not say what its exit codes mean", command)
		}
		for line := range strings.Lines(out.String()) {
			if strings.Count(line, "(default") > 1 {
				t.Errorf("%s --help: %s", command, line)
			}
		}
	}
}

// Help with what is no command is a mistake like the command itself.
func TestHelpOfNoCommand(t *testing.T) {
	for args, want := range map[string]string{"help gatee": "did you mean gate?", "help gate RUN": `unknown command "RUN"`, "help gate": "", "help": ""} {
		var out, errs strings.Builder
		code := (&Program{Stdout: &out, Stderr: &errs}).Run(strings.Fields(args))
		switch said := errs.String(); {
		case want == "" && (code != ExitOK || !strings.Contains(out.String(), "-h, --help")):
			t.Errorf("%s: exit code %d, %s\n%s", args, code, said, out.String())
		case want != "" && (code != ExitUsage || !strings.Contains(said, want)):
			t.Errorf("%s: exit code %d, said %q, want %q", args, code, said, want)
		}
	}
}

// A matrix is made of what is advice. What is a yardstick or kept as evidence is tried
// only under its own name.
func TestSubjectsThatAreTriedOnlyIfNamed(t *testing.T) {
	p := &Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers()}
	for _, c := range []struct{ algorithm, technique, want string }{
		{"fixedwindow,control", "", "fixedwindow/naive fixedwindow/multi fixedwindow/lua control/noop control/ping"},
		{"fixedwindow", "all", "fixedwindow/naive fixedwindow/multi fixedwindow/lua"},
		{"all", "lua", "fixedwindow/lua slidinglog/lua tokenbucket/lua gcra/lua"},
		{"", "incr-expire", "fixedwindow/incr-expire"},
		{"", "lua-client-clock", "slidinglog/lua-client-clock tokenbucket/lua-client-clock"},
		{"gcra", "lua,cas", "gcra/lua gcra/cas"},
		{"gcra", "all,cas", "gcra/naive gcra/multi gcra/lua gcra/cas"},
	} {
		s := selection{algorithm: commaList(c.algorithm), technique: commaList(c.technique), driver: []string{"redigo"}}
		chosen, err := p.subjects(s)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		var names []string
		for _, sub := range chosen {
			names = append(names, sub.Algorithm.Name+"/"+sub.Technique.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("--algorithm %s --technique %s selects\n %s, want\n %s", c.algorithm, c.technique, got, c.want)
		}
	}
}

func commaList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// The list says of each broken program what is wrong with it and where it is repaired.
func TestListShowsWhatIsKeptAsEvidence(t *testing.T) {
	var out strings.Builder
	p := &Program{Algorithms: algorithmlist.Algorithms(), Drivers: driverlist.Drivers(), Stdout: &out}
	if err := p.list(); err != nil {
		t.Fatal(err)
	}
	advice, evidence, found := strings.Cut(out.String(), "\nNAMED TECHNIQUES")
	if !found || strings.Contains(advice, "fixedwindow/incr-expire ") {
		t.Errorf("what is kept as evidence is not apart:\n%s", out.String())
	}
	for _, want := range []string{
		"\nfixedwindow/incr-expire: INCR, then EXPIRE",
		"\n    flaw: every hit renews the window", "\n    repair: fixedwindow/expire-nx\n",
		"\n    found in: Scaling Memcache at Facebook", "\ncacheaside/lease: ",
	} {
		if !strings.Contains(evidence, want) {
			t.Errorf("%q is not in\n%s", want, evidence)
		}
	}
}
