// Package stats summarises repeated measurements without assuming a distribution:
// latencies have tails, and machines have moods. Quantiles of single operations are
// not here: package metrics takes them from histograms.
package stats

import (
	"math"
	"slices"
)

// Level is the confidence that an interval aims at.
const Level = 0.95

// Summary describes the median of a sample.
type Summary struct {
	N      int
	Median float64
	// Lo and Hi are two of the measured values, between which the true median lies
	// with probability Confidence. That is at least Level from six values on; fewer
	// cannot show that much, and the interval is their whole range.
	Lo, Hi     float64
	Confidence float64
}

// Summarize needs at least one value, none of them NaN. It leaves values as they are.
func Summarize(values []float64) Summary {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	k, confidence := order(n)
	return Summary{
		N: n, Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Lo: sorted[k], Hi: sorted[n-1-k], Confidence: confidence,
	}
}

// order returns how many values may be cut from each end. The true median lies below
// the k-th smallest of n values if fewer than k fell below it, which has the
// probability of fewer than k heads in n throws of a coin.
func order(n int) (k int, confidence float64) {
	below := heads(n, 0)
	confidence = max(0, 1-2*below)
	for {
		below += heads(n, k+1)
		next := 1 - 2*below
		if next < Level {
			return k, confidence
		}
		k, confidence = k+1, next
	}
}

// heads is the probability of exactly k heads in n throws; by logarithms, because
// the factorials overflow.
func heads(n, k int) float64 {
	lg := func(i int) float64 { v, _ := math.Lgamma(float64(i + 1)); return v }
	return math.Exp(lg(n) - lg(k) - lg(n-k) - float64(n)*math.Ln2)
}
