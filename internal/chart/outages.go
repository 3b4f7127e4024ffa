package chart

import (
	"cmp"
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// outages draws how each client lives through each fault without any policy: when it
// notices, and when it is back. A row per fault.
type outages struct{}

// Name implements Chart.
func (outages) Name() string { return "outages" }

// Draw implements Chart.
func (outages) Draw(r *result.Result) (*Figure, error) {
	all := where(final(r.Cells), func(c result.Cell) bool {
		return limits(c) && c.Policy == "" && c.Step != nil && c.Step.Axis == "fault"
	})
	met := where(bySubject(all), metFault)
	if len(met) == 0 {
		return nil, ErrNoData
	}
	spelled := titles(r.Run.Titles)
	faults := distinct(met, faultOf)
	return &Figure{
		Title: availabilityTitle(met),
		Subtitle: "Without a failure policy; each fault lasts " + clockSpan(met) + ". Noticed = from the start of the first request without an answer, or from the fault, until one ended so; " +
			"recovery = from the beginning of the fault until the first of ten answers in a row, each within 100 ms. " + tallyBy(met, faultLine).describe("Dot and number", ofAlgorithms(met, spelled)) + leftOut(len(all)-len(met), len(all)),
		Caution: caution(r),
		Foot:    provenance(r.Run),
		body:    reachTable(met, recoveries, faults, faultOf, func(name string) string { return name }),
	}, nil
}

func faultLine(c result.Cell) [2]string { return [2]string{faultOf(c), client(c)} }

var recoveries = []reach{
	{"Answered", "higher is better", tenths, func(c result.Cell) *float64 { return c.Availability }, 1},
	{"Noticed", "lower is better", millis, detected, 0},
	{"Recovery", "lower is better", millis, func(c result.Cell) *float64 { return c.RecoveryMS }, 0},
}

func detected(c result.Cell) *float64 {
	if c.Noticed == nil {
		return nil
	}
	return c.Noticed.DetectMS
}

// clockSpan is how long the first faults of the trials last.
func clockSpan(cells []result.Cell) string {
	var long []float64
	for _, c := range cells {
		if f := c.Faults[0]; f.UntilMS != nil {
			long = append(long, *f.UntilMS-f.AtMS)
		}
	}
	if len(long) == 0 {
		return "until the end"
	}
	slices.SortFunc(long, cmp.Compare)
	return span(long[0], long[len(long)-1], millis)
}
