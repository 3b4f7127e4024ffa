package chart

import "math"

// niceSteps returns the distances that ticks up to hi may have, from the closest
// that gives at most n of them above zero to the widest that gives one: 1, 2 or
// 5 times a power of ten. hi > 0, n >= 3.
func niceSteps(hi float64, n int) []float64 {
	var steps []float64
	for e := math.Floor(math.Log10(hi / float64(n))); math.Pow(10, e) <= hi; e++ {
		for _, m := range []float64{1, 2, 5} {
			if s := m * math.Pow(10, e); s <= hi && hi/s <= float64(n)+1e-9 {
				steps = append(steps, s)
			}
		}
	}
	return steps
}

// multiples returns 0, step, 2 step, ... up to hi.
func multiples(step, hi float64) []float64 {
	var all []float64
	for i := 0; float64(i)*step <= hi*(1+1e-9); i++ {
		all = append(all, float64(i)*step)
	}
	return all
}

// logScale maps positive values to [0, 1]. Its ends are ticks.
type logScale struct {
	lo, hi float64
	ticks  []float64
}

// newLogScale spans lo to hi, 0 < lo <= hi, with three or two ticks per decade if
// that makes at most n+1 of them, else with one.
func newLogScale(lo, hi float64, n int) logScale {
	for _, pattern := range [][]float64{{1, 2, 5}, {1, 3}} {
		if s := ticked(lo, hi, pattern); len(s.ticks) <= n+1 {
			return s
		}
	}
	return ticked(lo, hi, []float64{1})
}

// ticked spans lo to hi with the ticks of a pattern that enclose them.
func ticked(lo, hi float64, pattern []float64) logScale {
	var ticks []float64
	for e := math.Floor(math.Log10(lo)); ; e++ {
		for _, m := range pattern {
			t := m * math.Pow(10, e)
			if t <= lo*(1+1e-9) {
				ticks = ticks[:0] // a later tick below lo encloses it more closely
			}
			ticks = append(ticks, t)
			if t >= hi*(1-1e-9) && len(ticks) > 1 {
				return logScale{ticks[0], t, ticks}
			}
		}
	}
}

// at is the place of v between the ends, 0 to 1; beyond them it is cut.
func (s logScale) at(v float64) float64 {
	return min(max(math.Log(v/s.lo)/math.Log(s.hi/s.lo), 0), 1)
}

// nines is the place of a percentile on an axis on which p90, p99 and p99.9 are
// equally far apart.
func nines(p float64) float64 { return -math.Log10(1 - p/100) }

// percentiles are the ticks of the nines axis.
var percentiles = []struct {
	p    float64
	name string
}{{50, "p50"}, {90, "p90"}, {99, "p99"}, {99.9, "p99.9"}, {99.99, "p99.99"}, {99.999, "p99.999"}, {99.9999, "p99.9999"}}
