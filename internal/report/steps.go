package report

import (
	"slices"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// struckSteps compares what happened at the steps of a sweep with faults, technique by
// technique: what was admitted, what was forgotten, and how long somebody waited.
func struckSteps(place group) part {
	rows := groupBy(place.cells, func(c *result.Cell) string { return stepName(c) + "/" + c.Technique })
	return part{text: admittedAgain(place), table: &table{rows: rows, columns: []column{
		wordOf(place.cells[0].Step.Axis, stepName), wordOf("technique", byTechnique),
		{head: "verdict", words: true, value: verdictOf},
		{head: "overshoot", value: overshootOf},
		{head: "cause", words: true, value: causeOf},
		{head: "forgotten", value: mostForgotten},
		column{head: "evictions", value: func(g group, _ bool) string { return most(g.values(evictions), plain) }}.onPage(),
		{head: "unanswered", value: unansweredOf},
		medianOf("p50", p50, micros), {head: "longest", value: func(g group, _ bool) string { return most(g.values(longest), micros) }},
	}}}
}

// stepName spells the step of a cell.
func stepName(c *result.Cell) string { return history.Step(*c.Step).String() }

func evictions(c *result.Cell) *float64 { return count64(c.Evictions) }

func longest(c *result.Cell) *float64 {
	if q := c.Latency.Response; q != nil {
		return &q.MaxUS
	}
	return nil
}

// most spells the largest value.
func most(v []float64, q quantity) string {
	if len(v) == 0 {
		return missing
	}
	return q.text(slices.Max(v))
}
