package rlbench_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/export"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/result"
)

// asRecorder makes the test binary store a made-up run and exit: its value is the
// algorithm, the number of operations of a cell, that of its repeats, whether they are
// lawful or leaky, and the folder, separated by commas. It is a process of its own
// because a child's peak memory is never reported as less than that of the process which
// started it.
const asRecorder = "RLBENCH_TEST_AS_RECORDER"

// BenchmarkRunBudget, BenchmarkCheckBudget and BenchmarkStoredBudget measure whole processes: their peak
// memory and how it grows with the number of decisions. The budget is 200 MB for a
// run of a million, and 1.5 GB and 15 s to check ten million.
//
//	go test -run '^$' -bench Budget -benchtime 1x .
func BenchmarkRunBudget(b *testing.B) {
	for _, technique := range []string{"noop", "ping"} {
		for _, length := range []string{"30ms", "300ms", "3s"} {
			b.Run(technique+"/"+length, func(b *testing.B) {
				for b.Loop() {
					dir := b.TempDir()
					report(b, measured(b, dir, "run", "--server", "local", "--scenario", "saturate", "--algorithm", "control",
						"--technique", technique, "--driver", "redigo", "--repeat", "1", "--duration", length, "--out", "r"), decisions(b, dir))
				}
			})
		}
	}
}

func BenchmarkCheckBudget(b *testing.B) {
	for _, algorithm := range []string{"fixedwindow", "slidinglog", "gcra"} {
		for _, n := range []int{100_000, 1_000_000, 10_000_000} {
			b.Run(fmt.Sprintf("%s/%d", algorithm, n), func(b *testing.B) {
				dir := b.TempDir()
				recordedRun(b, dir, algorithm, n, 1, "lawful")
				for b.Loop() {
					report(b, measured(b, dir, "check", "r"), n)
				}
			})
		}
	}
}

// BenchmarkStoredBudget measures what is made of a stored run of ten cells that leak: the
// page shows the operations of a witness. The budget is 1.5 GB and 30 s for ten million
// decisions; of all but check and report, nothing reads a history.
func BenchmarkStoredBudget(b *testing.B) {
	const cells = 10
	for _, n := range []int{1_000_000, 10_000_000} {
		dir := b.TempDir()
		recordedRun(b, dir, "gcra", n/cells, cells, "leaky")
		if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte(onlyCorrectness), 0o644); err != nil {
			b.Fatal(err)
		}
		list := []string{"check r", "report r", "gate r --rules rules.yaml"}
		for _, format := range export.Formats() {
			list = append(list, "export r --format "+format.Name)
		}
		for _, args := range list {
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(args, " ", "_"), n), func(b *testing.B) {
				for b.Loop() {
					report(b, measured(b, dir, strings.Fields(args)...), n)
				}
			})
		}
	}
}

// onlyCorrectness is a rule that a run without a baseline can pass.
const onlyCorrectness = `schema: https://rlbench.dev/schema/gate-rules
schema_version: 1
alpha: 0.05
rules:
  - name: as expected
    kind: correctness
    cells: "*"
    metrics: [as_expected]
`

// recordedRun stores a made-up run in dir/r, see asRecorder.
func recordedRun(b *testing.B, dir, algorithm string, n, repeats int, how string) {
	b.Helper()
	c := command(b, dir)
	c.Env = append(c.Env, fmt.Sprintf("%s=%s,%d,%d,%s,%s", asRecorder, algorithm, n, repeats, how, filepath.Join(dir, "r")))
	ended(b, c)
}

// measured runs the program and returns its state after its end.
func measured(b *testing.B, dir string, args ...string) *os.ProcessState {
	b.Helper()
	return ended(b, command(b, dir, args...))
}

func ended(b *testing.B, c *exec.Cmd) *os.ProcessState {
	b.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	return c.ProcessState
}

func report(b *testing.B, s *os.ProcessState, operations int) {
	b.Helper()
	peak := float64(s.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "linux" {
		peak *= 1024 // KiB there, bytes on Darwin
	}
	cpu := s.UserTime() + s.SystemTime()
	b.ReportMetric(float64(operations), "decisions")
	b.ReportMetric(peak/1e6, "peak-MB")
	b.ReportMetric(cpu.Seconds(), "cpu-s")
}

// decisions is how many operations the run in dir has recorded.
func decisions(b *testing.B, dir string) (n int) {
	b.Helper()
	var r struct {
		Cells []struct{ Allowed, Denied int }
	}
	text, err := os.ReadFile(filepath.Join(dir, "r", "result.json"))
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range r.Cells {
		n += c.Allowed + c.Denied
	}
	return n
}

// record stores the run that asRecorder asks for.
func record(order string) error {
	part := strings.Split(order, ",")
	n, err := strconv.Atoi(part[1])
	if err != nil {
		return err
	}
	repeats, err := strconv.Atoi(part[2])
	if err != nil {
		return err
	}
	h := lawful(part[0], n)
	if part[3] == "leaky" {
		leak(h)
	}
	judged := metrics.Cell(h, check.Judge(h))
	r := &result.Result{Run: result.Run{Complete: true, Planned: repeats, RealRedis: true}}
	if err := os.Mkdir(part[4], 0o755); err != nil {
		return err
	}
	for repeat := 1; repeat <= repeats; repeat++ {
		c := judged
		h.Trial.Cell.Repeat, c.Repeat, c.History = repeat, repeat, fmt.Sprintf("r%d.parquet", repeat)
		if c.SHA256, err = history.WriteFile(filepath.Join(part[4], c.History), h); err != nil {
			return err
		}
		r.Cells = append(r.Cells, c)
	}
	return result.WriteDir(part[4], r)
}

// lawful is the history of n decisions on one hot key by the model of an algorithm,
// 50,000 per second, of which about half are admitted. Nothing is as expensive to
// judge: every checker runs to its end, the replay included.
func lawful(algorithm string, n int) *history.History {
	limit := algorithms.NewLimit(250, 10*time.Millisecond)
	a := algorithmNamed(algorithm)
	h := &history.History{Ops: make([]history.Op, n)}
	h.Trial = history.Trial{
		Schema: history.Schema, Expected: "valid", Keys: []string{"user"}, Whole: true, Serial: true, Contract: a.Contract(limit),
		Cell: history.Cell{Scenario: "budget", Topology: "standalone", Algorithm: algorithm, Technique: "lua", Driver: "goredis",
			Client: history.DefaultClient, Repeat: 1, Attempt: 1},
	}
	rng, model := rand.New(rand.NewPCG(1, 0)), a.Model(limit)
	for i := range h.Ops {
		o := &h.Ops[i]
		o.Inv = int64(i+1) * int64(20*time.Microsecond)
		o.Intended, o.Ret, o.Cost = o.Inv, o.Inv+100_000+rng.Int64N(1_900_000), 1
		var d algorithms.Decision
		model, d = model.Step(algorithms.Instant(o.Inv/1000+60), 1)
		o.At, o.ResetAt, o.Remaining, o.RetryAfter = d.At, d.ResetAt, d.Remaining, d.RetryAfter.Microseconds()
		o.Outcome = algorithms.OutcomeOf(d, nil)
	}
	end := h.Ops[n-1].Inv + int64(time.Second)
	h.Trial.Clock = []history.ClockPair{{}, {RealNS: end, MonoNS: end}}
	h.Trial.Load = history.Load{Loop: "open", EndNS: end, Scheduled: int64(n), Rate: 50_000,
		Phases: []history.Phase{{Name: "sustained", ToNS: end, Excess: true}}}
	return h
}

// leak admits for a while whatever was denied, as the scenario then expects.
func leak(h *history.History) {
	h.Trial.Expected = "invalid"
	middle := h.Ops[len(h.Ops)/2:]
	for i := range middle[:min(1000, len(middle))] {
		if o := &middle[i]; o.Outcome == algorithms.Denied {
			o.Outcome, o.RetryAfter = algorithms.Allowed, 0
		}
	}
}

func algorithmNamed(name string) algorithms.Algorithm {
	for _, a := range algorithmlist.Algorithms() {
		if a.Name == name {
			return a
		}
	}
	panic("no algorithm " + name)
}
