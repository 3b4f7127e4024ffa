package chart

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/result"
)

// policies draws what a failure policy buys and what it costs: how much was answered
// through outages, and how much was admitted too much. A row per policy, a line per client.
type policies struct{}

// Name implements Chart.
func (policies) Name() string { return "policies" }

// Draw implements Chart.
func (policies) Draw(r *result.Result) (*Figure, error) {
	all := where(final(r.Cells), func(c result.Cell) bool { return limits(c) && slices.Contains(guardedScenarios(r.Cells), c.Scenario) })
	met := where(bySubject(all), metFault)
	if len(met) == 0 {
		return nil, ErrNoData
	}
	spelled := titles(r.Run.Titles)
	return &Figure{
		Title: policiesTitle(met),
		Subtitle: list(mapped(spelled.sorted(distinct(met, scenario)), spelled.of), "scenarios") + ": " + list(distinct(met, faultOf), "faults") + ". Answered = within 100 ms of the intended time, in percent of all requests of the trial; " +
			"a request that a policy denied without counting was not. Overshoot = most cost certainly admitted beyond the contract in one interval, by the limiter or its policy, in percent of the limit. " +
			"Back = from the beginning of the fault until the limiter itself gives the first of ten such answers in a row. " +
			tallyBy(met, policyLine).describe("Dot and number", ofAlgorithms(met, spelled)) + leftOut(len(all)-len(met), len(all)),
		Caution: caution(r),
		Foot:    provenance(r.Run),
		body:    policiesTable(met),
	}, nil
}

// guardedScenarios names those in which some trial had a policy, and met a fault.
func guardedScenarios(cells []result.Cell) []string {
	return distinct(where(cells, func(c result.Cell) bool { return c.Policy != "" && len(c.Faults) > 0 }), scenario)
}

// policyOf is the word for a policy, also for none.
func policyOf(c result.Cell) string { return cmp.Or(c.Policy, history.NoPolicy) }

// faultOf is the step of a scenario that has one for each fault, or the first fault.
func faultOf(c result.Cell) string {
	if c.Step != nil {
		return history.Step(*c.Step).String()
	}
	return c.Faults[0].Name
}

func policyLine(c result.Cell) [2]string { return [2]string{policyOf(c), client(c)} }

// tallyBy counts the trials behind marks, of which each stands for one group.
func tallyBy(cells []result.Cell, group func(result.Cell) [2]string) (n tally) {
	for _, s := range samples(cells, group, func(c result.Cell) *float64 { return c.Availability }) {
		n = n.add(s)
	}
	return n
}

// excessUnder is what was admitted too much by the limiter or its policy, if that is known.
func excessUnder(c result.Cell) *float64 {
	switch {
	case !judged(c):
		return nil
	case c.ByPolicy != nil:
		return &c.ByPolicy.Ratio
	}
	return &c.Overshoot.Ratio
}

var trades = []reach{
	{"Answered", "higher is better", tenths, func(c result.Cell) *float64 { return c.Availability }, 1},
	{"Overshoot", "lower is better", excess, excessUnder, 0},
	{"Limiter back", "lower is better", millis, func(c result.Cell) *float64 { return c.RecoveryMS }, 0},
}

func policiesTable(cells []result.Cell) table {
	return reachTable(cells, trades, policyOrder(distinct(cells, policyOf)), policyOf, policyTitle)
}

// reachTable has a row for each value of some word, and a line in it for each client.
func reachTable(cells []result.Cell, columns []reach, names []string, word func(result.Cell) string, spell func(string) string) table {
	t := table{shape: dots, across: len(columns)}
	colour := inks(distinct(cells, driver))
	for _, name := range names {
		own := where(cells, func(c result.Cell) bool { return word(c) == name })
		r := row{label: spell(name)}
		for _, h := range distinct(own, client) {
			trials := where(own, func(c result.Cell) bool { return client(c) == h })
			r.lines = append(r.lines, line{title(h), colour[trials[0].Driver], mapped(columns, func(m reach) mark { return m.mark(trials) })})
		}
		t.rows = append(t.rows, r)
	}
	for i, m := range columns {
		t.columns = append(t.columns, column{head: m.head, note: m.note, format: m.format, most: max(m.most, most(t.rows, i))})
	}
	return t
}

// policyOrder puts policies from the strictest to the most generous; others come last.
func policyOrder(names []string) []string {
	known := []string{history.NoPolicy, "fail-closed", "breaker", "fail-sql", "fail-local", "fail-open"}
	place := func(name string) int {
		if i := slices.Index(known, name); i >= 0 {
			return i
		}
		return len(known)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return names
}

func policyTitle(name string) string {
	if name == history.NoPolicy {
		return "no policy"
	}
	return name
}

// policiesTitle says which policies pay for answers with overshoot, and with how much.
func policiesTitle(cells []result.Cell) string {
	over := samples(cells, policyOf, excessUnder)
	paid := func(p string) bool { return over[p].high() > 0 }
	known := where(policyOrder(distinct(cells, policyOf)), func(p string) bool { return over[p].known() })
	safe, paying := where(known, func(p string) bool { return !paid(p) }), where(known, paid)
	var clauses []string
	if len(safe) > 0 {
		clauses = append(clauses, list(mapped(safe, policyTitle), "policies")+" admitted nothing too much and answered "+answeredBy(cells, safe))
	}
	if len(paying) > 0 {
		price := func(p string) string { return policyTitle(p) + " (up to" + nbsp + excess(over[p].high()) + ")" }
		clauses = append(clauses, list(mapped(paying, price), "policies with overshoot")+" answered "+answeredBy(cells, paying))
	}
	if len(clauses) == 0 {
		return "What policies admit is unknown"
	}
	return sentence(strings.Join(clauses, "; "))
}

// answeredBy is the range of what was answered under some policies.
func answeredBy(cells []result.Cell, policies []string) string {
	s := samples(cells, func(c result.Cell) bool { return slices.Contains(policies, policyOf(c)) }, func(c result.Cell) *float64 { return c.Availability })[true]
	return span(s.low(), s.high(), tenths)
}
