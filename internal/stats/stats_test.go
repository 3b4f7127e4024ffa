package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/perf/benchmath"

	"github.com/rlbench/rlbench/internal/stats"
)

func TestSummarizeSmallSamples(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   stats.Summary
	}{
		{[]float64{7}, stats.Summary{N: 1, Median: 7, Lo: 7, Hi: 7}},
		{[]float64{9, 7}, stats.Summary{N: 2, Median: 8, Lo: 7, Hi: 9, Confidence: 0.5}},
		{[]float64{3, 1, 2}, stats.Summary{N: 3, Median: 2, Lo: 1, Hi: 3, Confidence: 0.75}},
		{[]float64{5, 4, 3, 2, 1}, stats.Summary{N: 5, Median: 3, Lo: 1, Hi: 5, Confidence: 0.9375}},
		{[]float64{6, 5, 4, 3, 2, 1}, stats.Summary{N: 6, Median: 3.5, Lo: 1, Hi: 6, Confidence: 0.96875}},
	} {
		given := slices.Clone(c.values)
		got := stats.Summarize(given)
		if math.Abs(got.Confidence-c.want.Confidence) > 1e-12 {
			t.Errorf("%v: confidence %v, want %v", c.values, got.Confidence, c.want.Confidence)
		}
		got.Confidence = c.want.Confidence
		if got != c.want {
			t.Errorf("%v: %+v, want %+v", c.values, got, c.want)
		}
		if !slices.Equal(given, c.values) {
			t.Errorf("%v became %v", c.values, given)
		}
	}
}

// From six values on, benchstat states the same median, and an interval that differs
// by one value at an end at most: it need not cut as many from both.
func TestSummarizeAgreesWithBenchstat(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 6; n <= 200; n++ {
		values := make([]float64, n)
		for i := range values {
			values[i] = rng.ExpFloat64()
		}
		slices.Sort(values)
		got := stats.Summarize(values)
		want := benchmath.AssumeNothing.Summary(benchmath.NewSample(values, &benchmath.DefaultThresholds), stats.Level)
		if got.Confidence < stats.Level || got.Median != want.Center {
			t.Errorf("n = %d: %+v, benchstat says %+v", n, got, want)
		}
		for _, end := range [][2]float64{{got.Lo, want.Lo}, {got.Hi, want.Hi}} {
			if d := slices.Index(values, end[0]) - slices.Index(values, end[1]); d < -1 || d > 1 {
				t.Errorf("n = %d: an end of the interval is %d values from benchstat's", n, d)
			}
		}
	}
}

// The interval covers the true median as often as it says.
func TestIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const trials = 20_000
	for _, n := range []int{3, 6, 11, 25} {
		values, covered, claimed := make([]float64, n), 0, 0.0
		for range trials {
			for i := range values {
				values[i] = rng.ExpFloat64() // its median is ln 2
			}
			s := stats.Summarize(values)
			if claimed = s.Confidence; s.Lo <= math.Ln2 && math.Ln2 <= s.Hi {
				covered++
			}
		}
		if got := float64(covered) / trials; math.Abs(got-claimed) > 0.01 {
			t.Errorf("n = %d: covered in %.3f of the trials, claimed %.3f", n, got, claimed)
		}
	}
}
