package metrics

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/rlbench/rlbench/internal/result"
)

const (
	// longest is the largest latency that the histogram tells apart, in ns. Longer
	// ones count as this long, and the exact maximum is kept beside: dropping them,
	// as the library does, would make the worst trial look better.
	longest = int64(60 * time.Second)
	digits  = 3 // significant, decimal

	// Below these counts a quantile rests on fewer than ten operations.
	countForP99  = 1_000
	countForP999 = 10_000
	// tailCount is the number of samples that must lie beyond the last point of a
	// curve.
	tailCount = 10
	// pointsPerNine is the number of points of a curve between two nines: 90 % and
	// 99 %, 99 % and 99.9 %.
	pointsPerNine = 10
)

// latency is a distribution of times in ns.
type latency struct {
	histogram *hdrhistogram.Histogram
	count     int64
	max       int64
}

func newLatency() *latency {
	return &latency{histogram: hdrhistogram.New(1, longest, digits)}
}

// record counts a negative time, the jitter of a timer, as zero.
func (l *latency) record(ns int64) {
	ns = max(ns, 0)
	l.count++
	l.max = max(l.max, ns)
	if err := l.histogram.RecordValue(min(ns, longest)); err != nil {
		panic("metrics: histogram refuses a value in its range: " + err.Error())
	}
}

// quantiles is nil without a sample.
func (l *latency) quantiles() *result.Quantiles {
	if l.count == 0 {
		return nil
	}
	q := &result.Quantiles{
		Count: l.count, P50us: l.at(50), P90us: l.at(90), MaxUS: micros(l.max), Curve: l.curve(),
	}
	if l.count >= countForP99 {
		q.P99us = new(l.at(99))
	}
	if l.count >= countForP999 {
		q.P999us = new(l.at(99.9))
	}
	return q
}

// at is the value in us that p per cent of the samples do not exceed. The histogram
// answers the upper end of a bucket, which may lie above every sample.
func (l *latency) at(p float64) float64 {
	return micros(min(l.histogram.ValueAtPercentile(p), l.max))
}

// curve has points at equal distances on a nines axis: the share beyond the k-th is
// 10^(-k/pointsPerNine).
func (l *latency) curve() []result.Point {
	points := []result.Point{}
	for k := 0; ; k++ {
		beyond := math.Pow(10, -float64(k)/pointsPerNine)
		if beyond*float64(l.count) < tailCount {
			return points
		}
		p := math.Round(100e6*(1-beyond)) / 1e6 // six decimals tell seven nines apart
		points = append(points, result.Point{P: p, US: l.at(p)})
	}
}

func micros(ns int64) float64 { return float64(ns) / 1e3 }
