package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/result"
)

// needOf is the choice and the numbers for one need; empty if there is none.
func needOf(r *result.Result, need string) (choice, numbers string) {
	for _, n := range needs(r) {
		if strings.HasPrefix(n.Need, need) {
			return n.Choice, n.Numbers
		}
	}
	return "", ""
}

// Each need names who serves it best, all of them within noise, and by how much the
// others are behind. What broke its contract is not chosen, however cheap.
func TestNeeds(t *testing.T) {
	at := func(algorithm, technique string, cpu, p50, trips, bytes, nominal float64) result.Cell {
		c := priced(algorithm, technique, cpu, trips, p50)
		c.Driver, c.Client, c.BytesPerKey, c.NominalOvershootRatio = "redigo", "bounded", &bytes, &nominal
		return c
	}
	cheat := at("gcra", "naive", 1, 1, 1, 1, 0)
	cheat.Verdict, cheat.Expected = "invalid", "any"
	r := &result.Result{Run: result.Run{Complete: true, RealRedis: true}, Cells: []result.Cell{
		cheat, at("gcra", "lua", 40, 200, 1, 72, 0.98), at("slidinglog", "lua", 42, 300, 1, 1608, 0), at("gcra", "multi", 90, 210, 5, 72, 0.98),
	}}
	r.Cells = append(r.Cells, tested("gcra", "lua"), tested("slidinglog", "lua"), tested("gcra", "multi"))
	for _, c := range []struct{ need, choice, numbers string }{
		{"All-round", "gcra/lua", "40 µs of server CPU, 1 trip, 200 µs at the median"},
		{"Never more", "slidinglog/lua", "0 over the limit in any window; others up to +98 %; 42 µs of server CPU"},
		{"Least work for the server", "gcra/lua and slidinglog/lua", "40–42 µs of server CPU per operation; the others 90 µs or more"},
		{"Soonest", "gcra/lua and gcra/multi", "200–210 µs at the median; the others 300 µs or more"},
		{"Fewest trips", "gcra/lua and slidinglog/lua", "1 trip per operation; the others 5 trips or more"},
		{"Least memory", "gcra/lua and gcra/multi", "72 B per key; the others 1,608 B or more"},
	} {
		if choice, numbers := needOf(r, c.need); choice != c.choice || numbers != c.numbers {
			t.Errorf("%s: %q because %q, want %q because %q", c.need, choice, numbers, c.choice, c.numbers)
		}
	}
}

// tested is a cell that puts the contract to the test, and finds it kept.
func tested(algorithm, technique string) result.Cell {
	c := cell(technique, "redigo", "valid", 0)
	c.Algorithm, c.StartedRatio, c.Client = algorithm, new(1.0), "bounded"
	return c
}

// Where servers forget is said by topology, and that none keeps the count, or all do.
func TestNeedsUnderFaults(t *testing.T) {
	at := func(topology string, lost int64) result.Cell {
		c := cell("lua", "redigo", "valid", 0)
		c.Scenario, c.Topology, c.Faults, c.LostAcknowledged = "failover", topology, []result.Fault{{Name: "kill"}}, &lost
		return c
	}
	for _, c := range []struct {
		cells           []result.Cell
		choice, numbers string
	}{
		{[]result.Cell{at("standalone", 67)}, "", ""},
		{[]result.Cell{at("standalone", 3), at("standalone", 67), at("cluster", 0)}, "cluster", "acknowledged admissions forgotten: standalone up to 67; cluster 0"},
		{[]result.Cell{at("standalone", 67), at("cluster", 1)}, "none that was tested", "acknowledged admissions forgotten: standalone up to 67, cluster up to 1"},
		{[]result.Cell{at("sentinel", 0), at("cluster", 0)}, "no difference: sentinel and cluster", "0 acknowledged admissions forgotten"},
	} {
		choice, numbers := needOf(&result.Result{Cells: c.cells}, "Keep the count through failover")
		if choice != c.choice || numbers != c.numbers {
			t.Errorf("%q because %q, want %q because %q", choice, numbers, c.choice, c.numbers)
		}
	}
}

// A run without anything to choose among has no answer, and none is made up.
func TestNoNeeds(t *testing.T) {
	open := cell("lua", "redigo", "unknown", 0)
	for _, r := range []*result.Result{{}, {Cells: []result.Cell{open}}, {Cells: []result.Cell{cell("naive", "redigo", "invalid", 7)}}} {
		if got := needs(r); len(got) > 0 {
			t.Errorf("needs %v, want none", got)
		}
	}
}

// The document says what the summary says: the same claims, tables and lists.
func TestDocumentIsTheSummary(t *testing.T) {
	a, b := priced("gcra", "lua", 40, 200, 1), cell("naive", "redigo", "invalid", 7)
	r := &result.Result{Run: result.Run{Seed: 4}, Cells: []result.Cell{a, b}}
	var text strings.Builder
	if err := Summary(&text, r); err != nil {
		t.Fatal(err)
	}
	d := Describe(r, nil)
	for _, s := range slices.Concat(d.Limiters, d.Choices, d.Further, []Section{d.Failures}) {
		for _, want := range append([]string{s.Title, s.Text}, itemsOf(s)...) {
			if !strings.Contains(text.String(), want) {
				t.Errorf("the summary does not say %q", want)
			}
		}
	}
	if len(d.Limiters) == 0 || len(d.Failures.Items) == 0 || len(d.Method) == 0 {
		t.Errorf("the document lacks parts: %+v", d)
	}
}

func itemsOf(s Section) (texts []string) {
	for _, it := range s.Items {
		texts = append(texts, it.Text, it.Command)
	}
	if s.Table != nil {
		for _, row := range s.Table.Rows {
			texts = append(texts, row...)
		}
	}
	return texts
}
