package chart

import (
	"math"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/result"
)

// charged returns, for the end of each interval, how much of the admitted cost the
// contract still counts, as a multiple of what it lets through: above 1 too much was
// admitted. Admitted per second would not tell, for a window may lawfully be used up at
// once. It is nil where the intervals are too long to tell, and for contracts that
// count otherwise.
//
// Intervals are longer than what was admitted in them, so that the charge is rather too
// low; an answer that came long after its decision can raise it a little.
func charged(c result.Cell) []float64 {
	t, bound := c.Timeline, float64(c.Limit)
	span := int(min(float64(c.WindowMS)/t.BinMS, float64(math.MaxInt32)))
	if span < 1 || bound < 1 {
		return nil
	}
	admitted := t.Admitted[:bins(t)]
	var levels []float64
	switch algorithms.Kind(c.Contract) {
	case algorithms.Window:
		levels = inWindow(admitted, span)
	case algorithms.Log:
		levels = inLast(admitted, span)
	case algorithms.Bucket, algorithms.EnvelopeOnly:
		bound = max(1, float64(c.Burst))
		levels = inBucket(admitted, float64(c.Limit)*t.BinMS/float64(c.WindowMS))
	}
	return mapped(levels, func(v float64) float64 { return v / bound })
}

// inWindow sums what was admitted since the window opened: with the first admission
// after the one before it.
func inWindow(admitted []int64, span int) []float64 {
	levels := make([]float64, len(admitted))
	opened, sum := -span, 0.0
	for i, a := range admitted {
		if i-opened >= span {
			sum = 0
			if a > 0 {
				opened = i
			}
		}
		sum += float64(a)
		levels[i] = sum
	}
	return levels
}

// inLast sums what was admitted in the last intervals.
func inLast(admitted []int64, span int) []float64 {
	levels := make([]float64, len(admitted))
	var sum float64
	for i, a := range admitted {
		sum += float64(a)
		if i >= span {
			sum -= float64(admitted[i-span])
		}
		levels[i] = sum
	}
	return levels
}

// inBucket fills a bucket with what was admitted, which leaks each interval.
func inBucket(admitted []int64, leak float64) []float64 {
	levels := make([]float64, len(admitted))
	var level float64
	for i, a := range admitted {
		level = max(0, level+float64(a)-leak)
		levels[i] = level
	}
	return levels
}
