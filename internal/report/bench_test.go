package report_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"

	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

// benchstat's own parser reads every judged cell back, under its name, with its
// numbers in base units.
func TestBenchIsReadByBenchfmt(t *testing.T) {
	r := broken()
	var results []*benchfmt.Result
	in := benchfmt.NewReader(strings.NewReader(text(t, report.Bench, r)), "bench.txt")
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.Result:
			results = append(results, rec.Clone())
		case *benchfmt.SyntaxError:
			t.Error(rec)
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	if want := len(r.Cells) - 3; len(results) != want { // three are unknown
		t.Fatalf("%d results, want %d", len(results), want)
	}
	first, name := results[0], "Decision/scenario=concurrent/topology=standalone/algorithm=fixedwindow/technique=naive/driver=goredis/client=bounded"
	if got := first.Name.String(); got != name {
		t.Errorf("the first name is %s, want %s", got, name)
	}
	for unit, want := range map[string]float64{"p50-sec": 210e-6, "overshoot": 160, "trips/op": 2.4, "server-sec/op": 12e-6} {
		if got, ok := first.Value(unit); !ok || got < want*0.999999 || got > want*1.000001 {
			t.Errorf("%s is %v, want %v", unit, got, want)
		}
	}
	if got := first.GetConfig("server"); got != "Redis 7.0.15 (docker)" {
		t.Errorf("server is %q", got)
	}
	if exact := in.Units().GetAssumption("overshoot"); exact != benchmath.AssumeExact {
		t.Errorf("overshoot is assumed to be %v, want exact", exact)
	}
	if better := in.Units().GetBetter("decisions/s"); better != 1 {
		t.Errorf("decisions/s: better is %d, want 1 for higher", better)
	}
}

// Stock benchstat compares two runs: it knows every unit and which way is better, pairs
// the cells, and has nothing to warn of.
func TestBenchstatComparesRuns(t *testing.T) {
	dir := t.TempDir()
	base, head := filepath.Join(dir, "base.txt"), filepath.Join(dir, "head.txt")
	for path, slower := range map[string]float64{base: 1, head: 1.5} {
		if err := os.WriteFile(path, []byte(text(t, report.Bench, repeated(slower))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("go", "tool", "benchstat", "base="+base, "head="+head)
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil || errs.String() != "" {
		t.Fatalf("benchstat: %v\n%s", err, errs.String())
	}
	for _, want := range []string{"overshoot", "trips/op", "decisions/s", "p50-sec", "server-sec/op", "allocs/op", "key-B"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("benchstat shows no %s", want)
		}
	}
	if n := strings.Count(out.String(), "+50.00% (p=0.000 n=10)"); n == 0 {
		t.Errorf("benchstat does not see that the head is half as slow again:\n%s", out.String())
	}
	for note := range strings.Lines(out.String()) { // a geometric mean with 0 in it is none: no fault of the text
		if strings.HasPrefix(note, "¹") && !strings.Contains(note, "geomean") {
			t.Errorf("benchstat warns: %s\n%s", note, out.String())
		}
	}
}

// repeated is a run of ten repeats of two cells, its times multiplied: another run on
// another day.
func repeated(slower float64) *result.Result {
	r := run()
	like := []result.Cell{r.Cells[1], r.Cells[4]}
	r.Run.Name, r.Run.Seed, r.Cells = fmt.Sprint(slower), uint64(100*slower), nil
	for i := range 10 {
		for _, c := range like {
			n := float64(i+1) / 100 // no two repeats are equal
			c.Repeat, c.Expected, c.Verdict = i+1, "valid", "valid"
			c.DecisionsPerSecond, c.RoundTrips = new((20_000+n)/slower), new(1+n)
			c.ServerCPUus, c.ClientCPUus, c.Allocs, c.BytesPerKey = new((20+n)*slower), new(9+n), new(40+n), new(120+n)
			c.Latency.Response = &result.Quantiles{Count: 4000, P50us: (100 + n) * slower, P99us: new((500 + n) * slower)}
			r.Cells = append(r.Cells, c)
		}
	}
	return r
}
