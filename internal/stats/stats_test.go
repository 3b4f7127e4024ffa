package stats_test

import (
	"slices"
	"testing"

	"github.com/rlbench/rlbench/internal/stats"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{7}, 7}, {[]float64{9, 6}, 7.5}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5},
		{[]float64{-5, 100, -5, -5}, -5},
	} {
		given := slices.Clone(c.values)
		if got := stats.Median(given); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got, c.want)
		}
		if !slices.Equal(given, c.values) {
			t.Errorf("%v became %v", c.values, given)
		}
	}
}
