package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// overshootFaults draws the overshoot of every trial of a run with faults: a column per
// scenario and topology, those without faults beside them, a dot per client.
type overshootFaults struct{}

// Name implements Chart.
func (overshootFaults) Name() string { return "overshoot-faults" }

// Draw implements Chart.
func (overshootFaults) Draw(r *result.Result) (*Figure, error) {
	cells := faulted(r.Cells)
	if len(cells) == 0 {
		return nil, ErrNoData
	}
	spelled := titles(r.Run.Titles)
	return &Figure{
		Title: faultsTitle(cells, spelled),
		Subtitle: "Overshoot = most cost certainly admitted beyond the contract in one interval, in percent of the limit; lower is better. " +
			"A dot for each trial, with " + list(mapped(distinct(cells, client), title), "clients") + ". Full dot = a race between requests, or none; ring = the servers forgot " +
			"admissions that they had acknowledged (lost writes), or another cause that is named." + leftOut(len(cells)-len(where(cells, judged)), len(cells)) + brokenElse(cells),
		Caution: caution(r),
		Foot:    provenance(r.Run),
		body:    faultsTable(cells, spelled),
	}, nil
}

// Causes of overshoot, in the words of results.
const (
	race       = "race"
	lostWrites = "lost writes"
	staleRead  = "stale read"
)

func faultsTable(cells []result.Cell, spelled titles) table {
	names, across := places(cells, spelled)
	colour := inks(distinct(cells, technique))
	t := table{shape: trials, shared: true, across: across}
	for _, alg := range spelled.sorted(distinct(cells, algorithm)) {
		own := where(cells, func(c result.Cell) bool { return c.Algorithm == alg })
		r := row{label: spelled.of(alg)}
		for _, tech := range distinct(own, technique) {
			marks := mapped(names, func(name string) mark {
				return causedMark(where(own, func(c result.Cell) bool { return c.Technique == tech && place(c) == name }))
			})
			r.lines = append(r.lines, line{title(tech), colour[tech], marks})
		}
		t.rows = append(t.rows, r)
	}
	t.columns = overshootColumns(mapped(names, spelled.of), t.rows)
	played := distinct(cells, place)
	for i, name := range names {
		if !slices.Contains(played, name) {
			t.columns[i].absent = notPlayed
		}
	}
	return t
}

// causedMark holds a dot for each trial, and says what caused the overshoot.
func causedMark(cells []result.Cell) mark {
	s := samples(cells, place, excessRatio)
	if len(cells) == 0 {
		return mark{state: absent, label: "not tested"}
	}
	m := excessMark(s[place(cells[0])], slices.ContainsFunc(cells, brokeElse))
	if m.state != drawn {
		return m
	}
	m.label = excess(m.hi)
	for _, c := range bySubject(where(cells, judged)) {
		m.trials = append(m.trials, trialDot{c.Overshoot.Ratio, c.Overshoot.Ratio > 0 && c.Overshoot.Attribution != race})
	}
	m.label = strings.TrimSpace(m.label + " " + strings.Join(causes(where(cells, overshot)), ", "))
	return m
}

// causes lists what caused overshoots, that of the furthest first.
func causes(over []result.Cell) []string {
	worst := func(why string) float64 {
		return worstRatio(where(over, func(c result.Cell) bool { return cause(c) == why }))
	}
	names := distinct(over, cause)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(worst(b), worst(a)) })
	return names
}

func overshot(c result.Cell) bool { return judged(c) && c.Overshoot.Ratio > 0 }

func cause(c result.Cell) string { return c.Overshoot.Attribution }

// faultsTitle says what each cause did: to which techniques, where, and how much.
func faultsTitle(cells []result.Cell, spelled titles) string {
	known, over := where(cells, judged), where(cells, overshot)
	switch {
	case len(known) == 0:
		return "Overshoot under faults is unknown"
	case len(over) == 0 && slices.ContainsFunc(known, brokeElse):
		return "No technique overshot its limit, and some broke their contract in another way"
	case len(over) == 0 && len(known) < len(cells):
		return "As far as trials could be judged, every technique held the limit through every fault"
	case len(over) == 0:
		return "Every technique held the limit through every fault"
	}
	return sentence(strings.Join(mapped(distinct(over, cause), func(why string) string {
		return clauseOf(why, where(over, func(c result.Cell) bool { return cause(c) == why }), known, spelled)
	}), "; "))
}

// clauseOf says what one cause did in some of the trials.
func clauseOf(why string, some, all []result.Cell, spelled titles) string {
	who, most := everyOr(distinct(some, technique), distinct(all, technique)), "by up to"+nbsp+share(worstRatio(some))
	switch why {
	case lostWrites:
		return "lost writes broke " + who + " under " + under(some, all, spelled) + ", " + most
	case race:
		return "races broke " + who + ", " + most
	case staleRead:
		return "stale reads broke " + who + " under " + under(some, all, spelled) + ", " + most
	}
	return fmt.Sprintf("%s overshot %s (%s)", who, most, why)
}
