package gate

import (
	"cmp"
	"math"
	"slices"

	"github.com/aclements/go-moremath/mathx"

	own "github.com/rlbench/rlbench/internal/stats"
)

// AtMost is the largest rate of an event that still explains, with the chance 1 -
// confidence, that it was seen no more than k times in n trials (Clopper and Pearson,
// one-sided): for k = 0 it is 1 - (1-confidence)^(1/n).
func AtMost(k, n int, confidence float64) float64 {
	if k >= n {
		return 1
	}
	lo, hi := 0.0, 1.0
	for range 60 { // halved until a float64 can hold no more
		p := (lo + hi) / 2
		if mathx.BetaInc(p, float64(k+1), float64(n-k)) < confidence { // more than k events
			lo = p
		} else {
			hi = p
		}
	}
	return (lo + hi) / 2
}

// Spread is how much a metric of a cell differed between two sides that were the same
// program, over several comparisons.
type Spread struct {
	Cell, Metric string
	// N is the number of comparisons with a relative change. Typical is the median of the
	// amounts of these changes, Largest the largest amount: 0.1 is ten per cent.
	N                int
	Typical, Largest float64
}

// Spreads sums up the changes in reports, the largest first.
func Spreads(reports []*Report) (list []Spread) {
	type key struct{ cell, metric string }
	changes := map[key][]float64{}
	for _, r := range reports {
		for _, f := range r.Findings {
			if f.Change != nil {
				k := key{f.Cell, f.Metric}
				changes[k] = append(changes[k], math.Abs(*f.Change))
			}
		}
	}
	for k, amounts := range changes {
		list = append(list, Spread{k.cell, k.metric, len(amounts), own.Median(amounts), slices.Max(amounts)})
	}
	slices.SortFunc(list, func(a, b Spread) int {
		return cmp.Or(cmp.Compare(b.Largest, a.Largest), cmp.Compare(a.Cell, b.Cell), cmp.Compare(a.Metric, b.Metric))
	})
	return list
}
