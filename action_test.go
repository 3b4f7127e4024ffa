package rlbench_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rhysd/actionlint"
)

// Workflows have no mistake that can be seen without running them.
func TestWorkflowsAreSound(t *testing.T) {
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	var out bytes.Buffer
	linter, err := actionlint.NewLinter(&out, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := linter.LintFiles(append(files, "ci/workflow.yml"), nil)
	if err != nil || len(wrong) > 0 {
		t.Errorf("%d mistakes: %v\n%s", len(wrong), err, out.String())
	}
}

// A tag can be moved to other code, a commit cannot.
func TestActionsOfOthersArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range append(files, "ci/workflow.yml", "ci/action/action.yml") {
		for line := range strings.Lines(string(content(t, file))) {
			_, used, ok := strings.Cut(strings.TrimLeft(line, " -"), "uses: ")
			ours := strings.HasPrefix(used, "./") || strings.HasPrefix(used, "rlbench/rlbench/")
			if !ok || ours || strings.HasPrefix(line, "#") {
				continue
			}
			if n++; !pinned.MatchString(strings.TrimSpace(used)) {
				t.Errorf("%s: %s is not pinned to a commit with its version beside it", file, strings.TrimSpace(used))
			}
		}
	}
	if n == 0 {
		t.Error("nothing of others is used")
	}
}

// composite is the part of action.yml that runs here.
type composite struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Steps []step
	}
}

type step struct {
	Name, ID, Shell, Run, Uses string
	Directory                  string `yaml:"working-directory"`
	Env                        map[string]string
}

// job runs the steps of the action as GitHub would, as far as a shell is concerned.
type job struct {
	dir, temp string
	known     map[string]string // the expressions that steps may use
	said      string            // by all steps
}

var expression = regexp.MustCompile(`\$\{\{ *([^ }]+) *\}\}`)

func (j *job) expand(t *testing.T, text string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		name := expression.FindStringSubmatch(e)[1]
		value, ok := j.known[name]
		if !ok {
			t.Errorf("expression %s has no value here", name)
		}
		return value
	})
}

// play runs one step and returns its exit code and its output.
func (j *job) play(t *testing.T, s step) (int, string) {
	t.Helper()
	if strings.Contains(s.Run, "${{") {
		t.Errorf("step %q has an expression in its script: what it stands for would be code", s.Name)
	}
	output := filepath.Join(j.temp, "output")
	if err := os.WriteFile(output, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
	c.Dir = filepath.Join(j.dir, j.expand(t, s.Directory))
	c.Env = append(os.Environ(), "GITHUB_ACTIONS=true", "GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY="+filepath.Join(j.temp, "summary.md"))
	for name, value := range s.Env {
		c.Env = append(c.Env, name+"="+j.expand(t, value))
	}
	var all bytes.Buffer
	c.Stdout, c.Stderr = &all, &all
	_ = c.Run() // its code is looked at
	for line := range strings.Lines(string(content(t, output))) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		j.known["steps."+s.ID+".outputs."+name] = value
	}
	return c.ProcessState.ExitCode(), all.String()
}

// tryAction plays the action's steps in a repository and returns the exit code that
// its last step ends with, which is the one of the gate.
func tryAction(t *testing.T, dir string, inputs map[string]string) (j *job, code int) {
	t.Helper()
	var action composite
	if err := yaml.Unmarshal(content(t, "ci/action/action.yml"), &action); err != nil {
		t.Fatal(err)
	}
	j = &job{dir: dir, temp: t.TempDir(), known: map[string]string{}}
	j.known["runner.temp"] = j.temp
	for name, input := range action.Inputs {
		j.known["inputs."+name] = input.Default
	}
	for name, value := range inputs {
		if _, ok := j.known["inputs."+name]; !ok {
			t.Fatalf("the action has no input %s", name)
		}
		j.known["inputs."+name] = value
	}
	steps := action.Runs.Steps
	for i, s := range steps {
		if s.Uses != "" {
			continue
		}
		var out string
		code, out = j.play(t, s)
		t.Logf("%s:\n%s", s.Name, out)
		j.said += out
		if code != 0 && i < len(steps)-1 {
			t.Fatalf("step %q ends with %d", s.Name, code)
		}
	}
	if want := j.known["steps.measure.outputs.code"]; strconv.Itoa(code) != want {
		t.Errorf("the last step ends with %d, the gate with %s", code, want)
	}
	return j, code
}

// repository makes a folder a repository with two commits, of nothing and of all.
func repository(t *testing.T, dir string) {
	t.Helper()
	commit := []string{"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "one"}
	for _, args := range [][]string{{"init", "-q"}, commit, {"add", "-A"}, commit} {
		c := exec.Command("git", args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

// A limiter in a repository of its own goes through the action: without a base it is
// judged alone, with one both builds are compared, which are the same. A loaded machine may
// keep a trial from being judged.
func TestActionGatesALimiterOfAnotherRepository(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(outside(t, "outside"))
	if err := os.WriteFile(filepath.Join(dir, "counted.yaml"), []byte(countable), 0o644); err != nil {
		t.Fatal(err)
	}
	repository(t, dir)
	mine := "--algorithm fixedwindow --technique mine --driver redigo --server local --scenario baseline --duration 300ms --rate 200"
	for name, inputs := range map[string]map[string]string{
		"alone":    {"base": "", "selection": mine, "rules": "counted.yaml"},
		"compared": {"base": "HEAD", "selection": mine, "rules": "counted.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			j, code := tryAction(t, dir, inputs)
			if code != 0 && code != 97 {
				t.Fatalf("exit code %d", code)
			}
			folder := j.known["steps.measure.outputs.folder"]
			for _, file := range []string{"head/result.json", "head/gate.json", "comment.md", "junit.xml"} {
				if len(content(t, filepath.Join(folder, file))) == 0 {
					t.Errorf("%s is empty", file)
				}
			}
			if name == "alone" {
				comparesWith(t, dir, inputs, filepath.Join(folder, "head"))
			}
			summary := string(content(t, filepath.Join(j.temp, "summary.md")))
			if !strings.Contains(summary, "#### Gate ") || !strings.Contains(summary, "/standalone/fixedwindow/mine/redigo`") {
				t.Errorf("the summary does not tell of the limiter and the gate:\n%s", summary)
			}
		})
	}
}

// comparesWith plays the action again, with the run of before as its baseline, for the base
// cannot be built.
func comparesWith(t *testing.T, dir string, inputs map[string]string, before string) {
	t.Helper()
	inputs["base"], inputs["baseline"] = "HEAD~1", before
	j, code := tryAction(t, dir, inputs)
	if code != 0 && code != 97 {
		t.Errorf("against a baseline: exit code %d", code)
	}
	if report := string(content(t, filepath.Join(j.known["steps.measure.outputs.folder"], "head", "gate.json"))); !strings.Contains(report, `"base": "head"`) {
		t.Errorf("the run before is no baseline:\n%s", report)
	}
	if notice := "::notice title=rlbench::. cannot be built at HEAD~1: the head is held against " + before; !strings.Contains(j.said, notice) {
		t.Errorf("the action does not say %q", notice)
	}
}

// A run is held against the one before where both can be compared, and else judged alone.
func TestRunsAreHeldAgainstTheOneBefore(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	better := t.TempDir()
	link(t, "results/standalone/environment.json", filepath.Join(better, "environment.json"))
	half := bytes.ReplaceAll(content(t, "results/standalone/result.json"), []byte(`"round_trips": 1,`), []byte(`"round_trips": 0.5,`))
	if err := os.WriteFile(filepath.Join(better, "result.json"), half, 0o644); err != nil {
		t.Fatal(err)
	}
	const alone = `(?s)::warning title=gate::.* judged by the rules alone\n.*needs a baseline`
	for baseline, c := range map[string]struct {
		code int
		says string // a pattern
	}{
		"ci/baseline":       {0, `bytes_in: \S+ B \(±0 %\), at most`},
		"better":            {99, `round_trips .*\n.*: \+100 %`},
		"none":              {0, alone},
		"results/reference": {0, alone},
	} {
		dir := t.TempDir()
		for name, to := range map[string]string{
			"ci": "ci", "results": "results", "better": better, "rlbench": self,
			// the gate writes beside them
			"run/result.json": "results/standalone/result.json", "run/environment.json": "results/standalone/environment.json",
		} {
			link(t, to, filepath.Join(dir, name))
		}
		script := exec.Command("ci/gate.sh", "run", baseline)
		script.Dir, script.Env = dir, append(os.Environ(), asProgram+"=1", "GITHUB_ACTIONS=")
		o := finish(t, script)
		if o.code != c.code || !regexp.MustCompile(c.says).MatchString(o.stdout) {
			t.Errorf("%s: exit code %d\n%s%s", baseline, o.code, o.stdout, o.stderr)
		}
	}
}

// link makes a link to a file, and the folder that it is in.
func link(t *testing.T, to, at string) {
	t.Helper()
	to, err := filepath.Abs(to)
	if err := errors.Join(err, os.MkdirAll(filepath.Dir(at), 0o755), os.Symlink(to, at)); err != nil {
		t.Fatal(err)
	}
}
