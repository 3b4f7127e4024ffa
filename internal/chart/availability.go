package chart

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rlbench/rlbench/internal/result"
)

// availability draws what a fault means for those who wait: how much was answered, and
// how soon each client is back. A row per scenario and topology, a line per client.
type availability struct{}

// Name implements Chart.
func (availability) Name() string { return "availability" }

// Draw implements Chart.
func (availability) Draw(r *result.Result) (*Figure, error) {
	cells := faulted(r.Cells)
	met := where(cells, metFault)
	if len(met) == 0 {
		return nil, ErrNoData
	}
	spelled := titles(r.Run.Titles)
	return &Figure{
		Title: availabilityTitle(met),
		Subtitle: "Answered = within 100 ms of the intended time, in percent of all requests of the trial. First answer and recovery (the first of ten such answers in a row) " +
			"count from the fault. " + tallyBy(met, func(c result.Cell) [2]string { return [2]string{place(c), client(c)} }).describe("Dot and number", ofAlgorithms(met, spelled)) + leftOut(len(cells)-len(met), len(cells)),
		Caution: caution(r),
		Foot:    provenance(r.Run),
		body:    availabilityTable(met, spelled),
	}, nil
}

// metFault says that the trial was one of a fault, and not void.
func metFault(c result.Cell) bool { return paced(c) && len(c.Faults) > 0 && c.Availability != nil }

// reach is one column of the chart.
type reach struct {
	head, note string
	format     func(float64) string
	value      func(result.Cell) *float64
	most       float64
}

var reaches = []reach{
	{"Answered", "higher is better", tenths, func(c result.Cell) *float64 { return c.Availability }, 1},
	{"First answer", "after the fault; lower is better", millis, func(c result.Cell) *float64 { return c.FirstSuccessMS }, 0},
	{"Recovery", "after the fault; lower is better", millis, func(c result.Cell) *float64 { return c.RecoveryMS }, 0},
}

// tenths spells a share to a tenth of a percent: "99.2 %".
func tenths(ratio float64) string {
	if ratio == 0 {
		return "0"
	}
	return strings.TrimSuffix(strconv.FormatFloat(ratio*100, 'f', 1, 64), ".0") + nbsp + "%"
}

// millis spells milliseconds.
func millis(ms float64) string { return micros(ms * 1000) }

func availabilityTable(cells []result.Cell, spelled titles) table {
	return reachTable(cells, reaches, spelled.sorted(distinct(cells, place)), place, spelled.of)
}

// mark is the median of the trials. A client that was not back before the trial ended
// has no time to draw, and must not look like one that was.
func (m reach) mark(trials []result.Cell) mark {
	s := samples(trials, driver, m.value)[trials[0].Driver]
	if !s.known() {
		return mark{state: unknown, label: "never"}
	}
	k := markOf(s, m.format)
	if s.unknown > 0 {
		k.label += fmt.Sprintf(", %d of %d never", s.unknown, len(trials))
	}
	return k
}

func driver(c result.Cell) string { return c.Driver }

// availabilityTitle says how soon each client was back at the latest.
func availabilityTitle(cells []result.Cell) string {
	back := samples(cells, client, func(c result.Cell) *float64 { return c.RecoveryMS })
	all := distinct(cells, client)
	served := where(all, func(h string) bool { return back[h].known() && back[h].unknown == 0 })
	slices.SortStableFunc(served, func(a, b string) int { return cmp.Compare(back[a].high(), back[b].high()) })
	var clauses []string
	switch n := len(served); {
	case n > mostNamed:
		clauses = append(clauses, fmt.Sprintf("After every fault %d clients served again within %s", n, span(back[served[0]].high(), back[served[n-1]].high(), millis)))
	case n > 0:
		clauses = append(clauses, "After every fault "+servedAgain(served, back))
	}
	return strings.Join(append(clauses, neverBack(back, all)...), "; ")
}

// servedAgain spells the latest recovery of clients, the verb once.
func servedAgain(clients []string, back map[string]sample) string {
	text := title(clients[0]) + " served again within " + millis(back[clients[0]].high())
	for _, h := range clients[1:] {
		text += ", " + title(h) + " within " + millis(back[h].high())
	}
	return text
}

// neverBack names the clients that did not recover in some trial.
func neverBack(back map[string]sample, all []string) []string {
	lost := where(all, func(h string) bool { return back[h].unknown > 0 })
	if len(lost) > mostNamed {
		return []string{fmt.Sprintf("%d clients did not recover in some trial", len(lost))}
	}
	return mapped(lost, func(h string) string {
		return fmt.Sprintf("%s did not recover in %d of %s", title(h), back[h].unknown, count(back[h].unknown+len(back[h].values), "trial"))
	})
}
