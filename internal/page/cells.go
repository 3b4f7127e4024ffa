package page

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rlbench/rlbench/internal/report"
	"github.com/rlbench/rlbench/internal/result"
)

// table is all cells, one row each, in the order of the run.
type table struct {
	Columns []column
	Rows    []row
	Filters []filter
}

// column is one number of every cell.
type column struct {
	// Key names the column in addresses, Field in result.json.
	Key, Field, Head, Title string

	value func(*result.Cell) *float64
	spell func(float64) string
}

// row is one cell.
type row struct {
	Cell    *result.Cell
	ID      string
	Verdict string
	Tone    string
	Order   int // of the verdict: the worst is the highest
	Values  []value
}

// value is one number: V is exactly the result's, empty if it is not known.
type value struct{ Text, V string }

// filter chooses rows by one word.
type filter struct {
	Key, Label string
	Options    []string
}

// id names a cell in addresses: its selector and its repeat.
func id(c *result.Cell) string {
	return fmt.Sprintf("%s.r%d", strings.Map(plain, c.Name()), c.Repeat)
}

// plain replaces what a browser would change by itself, so that an address would lead
// nowhere.
func plain(r rune) rune {
	if unicode.IsControl(r) {
		return utf8.RuneError
	}
	return r
}

var columns = []column{
	{"overshoot", "overshoot.certain", "overshoot", "cost certainly admitted beyond the contract in one interval", func(c *result.Cell) *float64 { return whole(&c.Overshoot.Certain) }, excess(report.Number)},
	{"ratio", "overshoot.ratio", "of the limit", "overshoot as a share of the limit", func(c *result.Cell) *float64 { return &c.Overshoot.Ratio }, excess(report.Share)},
	{"forgotten", "lost_acknowledged", "forgotten", "acknowledged admissions that servers forgot", func(c *result.Cell) *float64 { return whole(c.LostAcknowledged) }, report.Number},
	{"p50", "latency.response.p50_us", "p50", "median response time, from the instant at which an operation was due", p50, report.Micros},
	{"p99", "latency.response.p99_us", "p99", "99th percentile of the response time", p99, report.Micros},
	{"trips", "round_trips", "trips", "writes to sockets per operation", func(c *result.Cell) *float64 { return c.RoundTrips }, report.Number},
	{"server", "server_cpu_us", "server CPU", "CPU time of the server per operation", func(c *result.Cell) *float64 { return c.ServerCPUus }, report.Micros},
	{"client", "client_cpu_us", "client CPU", "CPU time of the client and the load generator per operation", func(c *result.Cell) *float64 { return c.ClientCPUus }, report.Micros},
	{"allocs", "allocs", "allocs", "allocations of the client per operation", func(c *result.Cell) *float64 { return c.Allocs }, report.Number},
	{"memory", "bytes_per_key", "bytes/key", "memory of one key on the server", func(c *result.Cell) *float64 { return c.BytesPerKey }, report.Octets},
	{"nominal", "nominal_overshoot_ratio", "over nominal", "most cost admitted within one window's length beyond the limit: a property, no failure", func(c *result.Cell) *float64 { return c.NominalOvershootRatio }, excess(report.Share)},
	{"available", "availability", "in 100 ms", "share answered within 100 ms of the intended time", func(c *result.Cell) *float64 { return c.Availability }, report.Share},
	{"recovery", "recovery_ms", "recovered", "from the beginning of the fault to the first of ten answers in a row, each within 100 ms", func(c *result.Cell) *float64 { return c.RecoveryMS }, func(ms float64) string { return report.Micros(ms * 1e3) }},
	{"speed", "decisions_per_second", "decisions/s", "answers per second", func(c *result.Cell) *float64 { return c.DecisionsPerSecond }, report.Number},
	{"rejected", "false_rejections.certain", "false rejections", "denials that nothing explains", rejections, report.Number},
	{"allowed", "allowed", "allowed", "operations that were allowed", func(c *result.Cell) *float64 { return whole(&c.Allowed) }, report.Number},
	{"denied", "denied", "denied", "operations that were denied", func(c *result.Cell) *float64 { return whole(&c.Denied) }, report.Number},
	{"failed", "failed", "failed", "operations that ended in an error and were not charged", func(c *result.Cell) *float64 { return whole(&c.Failed) }, report.Number},
	{"unknown", "unknown", "unclear", "operations that ended in an error and may have been charged", func(c *result.Cell) *float64 { return whole(&c.Unknown) }, report.Number},
}

func whole(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n))
}

func rejections(c *result.Cell) *float64 {
	if c.FalseRejections == nil {
		return nil
	}
	return whole(&c.FalseRejections.Certain)
}

func p50(c *result.Cell) *float64 {
	if c.Latency.Response == nil {
		return nil
	}
	return &c.Latency.Response.P50us
}

func p99(c *result.Cell) *float64 {
	if c.Latency.Response == nil {
		return nil
	}
	return c.Latency.Response.P99us
}

// excess marks what is beyond what is permitted.
func excess(spell func(float64) string) func(float64) string {
	return func(v float64) string {
		if v == 0 {
			return "0"
		}
		return "+" + spell(v)
	}
}

func newTable(cells []result.Cell) table {
	t := table{Filters: filters(cells)}
	for _, c := range columns {
		if slices.ContainsFunc(cells, func(x result.Cell) bool { v := c.value(&x); return v != nil && (*v != 0 || c.Key == "overshoot") }) {
			t.Columns = append(t.Columns, c)
		}
	}
	for i := range cells {
		t.Rows = append(t.Rows, newRow(&cells[i], t.Columns))
	}
	return t
}

func newRow(c *result.Cell, columns []column) row {
	r := row{Cell: c, ID: id(c)}
	r.Verdict, r.Tone, r.Order = outcome(c)
	for _, col := range columns {
		v := value{Text: "–"}
		if n := col.value(c); n != nil {
			v = value{col.spell(*n), strconv.FormatFloat(*n, 'g', -1, 64)}
		}
		r.Values = append(r.Values, v)
	}
	return r
}

// outcome is the verdict in words, and how grave it is.
func outcome(c *result.Cell) (text, tone string, order int) {
	text = c.Verdict
	if c.Void {
		text += ", void"
	}
	switch {
	case !c.AsExpected && c.Verdict == "unknown":
		return text + ", due", "bad", 4
	case !c.AsExpected:
		return text + ", unexpected", "bad", 5
	case c.Verdict == "invalid" && c.Expected == "invalid":
		return text + ", expected", "warn", 2
	case c.Verdict == "invalid":
		return text, "warn", 3
	case c.Verdict == "unknown":
		return text, "open", 1
	}
	return text, "good", 0
}

// filters lists the words of each kind that occur, where there is a choice.
func filters(cells []result.Cell) (list []filter) {
	for _, f := range []struct {
		key, label string
		of         func(*result.Cell) string
	}{
		{"scenario", "Scenario", (*result.Cell).Played}, {"topology", "Topology", func(c *result.Cell) string { return c.Topology }},
		{"algorithm", "Algorithm", func(c *result.Cell) string { return c.Algorithm }}, {"technique", "Technique", func(c *result.Cell) string { return c.Technique }},
		{"driver", "Client", driver}, {"verdict", "Verdict", func(c *result.Cell) string { return c.Verdict }},
	} {
		var words []string
		for i := range cells {
			if w := f.of(&cells[i]); !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
		if len(words) > 1 {
			list = append(list, filter{f.key, f.label, words})
		}
	}
	return list
}

// driver is the client, with its settings where they are not the default.
func driver(c *result.Cell) string {
	return c.Subject()[len(c.Algorithm)+len(c.Technique)+2:]
}

// Driver is for the template.
func (r row) Driver() string { return driver(r.Cell) }

// detail is what the page shows of one cell on demand: everything in result.json but the
// curves of charts and the rows of the witness.
type detail struct {
	Command string      `json:"command"`
	Cell    result.Cell `json:"cell"`
}

// details returns the cells as JSON, in which no byte can end a script.
func details(r *result.Result) ([]byte, error) {
	list := make([]detail, len(r.Cells))
	for i, c := range r.Cells {
		c.Timeline = nil
		c.Latency = result.Latency{Response: withoutCurve(c.Latency.Response), Service: withoutCurve(c.Latency.Service)}
		if w := c.Overshoot.Witness; w != nil {
			short := *w
			short.Ops = nil
			c.Overshoot.Witness = &short
		}
		list[i] = detail{report.Command(r, &r.Cells[i]), c}
	}
	return json.Marshal(list)
}

func withoutCurve(q *result.Quantiles) *result.Quantiles {
	if q == nil {
		return nil
	}
	short := *q
	short.Curve = nil
	return &short
}
