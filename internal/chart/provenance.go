package chart

import (
	"fmt"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// provenance says where the numbers of a run come from.
func provenance(r result.Run) string {
	day, _, _ := strings.Cut(r.Started, "T")
	parts := []string{r.Server, r.Machine, "rlbench " + r.Version, fmt.Sprintf("seed %d", r.Seed), "run " + r.Name, day}
	if r.Version == "" {
		parts[2] = "rlbench"
	}
	var known []string
	for _, p := range parts {
		if p != "" && p != "run " {
			known = append(known, p)
		}
	}
	return strings.Join(known, " · ")
}

// caution says why a run is no evidence, or not yet; empty if it is.
func caution(r *result.Result) string {
	var why []string
	if !r.Run.RealRedis {
		why = append(why, "Not a real Redis: these results are no evidence.")
	}
	if !r.Run.Complete {
		why = append(why, fmt.Sprintf("Incomplete run: %d of %d cells.", len(final(r.Cells)), r.Run.Planned))
	}
	return strings.Join(why, " ")
}
