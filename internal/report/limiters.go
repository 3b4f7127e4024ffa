package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/stats"
)

// The texts that explain the tables of limiters.
const (
	aboutRows      = "A row sums up all drivers and repeats of one limiter. "
	aboutOvershoot = "Overshoot is the most cost that was certainly " +
		"admitted beyond the contract in one interval, which for a bucket may be the whole trial, and its share of the limit. "
	aboutRest = "Unanswered is the largest share of " +
		"operations that ended without a decision in any cell. Latency counts from the instant at which an operation was due, whatever its outcome. " +
		"Latencies, round trips and server CPU per operation are medians over those cells, with the lowest and the " +
		"highest in brackets. Trips are writes to sockets: fewer than one per operation where a client pipelines. Over nominal " +
		"is the most cost admitted within the length of one window, beyond the limit: a property, not a failure. An en dash " +
		"stands for what is not known."
	// On a terminal there is less room.
	shortOvershoot = "Overshoot is the worst cell's, as a share of the limit. "
	shortRest      = "Unanswered is the worst cell's share of operations " +
		"without a decision. Others are medians over clients and repeats: latency from the instant at which an " +
		"operation was due, trips as writes to sockets per operation."
)

// legend explains the tables of limiters; empty if there are none. Where no contract is
// tested no column shows overshoot.
func legend(tables []table, f form) string {
	if len(tables) == 0 {
		return ""
	}
	rows, over, rest := aboutRows, aboutOvershoot, aboutRest
	if f == terminal {
		rows, over, rest = "", shortOvershoot, shortRest
	}
	shows := func(c column) bool { return c.head == overshootHead }
	if !slices.ContainsFunc(tables, func(t table) bool { return slices.ContainsFunc(t.columns, shows) }) {
		over = ""
	}
	return rows + over + rest
}

// overshootHead is the head of the column that says how far a contract was broken.
const overshootHead = "overshoot"

// limiterTables returns one table of limiters, worst first, per scenario and
// topology.
func limiterTables(cells []result.Cell) []table {
	var tables []table
	for _, place := range groupBy(where(cells, steady), byPlace) {
		rows := groupBy(place.cells, byLimiter)
		slices.SortStableFunc(rows, worstFirst)
		tables = append(tables, table{
			title: place.name + ": " + load(place.cells), columns: limiterColumns(place), rows: rows, note: whyUnknown(place.cells),
		})
	}
	return tables
}

// limiterColumns leaves out the verdicts where no contract is tested, and throughput
// where the schedule sets it.
func limiterColumns(place group) []column {
	columns := []column{nameOf("limiter")}
	if place.any((*result.Cell).Tests) {
		columns = append(columns,
			column{head: "verdict", words: true, value: verdictOf},
			column{head: overshootHead, value: overshootOf},
			column{head: "false rejections", wide: true, value: rejectionsOf})
	}
	columns = append(columns, column{head: "unanswered", value: unansweredOf})
	if place.closed() {
		columns = append(columns, medianOf("decisions", decisions, perSecond))
	}
	return append(columns,
		medianOf("p50", p50, micros), medianOf("p99", p99, micros),
		medianOf("trips", trips, plain), medianOf("server CPU", serverCPU, micros))
}

// mostReasons is how many reasons a note gives.
const mostReasons = 2

// whyUnknown explains the cells without a verdict that was not expected either, the
// most frequent reason first. The others are listed as failures.
func whyUnknown(cells []result.Cell) string {
	open := where(cells, func(c *result.Cell) bool { return !judged(c) && c.AsExpected })
	reasons := groupBy(open, reason)
	slices.SortStableFunc(reasons, func(a, b group) int { return cmp.Compare(len(b.cells), len(a.cells)) })
	var texts []string
	shown := reasons
	if len(reasons) > mostReasons+1 { // naming one more takes no more room than counting it
		shown = reasons[:mostReasons]
	}
	for _, g := range shown {
		texts = append(texts, fmt.Sprintf("%s (%s)", g.name, plural(len(g.cells), "cell")))
	}
	if n := len(reasons) - len(shown); n > 0 {
		texts = append(texts, "and "+plural(n, "other reason"))
	}
	if len(texts) == 0 {
		return ""
	}
	return "Without a verdict: " + strings.Join(texts, "; ") + "."
}

// worstFirst orders rows: what is not as expected, what is invalid, what is unknown,
// and among equals the largest overshoot and then the longest tail.
func worstFirst(a, b group) int {
	return cmp.Or(
		cmp.Compare(severity(b), severity(a)),
		cmp.Compare(worstRatio(b), worstRatio(a)),
		cmp.Compare(tail(b), tail(a)),
	)
}

func severity(g group) int {
	switch {
	case !g.all(func(c *result.Cell) bool { return c.AsExpected || !judged(c) }):
		return 3
	case g.any(func(c *result.Cell) bool { return c.Verdict == "invalid" }):
		return 2
	case !g.all(judged):
		return 1
	}
	return 0
}

func worstRatio(g group) float64 { return worstOvershoot(g).Ratio }

// worstOvershoot is the largest excess of any judged cell.
func worstOvershoot(g group) result.Overshoot {
	var worst result.Overshoot
	for _, c := range where(g.cells, judged) {
		if c.Overshoot.Ratio > worst.Ratio {
			worst = c.Overshoot
		}
	}
	return worst
}

// tail is the number that the table shows: an order by another would look random.
func tail(g group) float64 {
	if v := g.values(p99); len(v) > 0 {
		return stats.Median(v)
	}
	return 0
}

// verdictOf is one word if all cells agree, else their counts, and says whether that
// was expected.
func verdictOf(g group, _ bool) string {
	text := g.cells[0].Verdict
	if !g.all(func(c *result.Cell) bool { return c.Verdict == text }) {
		text = verdicts(g.cells)
	}
	switch {
	case severity(g) == 3:
		return text + ", unexpected"
	case severity(g) == 2 && g.all(func(c *result.Cell) bool { return c.Expected == "invalid" }):
		return text + ", expected"
	}
	return text
}

// overshootOf spells the largest excess. Without a judged cell, nothing is known.
func overshootOf(g group, long bool) string {
	worst := worstOvershoot(g)
	switch {
	case !g.any(judged):
		return missing
	case worst.Certain == 0:
		return "0"
	case long:
		return fmt.Sprintf("+%s (%s)", plain.text(float64(worst.Certain)), share.text(worst.Ratio))
	}
	return excess(worst.Ratio)
}

// excess spells a ratio above what is permitted.
func excess(ratio float64) string {
	if ratio == 0 {
		return "0"
	}
	return "+" + share.text(ratio)
}

// unansweredOf spells the largest share of any cell: a median would hide one client
// that only errs.
func unansweredOf(g group, _ bool) string {
	v := g.values(unanswered)
	if len(v) == 0 {
		return missing
	}
	return share.text(slices.Max(v))
}

// rejectionsOf adds up over cells: each counts operations of its own.
func rejectionsOf(g group, _ bool) string {
	sum, known := int64(0), false
	for _, c := range g.cells {
		if c.FalseRejections != nil && judged(&c) {
			sum, known = sum+c.FalseRejections.Certain, true
		}
	}
	if !known {
		return missing
	}
	return plain.text(float64(sum))
}

// load says what was offered to the cells of one scenario.
func load(cells []result.Cell) string {
	c := &cells[0]
	text := fmt.Sprintf("limit %s per %s for each key", plain.text(float64(c.Limit)), time.Duration(c.WindowMS)*time.Millisecond)
	if c.Burst != c.Limit {
		text += ", burst " + plain.text(float64(c.Burst))
	}
	if c.Closed() {
		text += ", closed loop"
	} else {
		text += ", " + perSecond.text(c.Offered) + " offered to all keys"
	}
	return text
}
