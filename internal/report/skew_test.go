package report

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// skewed is a cell of clients whose clocks differ by so many per cent of the window, that
// admitted so many times what the contract permits, and denied so many for nothing.
func skewed(technique string, percent, times, wronged int64) result.Cell {
	c := sharing(technique, 1, times)
	c.Scenario, c.Step, c.Overshoot.Attribution = "clock-skew", &result.Step{Axis: "skew", Value: percent}, ""
	c.FalseRejections = &result.FalseRejections{Certain: wronged}
	if times > 1 {
		c.Overshoot.Attribution = "clock skew"
	}
	return c
}

func TestSkewedClocksSayWhoNoticed(t *testing.T) {
	unknown := skewed("multi", -200, 9, 9)
	unknown.Verdict = "unknown"
	for want, cells := range map[string][]result.Cell{
		"With the clock of every second client off by up to 200 % of the window, lua and naive admitted no more than one limit, and mine 3 times as much; " +
			"gcra/naive denied up to 5 requests for nothing. Numbers": {
			skewed("lua", -200, 1, 0), skewed("lua", 100, 1, 0), skewed("mine", -200, 2, 1), skewed("mine", 100, 3, 0), skewed("naive", 100, 1, 5), unknown},
		"With the clock of every second client off by up to 50 % of the window, lua admitted no more than one limit. Numbers": {skewed("lua", 50, 1, 0)},
	} {
		if got := skewedClocks(group{cells: cells}).text; !strings.HasPrefix(got, want) {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	if p := skewedClocks(group{cells: []result.Cell{unknown}}); !p.empty() {
		t.Errorf("of trials without a verdict it says %+v", p)
	}
}

func TestSkewedClocksHaveAColumnForEachStep(t *testing.T) {
	cells := []result.Cell{skewed("mine", 0, 1, 0), skewed("mine", -200, 3, 0), skewed("lua", -200, 1, 0), skewed("naive", 200, 1, 7)}
	text := strings.Join(strings.Fields(skewedClocks(group{cells: cells}).table.render(markdown)), " ")
	for _, want := range []string{"| -200 % | 0 % | 200 % |", "mine | 1 invalid, 1 valid | clock skew | +200 % | 0 | – |", "lua | valid | – | 0 | – | – |", "| – | – | 0 (7) |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
	if got, want := sweptLoad(cells), "3 steps, skew of -200 to 200"; got != want {
		t.Errorf("the steps are %q, want %q", got, want)
	}
}
