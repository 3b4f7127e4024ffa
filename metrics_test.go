package rlbench_test

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rlbench/rlbench/internal/history"
)

// shown starts a run and returns where it says that its metrics are.
func shown(t *testing.T, dir string, args ...string) (c *exec.Cmd, url string) {
	t.Helper()
	c = command(t, dir, append(slices.Clone(args), "--metrics", "127.0.0.1:0")...)
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // one that has ended is not there
	said := ""
	lines := bufio.NewReader(pipe)
	for {
		line, err := lines.ReadString('\n')
		said += line
		if at, found := strings.CutPrefix(line, "rlbench: metrics at "); found {
			go func() { _, _ = io.Copy(io.Discard, lines) }()
			return c, strings.TrimSpace(at)
		}
		if err != nil {
			_ = c.Wait()
			t.Fatalf("the run ended without a word of metrics: %v\n%s", err, said)
		}
	}
}

// scraped is what is served at the moment; nil when nothing is any more.
func scraped(t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	client := http.Client{Timeout: time.Minute}
	r, err := client.Get(url)
	if err != nil {
		return nil
	}
	defer r.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(r.Body)
	if err != nil {
		return nil // it ended in mid-sentence
	}
	return families
}

// total sums a metric over the series that have these values of labels.
func total(f *dto.MetricFamily, labels ...string) (sum int64) {
	for _, m := range f.GetMetric() {
		has := 0
		for _, l := range m.GetLabel() {
			if slices.Contains(labels, l.GetValue()) {
				has++
			}
		}
		if has == len(labels) {
			sum += int64(m.GetCounter().GetValue() + m.GetGauge().GetValue())
		}
	}
	return sum
}

type counted struct {
	Technique, Verdict               string
	Attempt                          int
	Allowed, Denied, Failed, Unknown int64
}

// What is served of a cell that is finished is what result.json says of it, and the
// server ends with the run.
func TestMetricsOfARunningBenchmark(t *testing.T) {
	dir := t.TempDir()
	c, url := shown(t, dir, append(slices.Clone(quick), "--duration", "2s", "--out", "r")...)
	var last map[string]*dto.MetricFamily
	running := false
	for families := scraped(t, url); families != nil; families = scraped(t, url) {
		last = families
		running = running || total(families["rlbench_trials_running"]) == 1
		time.Sleep(20 * time.Millisecond)
	}
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	if done, of := total(last["rlbench_cells_finished"]), total(last["rlbench_cells_planned"]); !running || done < 1 || of != 2 {
		t.Fatalf("in the end %d of %d cells were finished; a trial was seen running: %t", done, of, running)
	}
	var r struct{ Cells []counted }
	decode(t, filepath.Join(dir, "r", "result.json"), &r)
	first := r.Cells[0] // finished while the other was running
	for outcome, want := range map[string]int64{"allowed": first.Allowed, "denied": first.Denied, "failed": first.Failed, "unknown": first.Unknown} {
		got := total(last["rlbench_decisions_total"], first.Technique, outcome)
		if got < want || got != want && first.Attempt == 1 { // attempts that were void are counted too
			t.Errorf("%d decisions are %s, result.json says %d", got, outcome, want)
		}
	}
}

// played is the schedule that a history followed: when, on which key, at which cost.
func played(t *testing.T, path string) (list []string) {
	t.Helper()
	h, err := history.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range h.Ops {
		list = append(list, fmt.Sprintf("%12d %d %d", op.Intended-h.Trial.Load.StartNS, op.Key, op.Cost))
	}
	slices.SortStableFunc(list, cmp.Compare[string])
	return list
}

// A run is the same whether somebody looks on or not. On a machine that is too busy to
// keep the schedule there is no verdict to compare, but a schedule.
func TestMetricsChangeNoResult(t *testing.T) {
	dir := t.TempDir()
	alone := call(t, dir, append(slices.Clone(small), "--out", "r")...)
	c, url := shown(t, dir, append(slices.Clone(small), "--out", "watched")...)
	for scraped(t, url) != nil {
		time.Sleep(20 * time.Millisecond)
	}
	_ = c.Wait()
	for _, code := range []int{alone.code, c.ProcessState.ExitCode()} {
		if code != 0 && code != 97 {
			t.Fatalf("exit code %d", code)
		}
	}
	got, want := verdicts(t, filepath.Join(dir, "watched")), verdicts(t, filepath.Join(dir, "r"))
	if got != want && !strings.Contains(got+want, "unknown") {
		t.Errorf("verdicts %q, want %q", got, want)
	}
	for _, technique := range []string{"naive", "lua"} {
		path := "histories/concurrent/standalone/gcra/" + technique + "/redigo.r1.parquet"
		got, want := played(t, filepath.Join(dir, "watched", path)), played(t, filepath.Join(dir, "r", path))
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %d operations watched, %d alone, and not the same", technique, len(got), len(want))
		}
	}
	var r struct{ Run struct{ Settings []string } }
	decode(t, filepath.Join(dir, "watched", "result.json"), &r)
	var env struct{ Flags map[string][]string }
	decode(t, filepath.Join(dir, "watched", "environment.json"), &env)
	if _, flag := env.Flags["metrics"]; flag || len(env.Flags) == 0 || strings.Contains(strings.Join(r.Run.Settings, " "), "--metrics") {
		t.Errorf("the address of the metrics is a setting of the run: %v, %q", env.Flags, r.Run.Settings)
	}
}

// An address that cannot be had ends the run before it has begun.
func TestMetricsAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	o := call(t, dir, append(slices.Clone(quick), "--metrics", l.Addr().String())...)
	if o.code != 1 || o.stdout != "" || !strings.Contains(o.stderr, "in use by another program") || strings.Count(o.stderr, "\n") != 1 {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
