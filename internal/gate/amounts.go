package gate

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"github.com/rlbench/rlbench/internal/stats"
)

// confidence is that of the intervals around medians.
const confidence = 0.95

// summary sums up at least one value.
func summary(values []float64) *Number {
	s := benchmath.AssumeNothing.Summary(sample(values), confidence)
	return &Number{Median: stats.Median(values), N: len(values), Lo: finite(s.Lo), Hi: finite(s.Hi)}
}

// sample copies the values, for benchmath sorts them.
func sample(values []float64) *benchmath.Sample {
	t := benchmath.DefaultThresholds
	return benchmath.NewSample(slices.Clone(values), &t)
}

// finite is v, or nil for what JSON has no word for.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// compare states the numbers of both sides and how much the head differs.
func compare(r *Rule, m metric, base, head []float64, difference float64) Comparison {
	c := Comparison{Base: summary(base), Head: summary(head)}
	if c.Base.Median > 0 {
		c.Change = finite(difference / c.Base.Median)
	}
	slack := max(of(r.Relative)*c.Base.Median, of(r.Absolute))
	if m.more {
		slack = -min(slack, c.Base.Median)
	}
	c.Threshold = finite(c.Base.Median + slack)
	c.difference = difference
	return c
}

func of(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// exceeds says that the change is for the worse and more than the rule tolerates.
func (c *Comparison) exceeds(m metric) bool {
	return c.Threshold != nil && m.worse(c.Base.Median+c.difference, *c.Threshold)
}

// holm corrects p values for their number: the smallest counts as many times as there
// are, the next one time less, and so on. The chance that any of them is below alpha
// while nothing has changed is then alpha at most, however they depend on each other.
func holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if ps[a] < ps[b] {
			return -1
		}
		return 1
	})
	corrected, least := make([]float64, len(ps)), 0.0
	for rank, i := range order {
		least = max(least, min(1, ps[i]*float64(len(ps)-rank)))
		corrected[i] = least
	}
	return corrected
}
