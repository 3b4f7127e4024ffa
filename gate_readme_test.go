package rlbench_test

import (
	"os"
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

// countable is a file of rules about what a loaded machine does not change. What it times is
// not for every test to say.
const countable = `schema: https://rlbench.dev/schema/gate-rules
schema_version: 1
rules:
  - name: as expected
    kind: correctness
    cells: "*"
    metrics: [as_expected]
  - name: one trip
    kind: cost
    cells: baseline
    metrics: [round_trips]
    max: 1.05
  - name: no more trips or bytes than before
    kind: cost
    cells: baseline
    metrics: [round_trips, bytes_in, bytes_out]
    relative: 0.05
    optional: true # a run alone
`

// Whoever follows the README in a fresh folder, with a limiter that lives there, gets
// what it says, and two equal builds are no worse than each other. The load is made
// shorter here; a loaded machine may keep a trial from being judged.
func TestReadmeUsesItAsAGate(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(outside(t, "outside"))
	if out, err := exec.Command("mv", filepath.Join(dir, "outside"), filepath.Join(dir, "mine")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "counted.yaml"), []byte(countable), 0o644); err != nil {
		t.Fatal(err)
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
			command += " --scenario baseline --rules counted.yaml"
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
