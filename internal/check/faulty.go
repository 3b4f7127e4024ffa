package check

import (
	"fmt"

	"github.com/rlbench/rlbench/internal/history"
)

// calmUntil is when the first fault began; forever without one.
func calmUntil(h *history.History) int64 {
	until := int64(forever)
	for _, f := range h.Trial.Faults {
		until = min(until, f.BeganNS)
	}
	return until
}

// duringFault says that a fault was in the making or in effect at an instant.
func duringFault(h *history.History, at int64) bool {
	for _, f := range h.Trial.Faults {
		if at >= f.BeganNS && (f.HealedNS == 0 || at <= f.HealedNS) {
			return true
		}
	}
	return false
}

// noFault: what was planned to go wrong did not.
func noFault(h *history.History) string {
	for _, f := range h.Trial.Faults {
		switch {
		case f.Problem != "":
			return fmt.Sprintf("the fault %s did not happen: %s", f.Name, f.Problem)
		case f.EffectNS == 0:
			return fmt.Sprintf("the fault %s did not take effect", f.Name)
		case len(h.Ops) > 0 && h.Ops[len(h.Ops)-1].Inv < f.EffectNS:
			return fmt.Sprintf("the fault %s took effect when the load was over", f.Name)
		}
	}
	return ""
}

// otherRoles: a trial with more failovers than its scenario is about, or fewer, is
// another experiment.
func otherRoles(h *history.History) string {
	r := h.Trial.Roles
	switch {
	case r == nil:
		return ""
	case r.After == "":
		return "the nodes did not agree in time on who serves the keys after the faults"
	case r.Changes == r.Want:
		return ""
	}
	return fmt.Sprintf("the primary was replaced %s, and the scenario wants it replaced %s", times(r.Changes), times(r.Want))
}

// times in words; the record tells no number above 2.
func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return "more than once"
}
