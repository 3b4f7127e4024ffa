package report

import (
	"slices"

	"github.com/rlbench/rlbench/internal/result"
)

// drivers returns a section for each driver that met faults: what its clients made of each,
// setting by setting. Where a sweep compares failure policies, those have a table of their
// own.
func drivers(cells []result.Cell) (sections []section) {
	met := where(cells, func(c *result.Cell) bool { return struck(c) && measured(c) && (unswept(c) || !guarded(c)) })
	for _, d := range groupBy(met, func(c *result.Cell) string { return c.Driver }) {
		sections = append(sections, section{d.name + " under faults", part{table: clientsOf(d)}})
	}
	if n := len(sections); n > 0 {
		sections[n-1].table.note = driversLegend
	}
	return sections
}

// driversLegend explains the tables of drivers.
const driversLegend = "Of several cells a row shows the worst. answered: within 100 ms; noticed: from the start of the first request that was not answered, or from the " +
	"fault, until one ended so; back: from the beginning of the fault to the first of ten answers in a row, each within 100 ms; executed: scripts and transactions that the " +
	"servers ran per request; twice: what they ran, and may have charged, beyond once per decision; opened: connections; in deadline: of the requests that still went on at their " +
	"deadline, those that ended within a tenth of it and 100 ms afterwards, where there were any; longest: from when a request was due to its end"

func clientsOf(driver group) *table {
	var rows []group
	for _, g := range groupBy(driver.cells, playedAt) {
		rows = append(rows, groupBy(g.cells, settingsOf)...)
	}
	worst := func(head string, m measure, q quantity) column {
		return column{head: head, value: func(g group, _ bool) string { return most(g.values(m), q) }}
	}
	return &table{rows: rows, columns: []column{
		nameOf("client"), wordOf("under", (*result.Cell).Played), wordOf("on", byTopology),
		{head: "answered", value: func(g group, _ bool) string { return least(g.values(available), share) }},
		column{head: "errors", words: true, value: errorsOf}.onPage(),
		worst("noticed", noticed, micros), {head: "back", value: backOf},
		worst("executed", executed, hundredths).onPage(), worst("twice", doubled, plain), worst("opened", opened, plain).onPage(),
		column{head: "in deadline", value: func(g group, _ bool) string { return least(g.values(withinDeadline), share) }}.onPage(),
		worst("longest", longest, micros).onPage(),
	}}
}

// playedAt is the scenario with its step, and the topology.
func playedAt(c *result.Cell) string { return c.Played() + "/" + c.Topology }

func byTopology(c *result.Cell) string { return c.Topology }

// settingsOf names the client's profile, and the policy if there is one.
func settingsOf(c *result.Cell) string {
	if c.Policy == "" {
		return c.Client
	}
	return c.Client + "/" + c.Policy
}

func executed(c *result.Cell) *float64 { return c.ExecutionsPerDecision }

// least spells the smallest value.
func least(v []float64, q quantity) string {
	if len(v) == 0 {
		return missing
	}
	return q.text(slices.Min(v))
}
