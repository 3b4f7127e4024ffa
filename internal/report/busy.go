package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/result"
)

// busy says what to do about trials that are void because this machine could not keep
// their schedule, with the command that repeats the worst of them.
func busy(r *result.Result) part {
	late := where(r.Cells, late)
	if len(late) == 0 {
		return part{}
	}
	cure := "a lower --rate"
	if (group{cells: late}).any(struck) { // they all ran side by side
		cure += " or fewer limiters at once (--algorithm, --technique, --driver)"
	}
	worst := slices.MinFunc(late, func(a, b result.Cell) int { return cmp.Compare(*a.StartedRatio, *b.StartedRatio) })
	return part{
		text: fmt.Sprintf("This machine was too busy for %s: too few operations started within %d ms of their time, so nothing "+
			"is judged by them. Let other work on it end, or choose %s, and repeat, the worst first:",
			plural(len(late), "trial"), check.Punctual.Milliseconds(), cure),
		items: []item{{worst.Name() + ": " + share.text(*worst.StartedRatio) + " started in time", Command(r, &worst)}},
	}
}

// late says that a trial is void because its load was not offered as planned. In a
// sweep of rates that is no accident: the rate which cannot be offered is sought.
func late(c *result.Cell) bool {
	sought := c.Step != nil && c.Step.Axis == "rate"
	return c.Void && !sought && c.StartedRatio != nil && *c.StartedRatio*100 < check.LeastPunctual
}
