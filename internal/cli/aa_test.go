package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/gate"
)

// Comparisons that decide nothing say nothing about the rate of false alarms, and where most
// are such nothing is shown.
func TestFalseAlarmsAreCountedAmongWhatIsConclusive(t *testing.T) {
	for _, c := range []struct {
		passed, failed, open, void int
		code                       int
		says                       string
	}{
		{20, 0, 0, 0, ExitOK, "0 false alarms in 20 conclusive comparisons of 20: with 95 % confidence the rate of false alarms is at most 13.9 %"},
		{11, 0, 9, 0, ExitOK, "0 false alarms in 11 conclusive comparisons of 20: with 95 % confidence the rate of false alarms is at most 23.8 %"},
		{10, 0, 10, 0, ExitInconclusive, "0 false alarms in 10 conclusive comparisons of 20"},
		{1, 0, 10, 9, ExitInconclusive, "0 false alarms in 1 conclusive comparison of 20: with 95 % confidence the rate of false alarms is at most 95.0 %"},
		{0, 0, 0, 20, ExitInconclusive, "0 false alarms in 0 conclusive comparisons of 20: with 95 % confidence the rate of false alarms is at most 100.0 %"},
		{1, 1, 18, 0, ExitUnexpected, "1 false alarm in 2 conclusive comparisons of 20: with 95 % confidence the rate of false alarms is at most 97.5 %"},
	} {
		var played []*bout
		add := func(n int, o gate.Outcome, void string) {
			for range n {
				played = append(played, &bout{void: void, report: &gate.Report{Findings: []gate.Finding{{Rule: "r", Outcome: o}}}})
			}
		}
		add(c.passed, gate.Pass, "")
		add(c.failed, gate.Fail, "")
		add(c.open, gate.Inconclusive, "")
		add(c.void, gate.Pass, "the machine was busy")
		var out bytes.Buffer
		err := (&Program{Stdout: &out}).tellAlarms(played)
		if exitCode(err) != c.code || !strings.Contains(out.String(), "\n"+c.says) {
			t.Errorf("%+v: exit code %d, %v\n%s", c, exitCode(err), err, out.String())
		}
		if strings.Contains(out.String(), "METRIC") { // nothing was compared
			t.Errorf("a table without a row:\n%s", out.String())
		}
	}
}
