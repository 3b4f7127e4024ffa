package rlbench_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// gateCommands are those that the README shows in "Use it as a gate", without their
// comments.
func gateCommands(t *testing.T) []string {
	t.Helper()
	_, section, ok := strings.Cut(string(content(t, "README.md")), "\n## Use it as a gate\n")
	_, block, shown := strings.Cut(section, "```sh\n")
	block, _, closed := strings.Cut(block, "```")
	if !ok || !shown || !closed {
		t.Fatal("README.md has no commands under Use it as a gate")
	}
	var commands []string
	for line := range strings.Lines(block) {
		command, _, _ := strings.Cut(line, " #")
		commands = append(commands, strings.TrimSpace(command))
	}
	return commands
}

// Whoever follows the README in a fresh folder, with a limiter that lives there, gets
// what it says. The load is made shorter here; a loaded machine may keep a trial from
// being judged, and what it times is not for this test to say.
func TestReadmeUsesItAsAGate(t *testing.T) {
	dir := filepath.Dir(outside(t, "outside"))
	if out, err := exec.Command("mv", filepath.Join(dir, "outside"), filepath.Join(dir, "mine")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	measures, judges := regexp.MustCompile(`^\./mine (ab|run) `), regexp.MustCompile(`^\./mine (ab|run|gate) `)
	for _, command := range gateCommands(t) {
		may := []int{0}
		if measures.MatchString(command) {
			command += " --duration 300ms --window 60ms --server local"
		}
		if judges.MatchString(command) {
			may = []int{0, 97}
		}
		if strings.HasPrefix(command, "./mine ab ") {
			command += " --scenario baseline"
			may = append(may, 99)
		}
		c := exec.Command("bash", "-c", command)
		c.Dir, c.Env = dir, append(c.Environ(), "CI=1", "GITHUB_ACTIONS=")
		o := finish(t, c)
		if !slices.Contains(may, o.code) {
			t.Fatalf("%s: exit code %d\n%s%s", command, o.code, o.stdout, o.stderr)
		}
	}
	for file, want := range map[string]string{
		"junit.xml": `<testsuite name="gate"`, "summary.md": "`concurrent/standalone/fixedwindow/mine/redigo`", "head/gate.json": `"findings"`, "ab/head/result.json": `"fixedwindow"`,
	} {
		if !strings.Contains(string(content(t, filepath.Join(dir, file))), want) {
			t.Errorf("%s does not hold %s", file, want)
		}
	}
}
