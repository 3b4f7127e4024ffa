package gate

import "github.com/rlbench/rlbench/internal/result"

// The kinds of rules.
const (
	correctness = "correctness"
	cost        = "cost"
	latency     = "latency"
)

var kinds = []string{correctness, cost, latency}

// metric is one thing that a rule may judge. Its name is the path of the number in a
// cell of result.json; those about verdicts have names of their own.
type metric struct {
	name, kind, unit string
	// more says that a higher number is the better one.
	more bool
	// noisy says that repeats on one machine differ by more than a few per cent, so that
	// two medians alone show nothing.
	noisy bool
	// of reads the number; nil for a metric about verdicts.
	of func(*result.Cell) *float64
}

// The metrics about verdicts.
const (
	asExpected    = "as_expected"
	stillValid    = "still_valid"
	stillViolated = "still_violated"
)

var metrics = append([]metric{
	{name: asExpected, kind: correctness},
	{name: stillValid, kind: correctness},
	{name: stillViolated, kind: correctness},
	{name: "overshoot.certain", kind: correctness, of: func(c *result.Cell) *float64 { return judged(c, float64(c.Overshoot.Certain)) }},
	{name: "overshoot.ratio", kind: correctness, of: func(c *result.Cell) *float64 { return judged(c, c.Overshoot.Ratio) }},
	{name: "round_trips", kind: cost, of: func(c *result.Cell) *float64 { return c.RoundTrips }},
	{name: "bytes_in", kind: cost, unit: "B", of: func(c *result.Cell) *float64 { return c.BytesIn }},
	{name: "bytes_out", kind: cost, unit: "B", of: func(c *result.Cell) *float64 { return c.BytesOut }},
	{name: "allocs", kind: cost, of: func(c *result.Cell) *float64 { return c.Allocs }},
	{name: "server_cpu_us", kind: cost, unit: "µs", noisy: true, of: func(c *result.Cell) *float64 { return c.ServerCPUus }},
	{name: "client_cpu_us", kind: cost, unit: "µs", noisy: true, of: func(c *result.Cell) *float64 { return c.ClientCPUus }},
	{name: "executions_per_decision", kind: cost, of: func(c *result.Cell) *float64 { return c.ExecutionsPerDecision }},
	{name: "bytes_per_key", kind: cost, unit: "B", of: func(c *result.Cell) *float64 { return c.BytesPerKey }},
	{name: "decisions_per_second", kind: latency, unit: "/s", more: true, noisy: true, of: func(c *result.Cell) *float64 { return c.DecisionsPerSecond }},
	{name: "availability", kind: latency, more: true, noisy: true, of: func(c *result.Cell) *float64 { return c.Availability }},
	{name: "first_success_ms", kind: latency, unit: "ms", noisy: true, of: func(c *result.Cell) *float64 { return c.FirstSuccessMS }},
	{name: "recovery_ms", kind: latency, unit: "ms", noisy: true, of: func(c *result.Cell) *float64 { return c.RecoveryMS }},
}, append(
	quantiles("response", func(l *result.Latency) *result.Quantiles { return l.Response }),
	quantiles("service", func(l *result.Latency) *result.Quantiles { return l.Service })...)...)

// judged is the number of a cell that has a verdict: one that nobody could judge has no
// overshoot of 0.
func judged(c *result.Cell, v float64) *float64 {
	if c.Verdict == "unknown" {
		return nil
	}
	return &v
}

// quantiles are those of one reading of the latency.
func quantiles(reading string, of func(*result.Latency) *result.Quantiles) (list []metric) {
	for _, q := range []struct {
		name string
		of   func(*result.Quantiles) *float64
	}{
		{"p50_us", func(q *result.Quantiles) *float64 { return &q.P50us }},
		{"p90_us", func(q *result.Quantiles) *float64 { return &q.P90us }},
		{"p99_us", func(q *result.Quantiles) *float64 { return q.P99us }},
		{"p999_us", func(q *result.Quantiles) *float64 { return q.P999us }},
	} {
		list = append(list, metric{
			name: "latency." + reading + "." + q.name, kind: latency, unit: "µs", noisy: true,
			of: func(c *result.Cell) *float64 {
				if l := of(&c.Latency); l != nil {
					return q.of(l)
				}
				return nil
			},
		})
	}
	return list
}

// metricNamed is the metric of a name in a rule that was read.
func metricNamed(name string) metric {
	for _, m := range metrics {
		if m.name == name {
			return m
		}
	}
	return metric{}
}

// metricsOf are the names of the metrics of a kind.
func metricsOf(kind string) (names []string) {
	for _, m := range metrics {
		if m.kind == kind {
			names = append(names, m.name)
		}
	}
	return names
}

// worse says that head is worse than base.
func (m metric) worse(head, base float64) bool {
	if m.more {
		return head < base
	}
	return head > base
}
