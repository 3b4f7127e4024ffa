package cli

import (
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

func TestOutcomeSaysWhatCouldSurprise(t *testing.T) {
	for _, c := range []struct{ verdict, expected, want string }{
		{"valid", "valid", "valid"}, {"valid", "invalid", "valid, unexpected"}, {"valid", "any", "valid"},
		{"invalid", "invalid", "invalid, expected"}, {"invalid", "valid", "invalid, unexpected"}, {"invalid", "any", "invalid"},
		{"unknown", "any", "unknown"}, {"unknown", "valid", "unknown, unexpected"},
	} {
		got := outcome(result.Cell{Verdict: c.verdict, Expected: c.expected, AsExpected: result.AsExpected(&result.Cell{Verdict: c.verdict, Expected: c.expected})})
		if got != c.want || len(got) > verdictWidth {
			t.Errorf("%s where %s is expected: %q, want %q", c.verdict, c.expected, got, c.want)
		}
	}
}

// The last line says whether anything needs a look, also where nothing was judged.
func TestSummaryOfACheck(t *testing.T) {
	good, bad := result.Cell{AsExpected: true}, result.Cell{}
	for _, c := range []struct {
		a      again
		stored int
		want   string
	}{
		{again{cells: []result.Cell{good}, same: 1}, 1, "1 of 1 verdict is that of result.json; all as expected"},
		{again{cells: []result.Cell{good, bad}, same: 1}, 3, "1 of 3 verdicts are those of result.json; 1 not as expected"},
		{again{}, 2, "0 of 2 verdicts are those of result.json; nothing was judged"},
	} {
		if got := c.a.summary(c.stored); got != c.want {
			t.Errorf("said %q, want %q", got, c.want)
		}
	}
}

func TestDifferenceNamesTheField(t *testing.T) {
	one, two := 1.0, 2.0
	base := result.Cell{Algorithm: "gcra", Verdict: "valid", ServerCPUus: &one}
	same := base
	same.ServerCPUus = new(float64)
	*same.ServerCPUus = 1
	every := (&result.Result{SchemaVersion: result.SchemaVersion}).Holds
	for name, change := range map[string]func(*result.Cell){
		"":              func(*result.Cell) {},
		"verdict":       func(c *result.Cell) { c.Verdict = "invalid" },
		"server_cpu_us": func(c *result.Cell) { c.ServerCPUus = &two },
		"overshoot":     func(c *result.Cell) { c.Overshoot.Certain = 7 },
		"latency":       func(c *result.Cell) { c.Latency.Response = &result.Quantiles{P50us: 1} },
	} {
		other := same
		change(&other)
		if got, err := difference(base, other, every); err != nil || got != name {
			t.Errorf("difference %q, %v; want %q", got, err, name)
		}
	}
}

// A field that results have since is no difference to an older one, and one that they
// always had is.
func TestAnOlderResultIsComparedInWhatItHolds(t *testing.T) {
	first := (&result.Result{SchemaVersion: 1}).Holds
	was, is := result.Cell{}, result.Cell{WithinDeadline: new(1.0)}
	if got, err := difference(is, was, first); err != nil || got != "" {
		t.Errorf("difference %q, %v; want none", got, err)
	}
	is.Verdict = "valid"
	if got, err := difference(is, was, first); err != nil || got != "verdict" {
		t.Errorf("difference %q, %v; want verdict", got, err)
	}
}
