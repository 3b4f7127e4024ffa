package report

import (
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// One trial shows no spread: what it costs more may be noise.
func TestOneTrialShowsNothingClearly(t *testing.T) {
	var cells []result.Cell
	for users, cost := range map[int64]float64{1000: 10, 1_000_000: 20} {
		c := cell("lua", "goredis", "unknown", 0)
		c.Step, c.ServerCPUus = &result.Step{Axis: "keys", Value: users, Variant: "zipf"}, &cost
		cells = append(cells, c)
	}
	for trials, want := range map[int]string{1: "server more CPU in 1 of 1 rows", 2: "server clearly more CPU in 1 of 1 rows"} {
		all := cells
		for range trials - 1 {
			all = append(all, cells...)
		}
		if got := manyKeys(group{cells: all}).text; !strings.Contains(got, want) {
			t.Errorf("of %d trials it says %q, want %q", trials, got, want)
		}
	}
}

// A rate that cannot be offered is what a sweep of rates looks for.
func TestBusy(t *testing.T) {
	at := func(started float64, void bool, step *result.Step) result.Cell {
		c := cell("lua", "goredis", "unknown", 0)
		c.StartedRatio, c.Void, c.Step = &started, void, step
		return c
	}
	r := &result.Result{Cells: []result.Cell{
		at(0.98997, true, nil), at(0.98996, true, &result.Step{Axis: "limit", Value: 10}), at(0.1, true, &result.Step{Axis: "rate", Value: 9}),
		at(1, true, nil), at(0.995, false, nil),
	}}
	got := busy(r)
	if !strings.HasPrefix(got.text, "This machine was too busy for 2 trials:") || len(got.items) != 1 || !strings.HasSuffix(got.items[0].text, ": 98.9 % started in time, at least 99 % are needed") {
		t.Errorf("said %+v", got)
	}
	if got := busy(&result.Result{Cells: r.Cells[2:]}); !got.empty() {
		t.Errorf("said %+v of trials whose schedule was kept, or meant to break", got)
	}
}
