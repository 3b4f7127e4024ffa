package rlbench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// outside builds the program in testdata/<name> as a repository of its own in an
// empty folder, which knows rlbench only as a module, and returns its path.
func outside(t *testing.T, name string) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	copyTo := func(from, to string, change func(string) string) {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), []byte(change(string(text))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	same := func(s string) string { return s }
	copyTo(filepath.Join("testdata", name, "main.go"), "main.go", same)
	copyTo("go.sum", "go.sum", same)
	copyTo("go.mod", "go.mod", func(s string) string {
		_, rest, _ := strings.Cut(s, "\n")
		return "module example.com/" + name + "\n" + rest +
			"\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + here + "\n"
	})
	program := filepath.Join(dir, name)
	build := exec.Command("go", "build", "-mod=mod", "-ldflags=-w", "-o", program, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// ask runs an outside program in a folder of its own.
func ask(t *testing.T, program string, args ...string) outcome {
	t.Helper()
	c := exec.Command(program, args...)
	c.Dir = filepath.Dir(program)
	c.Env = append(os.Environ(), "CI=1", "GITHUB_ACTIONS=")
	return finish(t, c)
}

// The program that the README shows is the one that is tested.
func TestReadmeShowsTheOutsideProgram(t *testing.T) {
	program, err := os.ReadFile("testdata/outside/main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```go\n"+string(program)+"```\n") {
		t.Error("README.md does not show testdata/outside/main.go as it is")
	}
}

// A limiter of another repository gets everything that ours get.
func TestOutsideProgram(t *testing.T) {
	program := outside(t, "outside")
	for _, args := range [][]string{
		{"list"},
		{"run", "--server", "local", "--scenario", "concurrent,weighted", "--algorithm", "fixedwindow", "--technique", "mine,naive",
			"--driver", "redigo", "--out", "r"},
		{"run", "--server", "local", "--scenario", "multi-instance.3", "--algorithm", "fixedwindow", "--technique", "mine", "--driver", "redigo", "--out", "i"},
		{"check", "r"}, {"plot", "r"}, {"report", "r"},
		{"explore", "--algorithm", "fixedwindow", "--technique", "mine", "--out", "x"},
	} {
		o := ask(t, program, args...)
		if o.code != 0 {
			t.Fatalf("%v: exit code %d\n%s%s", args, o.code, o.stdout, o.stderr)
		}
		if !strings.Contains(o.stdout, "fixedwindow/mine") && args[0] != "plot" {
			t.Errorf("%v does not speak of the limiter:\n%s", args, o.stdout)
		}
	}
}

// Small defects of limiters that say no more than allowed or denied are found by the
// first run, and nothing is found in the same limiters without them.
func TestDefectsAreFound(t *testing.T) {
	program := outside(t, "defects")
	for limiter, want := range map[string]string{
		"gcra/sound": "", "fixedwindow/steady": "",
		"gcra/leaky":            "admitted",
		"fixedwindow/forgetful": "admitted",
		"gcra/charging":         "denials are certainly false",
		"gcra/endless":          "no time to live",
	} {
		t.Run(limiter, func(t *testing.T) {
			algorithm, technique, _ := strings.Cut(limiter, "/")
			duration := "2s"
			if technique == "leaky" {
				duration = "4s" // more than 1,000 denials
			}
			o := ask(t, program, "run", "--server", "local", "--scenario", "concurrent", "--algorithm", algorithm, "--technique", technique,
				"--driver", "rueidis", "--rate", "1000", "--duration", duration, "--out", strings.ReplaceAll(limiter, "/", "-"))
			code := 99
			if want == "" {
				code = 0
			}
			if code == 99 && !strings.Contains(o.stdout, "  defects run --seed=") {
				t.Errorf("no command repeats it:\n%s", o.stdout)
			}
			if o.code != code || !strings.Contains(strings.Join(strings.Fields(o.stdout), " "), want) {
				t.Errorf("exit code %d, want %d and a reason with %q\n%s%s", o.code, code, want, o.stdout, o.stderr)
			}
		})
	}
}
