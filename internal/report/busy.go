package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

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
		items: []item{{
			fmt.Sprintf("%s: %s started in time, at least %d %% are needed", worst.Name(), started(*worst.StartedRatio), check.LeastPunctual),
			Command(r, &worst),
		}},
	}
}

// started spells how much of a load began in time. It is rounded down, for what misses
// the bound by a little must not look like the bound.
func started(ratio float64) string {
	return strconv.FormatFloat(math.Floor(ratio*1000+1e-9)/10, 'f', -1, 64) + " %"
}

// late says that a trial is void because its load was not offered as planned. In a
// sweep of rates that is no accident: the rate which cannot be offered is sought.
func late(c *result.Cell) bool {
	sought := c.Step != nil && c.Step.Axis == "rate"
	return c.Void && !sought && c.StartedRatio != nil && *c.StartedRatio*100 < check.LeastPunctual
}
