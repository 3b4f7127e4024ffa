package report

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// sharing is a cell of n processes that admitted so many times what one limit permits.
func sharing(technique string, n, times int64) result.Cell {
	c := cell(technique, "goredis", "valid", 0)
	c.Scenario, c.Step, c.Instances = "multi-instance", &result.Step{Axis: "instances", Value: n}, int(n)
	if times > 1 {
		c.Verdict, c.Overshoot.Witness = "invalid", &result.Witness{Admitted: 100 * times, Permitted: 100}
	}
	return c
}

func TestSharedLimitSaysWhoKeptIt(t *testing.T) {
	unknown := sharing("multi", 10, 1)
	unknown.Verdict = "unknown"
	for want, cells := range map[string][]result.Cell{
		"With 10 instances lua admitted no more than one limit, and memory 10 times as much.": {
			sharing("lua", 3, 1), sharing("memory", 3, 3), sharing("lua", 10, 1), sharing("memory", 10, 10), unknown},
		"With 3 instances lua admitted no more than one limit.":      {sharing("lua", 3, 1)},
		"With 3 instances the limit was admitted by memory 3 times.": {sharing("memory", 3, 3)},
	} {
		if got := sharedLimit(group{cells: cells}).text; !strings.HasPrefix(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	if p := sharedLimit(group{cells: []result.Cell{unknown}}); !p.empty() {
		t.Errorf("of trials without a verdict it says %+v", p)
	}
}

func TestSharedLimitHasAColumnForEachStep(t *testing.T) {
	p := sharedLimit(group{cells: []result.Cell{sharing("memory", 3, 3), sharing("memory", 10, 10), sharing("lua", 10, 1)}})
	text := p.table.render(markdown)
	for _, want := range []string{"| 3 instances | 10 instances |", "memory | invalid | 3 | 10 |", "lua | valid | – | 1 |"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
}
