package report

import (
	"fmt"

	"github.com/rlbench/rlbench/internal/result"
)

// storm says that the cell begins with many first requests of a client that is not
// connected.
func storm(c *result.Cell) bool { return c.Scenario == "connect-storm" }

// connects returns a section on how limiters connect when they are first asked, for
// each topology.
func connects(cells []result.Cell) (sections []section) {
	for _, place := range groupBy(where(cells, storm), byPlace) {
		rows := groupBy(place.cells, bySubject)
		var texts string
		for _, t := range groupBy(place.cells, byTechnique) {
			texts += firstRequests(t) + " "
		}
		sections = append(sections, section{place.name + ": who falls back while the client connects", part{
			text: texts + "An error makes a caller fall back; the server was healthy all the time.",
			table: &table{rows: rows, columns: []column{
				wordOf("limiter", byLimiter), wordOf("client", byClient),
				{head: "trials", value: func(g group, _ bool) string { return whole(int64(len(g.cells))) }},
				medianOf("connections opened", opened, plain), medianOf("fell back", fellBack, plain), medianOf("p50", p50, micros),
			}},
		}})
	}
	return sections
}

func fellBack(c *result.Cell) *float64 { return new(float64(fallen(c))) }

// fallen counts the requests that the limiter did not decide: those that ended in an error,
// and those that a failure policy decided in its stead.
func fallen(c *result.Cell) int64 {
	n := c.Failed + c.Unknown
	if c.ByPolicy != nil {
		n += c.ByPolicy.Allowed + c.ByPolicy.Denied
	}
	return n
}

// firstRequests says what became of the requests of one technique, void trials too: an
// operation that started late found the same client.
func firstRequests(t group) string {
	var most int64
	for _, c := range t.cells {
		most = max(most, fallen(&c))
	}
	once := where(t.cells, func(c *result.Cell) bool {
		return fallen(c) == 0 && c.ConnectionsOpened != nil && *c.ConnectionsOpened == 1
	})
	text := fmt.Sprintf("With %s all requests shared one connect and none fell back in %s of %s", t.name, whole(int64(len(once))), plural(len(t.cells), "trial"))
	if most == 0 {
		return text + "."
	}
	return text + fmt.Sprintf("; up to %s fell back.", plural(int(most), "request"))
}
