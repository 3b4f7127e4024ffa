// Package stats summarises repeated measurements. Quantiles of single operations are
// not here: package metrics takes them from histograms.
package stats

import "slices"

// Median is the middle value, or the mean of the middle two. It needs at least one
// value, none of them NaN, and leaves them as they are.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
