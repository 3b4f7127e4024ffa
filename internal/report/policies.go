package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

func guarded(c *result.Cell) bool { return c.ByPolicy != nil }

// policies compares what users got under each failure policy, and at which price, client
// by client; over all faults of the scenario.
func policies(place group) part {
	var rows []group
	for _, p := range groupBy(place.cells, policyOf) {
		rows = append(rows, groupBy(p.cells, clientOf)...)
	}
	return part{table: &table{
		rows: rows,
		columns: []column{
			wordOf("policy", policyOf), wordOf("client", clientOf),
			{head: "verdict", words: true, value: verdictOf},
			medianOf("answered", available, share),
			{head: "overshoot", value: func(g group, _ bool) string { return most(g.values(excessUnder), share) }},
			{head: "bound", value: boundOf},
			{head: "noticed", value: func(g group, _ bool) string { return most(g.values(noticed), micros) }}, {head: "limiter back", value: backOf},
			column{head: "errors", words: true, value: errorsOf}.onPage(),
		},
		note: "answered: within 100 ms, and not a denial by a policy that counts nothing; overshoot: the most beyond the contract, by limiter and policy, in per cent of the limit; " +
			"bound: how many times the contract the policy promises to stay within; noticed: from the start of the first request that the limiter did not decide, or from the fault, to the first that ended so; " +
			"limiter back: from the beginning of the fault to the first of ten answers in a row, each within 100 ms; both at the latest",
	}}
}

// clientOf leaves the policy out.
func clientOf(c *result.Cell) string { return strings.TrimSuffix(byClient(c), "/"+c.Policy) }

func policyOf(c *result.Cell) string { return cmp.Or(c.Policy, history.NoPolicy) }

func excessUnder(c *result.Cell) *float64 {
	switch {
	case !judged(c):
		return nil
	case guarded(c):
		return &c.ByPolicy.Ratio
	}
	return &c.Overshoot.Ratio
}

func noticed(c *result.Cell) *float64 {
	if c.Noticed == nil || c.Noticed.DetectMS == nil {
		return nil
	}
	return new(*c.Noticed.DetectMS * 1000)
}

// boundOf is the bound, which may depend on the step: on how many processes there are, and
// on what the server forgets.
func boundOf(g group, _ bool) string {
	var times []int64
	for i := range g.cells {
		if b := g.cells[i].ByPolicy; b != nil && b.Times != nil {
			times = append(times, int64(*b.Times))
		}
	}
	if len(times) == 0 {
		return missing
	}
	least, highest := slices.Min(times), slices.Max(times)
	if least == highest {
		return fmt.Sprintf("%d x", least)
	}
	return fmt.Sprintf("%d to %d x", least, highest)
}

// backOf is the latest recovery, and how many trials ended before one.
func backOf(g group, _ bool) string {
	v := g.values(func(c *result.Cell) *float64 {
		if c.RecoveryMS == nil {
			return nil
		}
		return new(*c.RecoveryMS * 1000)
	})
	text := most(v, micros)
	if never := len(g.cells) - len(v); never > 0 {
		text += fmt.Sprintf(", %d of %d never", never, len(g.cells))
	}
	return text
}

// errorsOf names the errors that users saw, the most frequent first.
func errorsOf(g group, _ bool) string {
	sum := map[string]int64{}
	for i := range g.cells {
		if n := g.cells[i].Noticed; n != nil {
			for word, count := range n.Errors {
				sum[word] += count
			}
		}
	}
	words := slices.SortedFunc(maps.Keys(sum), func(a, b string) int { return cmp.Or(cmp.Compare(sum[b], sum[a]), cmp.Compare(a, b)) })
	if len(words) == 0 {
		return missing
	}
	return strings.Join(words, ", ")
}
