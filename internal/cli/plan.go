package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rlbench/rlbench/internal/history"
)

// plan is what a dry run says that a build would play.
type plan struct{ trials []planned }

// planned is a trial of a plan.
type planned struct {
	// cell is its name, line all that is said of it.
	cell, line string
	length     time.Duration
	// timed says that it measures, instead of judging.
	timed bool
}

// plannedLine is a line of dryRun.
var plannedLine = regexp.MustCompile(`^(\S+/\S+/\S+/\S+/\S+) repeat [0-9]+: limit .*, trial of (\S+), (.*)$`)

// parsePlan reads what dryRun has printed.
func parsePlan(text string) (p plan, err error) {
	for line := range strings.Lines(text) {
		m := plannedLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue // the seed, the sum
		}
		length, err := time.ParseDuration(m[2])
		if err != nil || length <= 0 {
			return plan{}, fmt.Errorf("a trial of %s is no length", m[2])
		}
		p.trials = append(p.trials, planned{cell: m[1], line: m[0], length: length, timed: m[3] == expects("any")})
	}
	if len(p.trials) == 0 {
		return plan{}, errors.New("no trial is planned")
	}
	return p, nil
}

// differs says in a clause what two plans would play differently; empty if nothing.
func (p plan) differs(from plan) string {
	for i := range max(len(p.trials), len(from.trials)) {
		switch {
		case i >= len(from.trials):
			return "only base plays " + p.trials[i].line
		case i >= len(p.trials):
			return "only head plays " + from.trials[i].line
		case p.trials[i] != from.trials[i]:
			return fmt.Sprintf("base plays %s; head plays %s", p.trials[i].line, from.trials[i].line)
		}
	}
	return ""
}

// timed is the number of trials that measure.
func (p plan) timed() (n int) {
	for _, t := range p.trials {
		if t.timed {
			n++
		}
	}
	return n
}

// only keeps the trials of some cells.
func (p plan) only(cells []string) plan {
	return plan{slices.DeleteFunc(slices.Clone(p.trials), func(t planned) bool { return !slices.Contains(cells, t.cell) })}
}

// names are the words in the names of the cells: scenarios, topologies, algorithms,
// techniques, drivers and client settings.
func (p plan) names() (names [6][]string) {
	for _, t := range p.trials {
		parts := append(strings.Split(t.cell, "/"), history.DefaultClient)
		for i := range min(len(names), len(parts)) {
			if !slices.Contains(names[i], parts[i]) {
				names[i] = append(names[i], parts[i])
			}
		}
	}
	return names
}

// selecting are the flags that select the cells of the plan, and as few others as can be.
func (p plan) selecting() (args []string) {
	names := p.names()
	for i, flag := range []string{"scenario", "topology", "algorithm", "technique", "driver", "client"} {
		args = append(args, "--"+flag+"="+strings.Join(names[i], ","))
	}
	return args
}

// on says that the cell is of that topology.
func (t planned) on(topology string) bool { return strings.Split(t.cell, "/")[1] == topology }

// estimate is the time of the plan in one process.
func (p plan) estimate() time.Duration {
	total := overheadOfProcess
	for _, t := range p.trials {
		total += t.length + overhead
	}
	return total
}

// overheadOfProcess is the usual time of a build besides its trials: its start, charts
// and reports.
const overheadOfProcess = 200 * time.Millisecond

// has says that the plan holds a trial of the cell.
func (p plan) has(cell string) bool {
	return slices.ContainsFunc(p.trials, func(t planned) bool { return t.cell == cell })
}
