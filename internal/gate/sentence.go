package gate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// spell writes a number with its unit.
func (m metric) spell(v float64) string {
	switch m.unit {
	case "":
		return digits(v)
	case "/s":
		return digits(v) + m.unit
	}
	return digits(v) + " " + m.unit
}

// digits spells v with at least three significant digits, and no more than that after
// the point.
func digits(v float64) string {
	if v == 0 {
		return "0"
	}
	after := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	if after > 6 || math.Abs(v) >= 1e9 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	text := strconv.FormatFloat(v, 'f', after, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// spell says what both sides have: "head 50.2 µs (n=10), base 41.8 µs (n=10), medians:
// +20 %, corrected p 0.0013, at most 46 µs"; and of pairs, whose change no two medians
// show: "head 50.2 µs, base 41.8 µs (medians); of 10 pairs the median change is +18 %,
// corrected p 0.0013, at most +10 %".
func (c *Comparison) spell(m metric) string {
	var b strings.Builder
	switch head, base := m.spell(c.Head.Median), m.spell(c.Base.Median); {
	case c.Pairs > 0:
		fmt.Fprintf(&b, "head %s, base %s (medians); of %d pairs the median change is %s", head, base, c.Pairs, percent(*c.Change))
	default:
		fmt.Fprintf(&b, "head %s (n=%d), base %s (n=%d), medians", head, c.Head.N, base, c.Base.N)
		if c.Change != nil {
			fmt.Fprintf(&b, ": %s", percent(*c.Change))
		}
	}
	if c.CorrectedP != nil {
		fmt.Fprintf(&b, ", corrected p %s", chance(*c.CorrectedP))
	}
	if c.Threshold != nil {
		fmt.Fprintf(&b, ", %s", c.bound(m))
	}
	return b.String()
}

// bound spells the worst that passes: of pairs the worst change, else the worst number.
func (c *Comparison) bound(m metric) string {
	if c.Pairs == 0 || c.Base == nil {
		return m.bound(*c.Threshold)
	}
	words := "at most "
	if m.more {
		words = "at least "
	}
	return words + percent(*c.Threshold/c.Base.Median-1)
}

// Numbers says what was measured and what its bound is: "50.2 µs, at most 55 µs".
func (f *Finding) Numbers() string {
	m := metricNamed(f.Metric)
	if f.Head == nil || f.Threshold == nil || f.Kind == correctness { // whose worst repeat counts
		return f.Sentence
	}
	text := m.spell(f.Head.Median)
	if f.Change != nil {
		text += " (" + f.Moved() + ")"
	}
	text += ", " + f.bound(m)
	if f.Outcome == Pass && f.Confirmation != nil {
		text += ", not confirmed by a second block"
	}
	return text
}

// Side spells the median of one side and the number of its repeats; empty for none.
func (f *Finding) Side(n *Number) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf("%s (n=%d)", metric{unit: f.Unit}.spell(n.Median), n.N)
}

// Moved spells the change; empty if there is none.
func (f *Finding) Moved() string {
	switch {
	case f.Change == nil:
		return ""
	case f.Pairs > 0:
		return fmt.Sprintf("%s, of %d pairs", percent(*f.Change), f.Pairs)
	}
	return percent(*f.Change)
}

// Chance spells the corrected p value, and Bound the worst that passes; empty if there is
// none.
func (f *Finding) Chance() string {
	if f.CorrectedP == nil {
		return ""
	}
	return chance(*f.CorrectedP)
}

func (f *Finding) Bound() string {
	if f.Threshold == nil {
		return ""
	}
	m := metricNamed(f.Metric)
	m.unit = f.Unit
	return f.bound(m)
}

// bound spells// bound spells the worst number that passes.
func (m metric) bound(v float64) string {
	if m.more {
		return "at least " + m.spell(v)
	}
	return "at most " + m.spell(v)
}

// Room is how far a number stays on the good side of its bound, as a share of the bound;
// negative beyond it. known is false for a decision without numbers.
func (f *Finding) Room() (share float64, known bool) {
	if f.Head == nil || f.Threshold == nil {
		return 0, false
	}
	if f.Kind == correctness && f.Outcome == Fail { // by the worst repeat, which no median shows
		return math.Inf(-1), true
	}
	v := f.Head.Median
	if f.Base != nil && f.Change != nil {
		v = f.Base.Median * (1 + *f.Change)
	}
	room := *f.Threshold - v
	if metricNamed(f.Metric).more {
		room = -room
	}
	if *f.Threshold == 0 {
		return room, true
	}
	return room / *f.Threshold, true
}

// percent spells a relative change with its sign.
func percent(change float64) string {
	if change == 0 {
		return "±0 %"
	}
	sign := "+"
	if change < 0 {
		sign = "−"
	}
	return sign + digits(math.Abs(change)*100) + " %"
}

// chance spells a p value.
func chance(p float64) string {
	if p < 0.0001 {
		return "below 0.0001"
	}
	return strconv.FormatFloat(p, 'g', 2, 64)
}

// verdicts counts those of the trials: "valid", "valid in 2 of 3 repeats, else invalid".
func verdicts(trials []*result.Cell) string {
	var kinds []string
	for _, c := range trials {
		if !slices.Contains(kinds, c.Verdict) {
			kinds = append(kinds, c.Verdict)
		}
	}
	if len(kinds) == 1 {
		return kinds[0]
	}
	var list []string
	for _, k := range kinds {
		n := 0
		for _, c := range trials {
			if c.Verdict == k {
				n++
			}
		}
		list = append(list, fmt.Sprintf("%s in %d", k, n))
	}
	return strings.Join(list, " and ") + " of " + plural(len(trials), "repeat")
}

// because is the first reason of a cell, as the end of a sentence.
func because(c *result.Cell) string {
	if len(c.Reasons) == 0 {
		return ""
	}
	return ": " + c.Reasons[0]
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// noEvidence says why a run shows nothing about a limiter; empty if all runs may.
func noEvidence(blocks []Block) string {
	for _, b := range blocks {
		for _, r := range b.runs() {
			if !r.Run.RealRedis {
				return fmt.Sprintf("run %s is no evidence: its server was no real Redis (%s)", r.Run.Name, r.Run.Server)
			}
		}
	}
	return ""
}

// names are those of the first runs of both sides.
func names(blocks []Block) (head, base string) {
	if len(blocks) == 0 {
		return "", ""
	}
	if blocks[0].Base != nil {
		base = blocks[0].Base.Run.Name
	}
	return blocks[0].Head.Run.Name, base
}

// notes say what differs between the sides and changes no decision.
func notes(blocks []Block, cells []*cell) (list []string) {
	for _, b := range blocks {
		if b.Base != nil && b.Base.Run.Seed != b.Head.Run.Seed {
			list = append(list, fmt.Sprintf("the seeds differ (%d and %d): the schedules are not the same, and what is counted may differ by chance",
				b.Base.Run.Seed, b.Head.Run.Seed))
		}
		if b.Unlike != "" {
			list = append(list, "the machines differ, so that no times are compared: "+b.Unlike)
		}
	}
	missing, added, both := 0, 0, 0
	for _, c := range cells {
		switch {
		case len(c.heads()) == 0:
			missing++
		case len(c.bases()) == 0:
			added++
		default:
			both++
		}
	}
	if missing > 0 {
		list = append(list, absent(missing, "the baseline", "the run")+"judged")
	}
	if added > 0 && both > 0 { // else there is no baseline, or a decision says it
		list = append(list, absent(added, "the run", "the baseline")+"compared")
	}
	return list
}

// absent says how many cells only one side has, and begins to say what was not done.
func absent(n int, side, other string) string {
	if n == 1 {
		return fmt.Sprintf("1 cell of %s is not in %s, and was not ", side, other)
	}
	return fmt.Sprintf("%d cells of %s are not in %s, and were not ", n, side, other)
}
