package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
)

// outcome is what a test dashboard makes of a cell.
type outcome int

const (
	passed  outcome = iota
	skipped         // nothing was shown, or nothing was to be shown
	failed
)

// ending says how a cell ended: its outcome, of what kind a failure is, and why.
func ending(c *result.Cell) (o outcome, kind, why string) {
	switch {
	case c.Verdict == "unknown" && c.Expected == "any" && !c.Void:
		return skipped, "", "measured for speed: no verdict is due"
	case c.Verdict == "unknown":
		return skipped, "", reason(c)
	case c.AsExpected:
		return passed, "", ""
	case c.Verdict == "valid":
		return failed, "ViolationVanished", "valid, though the scenario expects the contract to be broken: it may have lost its teeth"
	}
	return failed, breach(c), reason(c)
}

// breach names what a limiter did that its contract forbids, the gravest first.
func breach(c *result.Cell) string {
	starved := func() bool {
		for _, r := range c.Reasons {
			if strings.HasPrefix(r, "starved") {
				return true
			}
		}
		return false
	}
	switch {
	case c.Overshoot.Certain > 0:
		return "Overshoot"
	case c.FalseRejections != nil && c.FalseRejections.Certain > 0:
		return "FalseRejection"
	case starved():
		return "Starved"
	}
	return "ContractBroken"
}

func reason(c *result.Cell) string {
	if len(c.Reasons) == 0 {
		return "no reason was recorded"
	}
	return strings.Join(c.Reasons, "; ")
}

// title names a trial: the cell and, where there may be several, which of them.
func title(c *result.Cell) string { return fmt.Sprintf("%s r%d", c.Name(), c.Repeat) }

// regression names what a gate failed by.
func regression(f *gate.Finding) string {
	if f.Kind == "correctness" {
		return "CorrectnessRegression"
	}
	return "PerformanceRegression"
}

// decision says what a decision of a gate is about.
func decision(f *gate.Finding) string {
	words := slices.DeleteFunc([]string{f.Rule, f.Cell, f.Metric}, func(w string) bool { return w == "" })
	return cmp.Or(strings.Join(words, ", "), "the run itself")
}
