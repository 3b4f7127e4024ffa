package report_test

import (
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/rlbench/rlbench/internal/report"
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
	for unit, want := range map[string]float64{"p50-sec": 210e-6, "overshoot-cost": 160, "trips/op": 2.4, "server-sec/op": 12e-6} {
		if got, ok := first.Value(unit); !ok || got < want*0.999999 || got > want*1.000001 {
			t.Errorf("%s is %v, want %v", unit, got, want)
		}
	}
	if got := first.GetConfig("seed"); got != "42" {
		t.Errorf("seed is %q, want 42", got)
	}
	if better := in.Units().GetBetter("decisions/s"); better != 1 {
		t.Errorf("decisions/s: better is %d, want 1 for higher", better)
	}
}
