package main

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/reap/watchdog"
)

// asProgram makes the test binary behave as the program.
const asProgram = "RLBENCH_LIBRARIES_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	watchdog.Main()
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// run plays a run of the program and returns its output and exit code.
func run(t *testing.T, dir string, args ...string) (output string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, append([]string{"run", "--server", "local", "--seed", "7", "--out", dir}, args...)...)
	c.Env = append(os.Environ(), asProgram+"=1", "CI=1")
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

// found is what a run says of each limiter: the verdict, and the first word of the
// reason.
func found(t *testing.T, dir string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Cells []struct {
			Algorithm, Technique, Verdict string
			Reasons                       []string
			Overshoot                     struct{ Certain int64 }
		}
	}
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for _, c := range r.Cells {
		text := c.Verdict
		if c.Overshoot.Certain > 0 {
			text += " overshoot"
		}
		for _, reason := range c.Reasons {
			if strings.HasPrefix(reason, "starved: ") {
				text += " starved"
			}
		}
		list[c.Algorithm+"/"+c.Technique] = text
	}
	return list
}

// What README.md says was found, by the program itself.
func TestConcurrentJudgesEveryLibrary(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
		want map[string]string
	}{
		{"short windows", []string{"--window", "100ms", "--technique",
			"ulule,rueidislimiter,redis_rate,throttled,throttled-redigo,limiters,go-redisstore"}, 99, map[string]string{
			"fixedwindow/ulule": "valid", "fixedwindow/rueidislimiter": "valid", "tokenbucket/limiters": "valid",
			"gcra/redis_rate": "valid", "gcra/throttled": "invalid starved", "gcra/throttled-redigo": "invalid starved",
			"clockwindow/limiters": "valid", "slidingcounter/limiters": "valid", "leakybucket/limiters": "valid",
			"intervals/go-redisstore": "invalid overshoot",
		}},
		{"whole seconds", []string{"--window", "1s", "--algorithm", "intervals"}, 0, map[string]string{
			"intervals/go-redisstore": "valid",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			output, code := run(t, dir, append(c.args, "--scenario", "concurrent", "--duration", "500ms")...)
			if code != c.code {
				t.Fatalf("exit code %d, want %d\n%s", code, c.code, output)
			}
			if got := found(t, dir); !maps.Equal(got, c.want) {
				t.Errorf("found %v, want %v\n%s", got, c.want, output)
			}
		})
	}
}

// Libraries without costs must not fail in a scenario that has them: they are left
// out, one line each.
func TestUnitCostIsLeftOutOfWeighted(t *testing.T) {
	output, code := run(t, filepath.Join(t.TempDir(), "run"), "--scenario", "weighted", "--algorithm", "intervals,leakybucket")
	if code != 2 || strings.Count(output, "is left out: it only decides requests of cost 1") != 2 {
		t.Errorf("exit code %d, output\n%s", code, output)
	}
}
