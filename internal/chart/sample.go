package chart

import (
	"fmt"
	"slices"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// trial identifies what is repeated when an attempt was void.
type trial struct {
	played, topology, algorithm, technique, driver, client, policy string
	limit, window, burst                                           int64
	instances, repeat                                              int
}

// final keeps the last attempt of each trial: those before it were void.
func final(cells []result.Cell) []result.Cell {
	last := map[trial]int{}
	var kept []result.Cell
	for _, c := range cells {
		id := trial{c.Played(), c.Topology, c.Algorithm, c.Technique, c.Driver, c.Client, c.Policy, c.Limit, c.WindowMS, c.Burst, c.Instances, c.Repeat}
		i, seen := last[id]
		switch {
		case !seen:
			last[id] = len(kept)
			kept = append(kept, c)
		case c.Attempt > kept[i].Attempt:
			kept[i] = c
		}
	}
	return kept
}

// where keeps the elements that satisfy the condition.
func where[E any](all []E, condition func(E) bool) []E {
	var kept []E
	for _, c := range all {
		if condition(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// tests says that the trial puts a contract to the test. Yardsticks that promise
// nothing do not: their 0 would read as "holds".
func tests(c result.Cell) bool { return c.Tests() }

// swept says that the trial is a step of a sweep, which has a chart of its own: one
// mark over all steps would mix loads.
func swept(c result.Cell) bool { return c.Step != nil }

func measures(c result.Cell) bool { return c.Measures() }
func open(c result.Cell) bool     { return !c.Closed() }

// measuring returns the cells of one scenario, for two would mix loads: the first of
// the run that tests no contract, in a closed loop or in an open one. A yardstick is
// never tested, so the scenario's other cells decide; and a closed loop has no cell
// that shows an open one, which a void cell need not show.
func measuring(cells []result.Cell, closed bool) []result.Cell {
	var seen []string
	for _, c := range cells {
		if slices.Contains(seen, c.Scenario) || swept(c) {
			continue
		}
		seen = append(seen, c.Scenario)
		own := where(cells, func(x result.Cell) bool { return x.Scenario == c.Scenario })
		if len(where(own, measures)) == len(own) && slices.ContainsFunc(own, open) != closed {
			return own
		}
	}
	return nil
}

// judged says that the trial has shown whether the contract holds. Of one that
// has not, zero overshoot would look like a limiter that holds.
func judged(c result.Cell) bool { return c.Verdict != string(check.Unknown) }

// paced says that the trial was not void, so that its speed and cost mean
// something. They need no verdict: below the limit nothing is denied, nobody can
// judge the limiter, and its latency is as real as any.
func paced(c result.Cell) bool { return !c.Void }

// client names the driver, with the profile of its settings if it is not the
// usual one.
func client(c result.Cell) string {
	if c.Client == "" || c.Client == history.DefaultClient {
		return c.Driver
	}
	return c.Driver + "/" + c.Client
}

// withTopology adds the topology to a name if the cells have several.
func withTopology(cells []result.Cell, name func(result.Cell) string) func(result.Cell) string {
	if len(distinct(cells, topology)) < 2 {
		return name
	}
	return func(c result.Cell) string { return name(c) + "/" + c.Topology }
}

func scenario(c result.Cell) string  { return c.Scenario }
func algorithm(c result.Cell) string { return c.Algorithm }
func technique(c result.Cell) string { return c.Technique }
func topology(c result.Cell) string  { return c.Topology }

// sample is what the trials behind one mark measured, sorted, and how many of
// them measured nothing.
type sample struct {
	values  []float64
	unknown int
}

// samples measures the cells by place. value returns nil for unknown.
func samples[P comparable](cells []result.Cell, place func(result.Cell) P, value func(result.Cell) *float64) map[P]sample {
	by := map[P]sample{}
	for _, c := range cells {
		s := by[place(c)]
		if v := value(c); v != nil {
			s.values = append(s.values, *v)
		} else {
			s.unknown++
		}
		by[place(c)] = s
	}
	for _, s := range by {
		slices.Sort(s.values)
	}
	return by
}

// known says that at least one trial measured something.
func (s sample) known() bool { return len(s.values) > 0 }

// median, low and high need a known sample.
func (s sample) median() float64 { return stats.Median(s.values) }
func (s sample) low() float64    { return s.values[0] }
func (s sample) high() float64   { return s.values[len(s.values)-1] }

// tally counts the trials behind the marks of a chart: the fewest and the most
// behind one mark, and all of them.
type tally struct{ least, most, unknown, all int }

// add counts the trials of one mark.
func (t tally) add(s sample) tally {
	n := len(s.values)
	if n > 0 && (t.least == 0 || n < t.least) {
		t.least = n
	}
	return tally{t.least, max(t.most, n), t.unknown + s.unknown, t.all + s.unknown + n}
}

// describe says what a mark is: "Bar and number = median of 9 trials with go-redis; ...".
func (t tally) describe(mark, over string) string {
	number := fmt.Sprint(t.most)
	if t.least != t.most {
		number = fmt.Sprintf("%d to %d", t.least, t.most)
	}
	text := fmt.Sprintf("%s = median of %s trials %s; whisker = range.", mark, number, over)
	switch t.most {
	case 0:
		text = "No trial could be judged:"
	case 1:
		text = fmt.Sprintf("%s = one trial %s.", mark, over)
	}
	return text + leftOut(t.unknown, t.all)
}

// leftOut says how many trials are not drawn.
func leftOut(unknown, all int) string {
	if unknown == 0 {
		return ""
	}
	return fmt.Sprintf(" %d of %s unknown and left out.", unknown, count(all, "trial"))
}
