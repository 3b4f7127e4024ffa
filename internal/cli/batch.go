package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/scenarios"
)

// batches parts a plan into what is run at once: a single cell, or the cohort of all
// subjects that go through a scenario's faults side by side.
func batches(cells []scenarios.Cell) (list [][]scenarios.Cell) {
	for len(cells) > 0 {
		n := 1
		for n < len(cells) && together(cells[0], cells[n]) {
			n++
		}
		list = append(list, cells[:n])
		cells = cells[n:]
	}
	return list
}

func together(a, b scenarios.Cell) bool {
	return len(a.Faults()) > 0 && a.Cell.Scenario == b.Cell.Scenario && a.Step == b.Step && a.Topology == b.Topology && a.Repeat == b.Repeat
}

const (
	// overhead is the usual time of a trial besides its load: opening and warming a
	// client, reading counters, judging, writing.
	overhead = 300 * time.Millisecond
	// overheadOfCohort is the same of a cohort, and the start of servers of its own.
	overheadOfCohort = 8 * time.Second
)

func estimate(batch []scenarios.Cell) time.Duration {
	if len(batch[0].Faults()) > 0 {
		return batch[0].Scenario.Length() + overheadOfCohort
	}
	return batch[0].Scenario.Length() + overhead
}

func estimateAll(cells []scenarios.Cell) (total time.Duration) {
	for _, b := range batches(cells) {
		total += estimate(b)
	}
	return total
}

// attempts is how often a cell is tried whose trial turns out to be void: once, and
// three more times.
const attempts = 4

// attemptsOverloaded is the same where the load may be too much: the second time it
// is not the machine's mood.
const attemptsOverloaded = 2

func mostAttempts(s scenarios.Scenario) int {
	if s.Overloads {
		return attemptsOverloaded
	}
	return attempts
}

// attempt is a cell to be played, and why it has to be again.
type attempt struct {
	scenarios.Cell
	voids []string
}

// runBatch tries a batch, and again those of its cells whose trial was void. The last
// attempt of each is recorded.
func (s *session) runBatch(ctx context.Context, batch []scenarios.Cell) error {
	var left []attempt
	for _, c := range batch {
		left = append(left, attempt{Cell: c})
	}
	s.progress.start(batch)
	for len(left) > 0 {
		histories, err := s.try(ctx, left)
		if err != nil {
			return err
		}
		var again []attempt
		for i, h := range histories {
			h.Trial.Voids = left[i].voids
			void, err := s.judgeAttempt(left[i].Cell, h)
			if err != nil {
				return err
			}
			if void != "" {
				left[i].Attempt++
				left[i].voids = append(left[i].voids, void)
				again = append(again, left[i])
			}
		}
		s.noteRepeats(again)
		left = again
	}
	s.progress.finish(batch)
	return nil
}

// noteRepeats says which cells are played again and why, in one line.
func (s *session) noteRepeats(again []attempt) {
	if len(again) == 0 {
		return
	}
	first, more := again[0], ""
	if n := len(again) - 1; n > 0 {
		more = fmt.Sprintf(" and %d more side by side", n)
	}
	s.progress.note(fmt.Sprintf("%s%s: repeated, attempt %d of %d: %s",
		first.Cell.Cell, more, first.Attempt, mostAttempts(first.Scenario), first.voids[len(first.voids)-1]))
}

// try plays the cells once. After faults the servers are not what they were: whoever
// comes next gets new ones.
func (s *session) try(ctx context.Context, batch []attempt) ([]*history.History, error) {
	first := batch[0].Cell
	if err := s.deploy(ctx, first); err != nil {
		return nil, err
	}
	if s.view != nil {
		s.bench.Watch(s.view)
	}
	if len(first.Faults()) == 0 {
		h, err := s.bench.Trial(ctx, first)
		return []*history.History{h}, err
	}
	s.spent = true
	var cells []scenarios.Cell
	for _, a := range batch {
		cells = append(cells, a.Cell)
	}
	return s.bench.Cohort(ctx, cells, s.deployment)
}

// judgeAttempt judges a trial and records it, or returns why it is to be repeated.
func (s *session) judgeAttempt(cell scenarios.Cell, h *history.History) (void string, err error) {
	judged := judge(h)
	most := mostAttempts(cell.Scenario)
	if judged.Void == "" || cell.Attempt == most {
		return "", s.record(h, judged)
	}
	return judged.Void, nil
}

func judge(h *history.History) check.Report {
	defer frugal()()
	return check.Judge(h)
}
