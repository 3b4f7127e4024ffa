package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rlbench/rlbench/internal/claims"
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/page"
	"github.com/rlbench/rlbench/internal/result"
)

// elements returns every element of the page in order.
func elements(t testing.TB, text []byte) (list []*html.Node) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			list = append(list, n)
		}
	}
	return list
}

func all(list []*html.Node, kind atom.Atom) []*html.Node {
	return slices.DeleteFunc(slices.Clone(list), func(n *html.Node) bool { return n.DataAtom != kind })
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// fields says where in result.json each column of the table of cells comes from, and
// how much the unit that it is spelled in is worth there.
var fields = map[string]string{
	"overshoot": "overshoot.certain", "ratio": "overshoot.ratio", "forgotten": "lost_acknowledged", "rejected": "false_rejections.certain",
	"allowed": "allowed", "denied": "denied", "failed": "failed", "unknown": "unknown", "speed": "decisions_per_second",
	"p50": "latency.response.p50_us", "p99": "latency.response.p99_us", "trips": "round_trips", "server": "server_cpu_us",
	"client": "client_cpu_us", "allocs": "allocs", "memory": "bytes_per_key", "nominal": "nominal_overshoot_ratio",
	"available": "availability", "recovery": "recovery_ms",
}

// units are what a spelled number is worth, in µs, bytes or as a ratio.
var units = map[string]float64{"": 1, "µs": 1, "ms": 1e3, "s": 1e6, "B": 1, "%": 0.01}

// at walks into decoded JSON; nil where there is nothing.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// Every number of the table of cells is exactly the one of result.json, and is spelled
// within its rounding. Nothing is missing, nothing is made up.
func TestTableIsTheResult(t *testing.T) {
	for _, name := range []string{"reference", "standalone", "sweep-limit", "faults"} {
		text, err := os.ReadFile(filepath.Join(results, name, result.File))
		if err != nil {
			t.Fatal(err)
		}
		var stored struct{ Cells []map[string]any }
		if err := json.Unmarshal(text, &stored); err != nil {
			t.Fatal(err)
		}
		table := tableOf(t, render(t, load(t, name)))
		if len(table.rows) != len(stored.Cells) || len(table.rows) == 0 {
			t.Fatalf("%s: %d rows for %d cells", name, len(table.rows), len(stored.Cells))
		}
		for i, row := range table.rows {
			compareRow(t, name, table.keys, row, stored.Cells[i])
		}
	}
}

type cellTable struct {
	keys []string // of the columns
	rows []*html.Node
}

func tableOf(t *testing.T, text []byte) (table cellTable) {
	t.Helper()
	for _, n := range elements(t, text) {
		if key, ok := attribute(n, "data-k"); ok {
			table.keys = append(table.keys, key)
		}
		if id, ok := attribute(n, "id"); ok && n.DataAtom == atom.Tr && strings.HasPrefix(id, "cell=") {
			table.rows = append(table.rows, n)
		}
	}
	return table
}

func compareRow(t *testing.T, run string, keys []string, row *html.Node, cell map[string]any) {
	t.Helper()
	id, _ := attribute(row, "id")
	for _, part := range []string{"scenario", "topology", "algorithm", "technique", "driver"} {
		if !strings.Contains(id, cell[part].(string)) {
			t.Errorf("%s: row %s is that of %s", run, id, cell[part])
		}
	}
	tds := slices.Collect(row.ChildNodes())
	if len(tds) != len(keys) {
		t.Fatalf("%s: %s has %d cells under %d heads", run, id, len(tds), len(keys))
	}
	if got := content(tds[2]); !strings.HasPrefix(got, cell["verdict"].(string)) {
		t.Errorf("%s: %s says %q, the result %s", run, id, got, cell["verdict"])
	}
	for i, key := range keys[3:] {
		path, known := fields[key]
		if !known {
			t.Fatalf("column %s: where in result.json is it? Add it to the test", key)
		}
		shown, there := attribute(tds[3+i], "data-v")
		want, wanted := at(cell, path).(float64)
		got, err := strconv.ParseFloat(shown, 64)
		if there != wanted || wanted && (err != nil || got != want) {
			t.Errorf("%s: %s %s is %q, in result.json %v", run, id, key, shown, at(cell, path))
		}
		if text := content(tds[3+i]); wanted != (text != "–") || wanted && !spells(key, text, want) {
			t.Errorf("%s: %s %s is spelled %q, in result.json %v", run, id, key, text, at(cell, path))
		}
	}
}

// spells says whether a text is the number, rounded to no less than two digits.
func spells(key, text string, want float64) bool {
	digits, unit, _ := strings.Cut(strings.TrimPrefix(text, "+"), " ")
	got, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimPrefix(digits, ">"), ",", ""), 64)
	if key == "recovery" {
		want *= 1e3
	}
	return err == nil && math.Abs(got*units[unit]-want) <= 0.051*math.Abs(want)
}

// The page asks nobody for anything and runs nothing but its own script: what its policy
// allows is exactly what it holds.
func TestPolicy(t *testing.T) {
	text := render(t, load(t, "standalone"))
	list := elements(t, text)
	var policy string
	for _, n := range all(list, atom.Meta) {
		if v, _ := attribute(n, "http-equiv"); v == "Content-Security-Policy" {
			policy, _ = attribute(n, "content")
		}
	}
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	scripts, styles := all(list, atom.Script), all(list, atom.Style)
	if len(scripts) != 2 || len(styles) != 1 {
		t.Fatalf("%d scripts and %d styles, want 2 and 1", len(scripts), len(styles))
	}
	for _, want := range []string{"default-src 'none'", "script-src " + hash(content(scripts[1])), "style-src " + hash(content(styles[0]))} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if kind, _ := attribute(scripts[0], "type"); kind != "application/json" || !json.Valid([]byte(content(scripts[0]))) {
		t.Error("the first script is not data")
	}
	for _, n := range list {
		for _, a := range n.Attr {
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "srcset", a.Key == "action":
				t.Errorf("<%s> has the attribute %s=%q", n.Data, a.Key, a.Val)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#") && a.Val != "data:,":
				t.Errorf("<%s> leads to %q", n.Data, a.Val)
			}
		}
	}
	for _, word := range []string{"@import", "url(", "fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon"} {
		if bytes.Contains(text, []byte(word)) {
			t.Errorf("the page holds %q", word)
		}
	}
}

// What readers of screens go by: one title, headings without a gap, landmarks, tables
// with a caption and scopes, labels, and no id twice.
func TestStructure(t *testing.T) {
	for name, run := range map[string]page.Run{"reference": load(t, "reference"), "sweep-limit": load(t, "sweep-limit"), "gated": gated(t), "one cell": one(t), "claims": claimed(t)} {
		list := elements(t, render(t, run))
		before, ids := 0, map[string]bool{}
		for _, n := range list {
			if id, ok := attribute(n, "id"); ok {
				if ids[id] {
					t.Errorf("%s: id %s is there twice", name, id)
				}
				ids[id] = true
			}
			if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
				level := int(n.Data[1] - '0')
				if level > before+1 {
					t.Errorf("%s: <%s> %q follows <h%d>", name, n.Data, content(n), before)
				}
				before = level
			}
		}
		for _, kind := range []atom.Atom{atom.H1, atom.Main, atom.Header, atom.Footer, atom.Nav, atom.Dialog} {
			if len(all(list, kind)) != 1 {
				t.Errorf("%s: %d <%s>, want 1", name, len(all(list, kind)), kind)
			}
		}
		for _, n := range all(list, atom.Table) {
			if len(all(slices.Collect(n.Descendants()), atom.Caption)) != 1 {
				t.Errorf("%s: a table has no caption", name)
			}
		}
		for _, n := range all(list, atom.Th) {
			if scope, _ := attribute(n, "scope"); scope != "col" && scope != "row" {
				t.Errorf("%s: <th> %q has no scope", name, content(n))
			}
		}
		for _, n := range list {
			for _, ref := range []string{"aria-labelledby", "href"} {
				v, ok := attribute(n, ref)
				target, err := url.PathUnescape(strings.TrimPrefix(v, "#"))
				if ok && !strings.HasPrefix(v, "data:") && (err != nil || !ids[target]) {
					t.Errorf("%s: %s=%q leads nowhere", name, ref, v)
				}
			}
		}
	}
}

// hostile are names that would become markup, script, an address or a template where
// they are not spelled as text.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `' onmouseover='alert(1)`,
	`<!--`, `]]>`, `{{.Policy}}`, "`x`", `javascript:alert(1)`, `</title></style></svg>`, "a\x00b\u2028c", `&lt;b&gt;`, `../../x`,
}

// disguised is a run all of whose words are hostile.
func disguised(t testing.TB) page.Run {
	run := load(t, "reference")
	word := func(i int) string { return hostile[i%len(hostile)] }
	for i := range run.Result.Cells {
		c := &run.Result.Cells[i]
		c.Scenario, c.Topology = word(i/9), word(i/27)
		c.Algorithm, c.Technique, c.Driver, c.Policy = word(i), word(i/3), word(i/5), fmt.Sprint(word(i/7), i)
		c.Reasons, c.History = []string{word(i)}, word(i)
		c.Overshoot.Attribution = word(i)
		if w := c.Overshoot.Witness; w != nil {
			w.Key, w.Rule = word(i), word(i+1)
		}
		for j := range c.Faults {
			c.Faults[j].Name, c.Faults[j].Node = word(i), word(i+2)
		}
	}
	r, e := &run.Result.Run, run.Environment
	r.Name, r.Server, r.Machine, r.Version, r.Settings = hostile[0], hostile[1], hostile[2], hostile[3], hostile
	r.Started, r.Finished = hostile[2], hostile[9]
	for i, h := range hostile {
		r.Titles = append(r.Titles, result.Title{Name: h, Title: hostile[(i+1)%len(hostile)]})
		r.Clients[h], e.Config[h], e.Modules[h] = h, h, h
		e.Nodes[h] = result.Node{Facts: map[string]string{h: h}, Config: map[string]string{"save": h}}
		e.Clients[h] = e.Clients["goredis/bounded"]
	}
	e.Command, e.Version = hostile, hostile[2]
	run.Rows = func(*result.Cell, []int) ([]history.Op, error) { return nil, errors.New(hostile[2]) }
	run.Gate = &gate.Report{Verdict: gate.Fail, Head: hostile[0], Base: hostile[1], Notes: hostile}
	for _, h := range hostile {
		run.Gate.Findings = append(run.Gate.Findings, gate.Finding{Rule: h, Kind: h, Cell: h, Metric: h, Unit: h, Was: h, Is: h, Sentence: h, Outcome: gate.Fail})
	}
	return run
}

func TestHostileNamesAreText(t *testing.T) {
	text := render(t, disguised(t))
	list := elements(t, text)
	if n := len(all(list, atom.Script)); n != 2 {
		t.Errorf("%d scripts, want 2", n)
	}
	if n := len(all(list, atom.Img)); n != 0 {
		t.Errorf("%d pictures, want none", n)
	}
	for _, n := range list {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") && a.Val != "data:," {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	page := content(list[0])
	for _, h := range hostile {
		if h = strings.ReplaceAll(h, "\x00", "\ufffd"); !strings.Contains(page, h) && !strings.Contains(h, "`") {
			t.Errorf("the page does not say %q", h)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, h := range hostile {
		f.Add(h)
	}
	run := one(f)
	run.Result.Run.Titles = nil
	f.Fuzz(func(t *testing.T, name string) {
		own := *run.Result
		own.Cells = slices.Clone(own.Cells)
		c := &own.Cells[0]
		c.Scenario, c.Algorithm, c.Technique, c.Driver, c.Reasons = name, name, name, name, []string{name}
		own.Run.Name, own.Run.Server = name, name
		list := elements(t, render(t, page.Run{Result: &own, Environment: run.Environment}))
		if n := len(all(list, atom.Script)); n != 2 {
			t.Errorf("%d scripts, want 2", n)
		}
		for _, n := range list {
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

const mostBytes = 3 << 20

// The largest committed run, and one with twice as many cells as the whole matrix, all
// of whose numbers are known, are small enough to be sent around.
func TestSize(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(results, "*", result.File))
	if err != nil || len(dirs) < 5 {
		t.Fatal(dirs, err)
	}
	for _, path := range dirs {
		name := filepath.Base(filepath.Dir(path))
		text := render(t, load(t, name))
		t.Logf("%s: %d bytes", name, len(text))
		if len(text) > mostBytes {
			t.Errorf("%s: %d bytes, want at most %d", name, len(text), mostBytes)
		}
	}
	run := load(t, "reference")
	first := slices.Clone(run.Result.Cells)
	for i := range first {
		c := first[i]
		c.Repeat = 2
		run.Result.Cells = append(run.Result.Cells, c)
	}
	text := render(t, run)
	t.Logf("%d cells: %d bytes", len(run.Result.Cells), len(text))
	if len(text) > mostBytes {
		t.Errorf("%d cells: %d bytes, want at most %d", len(run.Result.Cells), len(text), mostBytes)
	}
}

func TestEqualRunsGiveEqualBytes(t *testing.T) {
	if !bytes.Equal(render(t, load(t, "standalone")), render(t, load(t, "standalone"))) {
		t.Error("two pages of one run differ")
	}
}

// one is a run of a single cell that broke its contract.
func one(t testing.TB) page.Run {
	run := load(t, "standalone")
	run.Result.Cells = run.Result.Cells[:1]
	run.Result.Run.Planned = 1
	return run
}

// partial is a run that was cut short on an imitation.
func partial(t testing.TB) page.Run {
	run := load(t, "reference")
	run.Result.Cells = run.Result.Cells[:40]
	run.Result.Run.Complete, run.Result.Run.RealRedis = false, false
	c := &run.Result.Cells[3]
	c.Verdict, c.AsExpected, c.Void, c.Reasons = "unknown", false, true, []string{"the trial is void"}
	return run
}

// gated is a run that a gate has failed.
func gated(t testing.TB) page.Run {
	run := one(t)
	run.Gate = &gate.Report{Verdict: gate.Fail, Head: "new", Base: "old", Blocks: 1, Comparisons: 3, Alpha: 0.05, Findings: []gate.Finding{
		{Rule: "server-cpu", Kind: "cost", Cell: run.Result.Cells[0].Name(), Metric: "server_cpu_us", Unit: "µs", Outcome: gate.Fail, Sentence: "20 % more",
			Comparison: gate.Comparison{Base: &gate.Number{Median: 41.8, N: 10}, Head: &gate.Number{Median: 50.2, N: 10}, Change: new(0.2), CorrectedP: new(0.0013), Threshold: new(46.0)}},
		{Rule: "valid", Kind: "correctness", Was: "valid", Is: "valid", Outcome: gate.Pass},
	}}
	return run
}

// Who opens the page of a run that a gate has failed is told so by its title.
func TestTitleTellsOfAFailedGate(t *testing.T) {
	title := all(elements(t, render(t, gated(t))), atom.H1)
	if len(title) != 1 || !strings.HasPrefix(content(title[0]), "Gate failed: 1 of 2 decisions") {
		t.Errorf("the title is %q", content(title[0]))
	}
}

// What passed or was skipped is folded away, what did not pass is not.
func TestDecisionsThatPassedAreFolded(t *testing.T) {
	text := string(render(t, gated(t)))
	_, after, _ := strings.Cut(text, `id="gate-title"`)
	section, _, _ := strings.Cut(after, "</section>")
	open, folded, found := strings.Cut(section, "<details>")
	if !found || !strings.Contains(open, "20 % more") || strings.Contains(open, ">valid<") || !strings.Contains(folded, ">valid<") {
		t.Errorf("shown: %s\nfolded: %s", open, folded)
	}
}

// A row is known by the name that a selector, a chart and the gate know its cell by.
func TestRowsHaveTheNamesOfCells(t *testing.T) {
	run := one(t)
	c := &run.Result.Cells[0]
	c.Client, c.Policy, c.Repeat = "single", "open", 3
	rows := tableOf(t, render(t, run)).rows
	if id, _ := attribute(rows[0], "id"); id != "cell="+c.Name()+".r3" || !strings.HasSuffix(c.Name(), "/single/open") {
		t.Errorf("the row of %s, repeat 3, is %q", c.Name(), id)
	}
}

// claimed is a run that a claim rests on.
func claimed(t testing.TB) page.Run {
	run := one(t)
	run.Claims = []claims.Row{{Number: "2.3", Says: "Another client can sneak in.", Ruling: claims.Ruling{Verdict: claims.Refuted, Numbers: "Nobody could."}}}
	return run
}

// Whatever a run lacks, the page says so and shows the rest.
func TestWhatIsMissingIsSaid(t *testing.T) {
	empty := page.Run{Result: &result.Result{Run: result.Run{Name: "empty", Planned: 12}}}
	lost := load(t, "standalone")
	lost.Rows = func(*result.Cell, []int) ([]history.Op, error) { return nil, errors.New("its history is gone") }
	few := load(t, "standalone")
	few.Rows = func(*result.Cell, []int) ([]history.Op, error) { return nil, nil }
	bare := one(t)
	bare.Environment, bare.Rows = nil, nil
	for _, c := range []struct {
		run  page.Run
		want []string
	}{
		{empty, []string{"Nothing was measured", "0 of 12 planned cells", "There is no environment.json"}},
		{partial(t), []string{"Not a real Redis: these results are no evidence.", "Incomplete: 40 of 324 planned cells.", "unknown, void, due", "the trial is void"}},
		{lost, []string{"Its operations are not shown: its history is gone."}},
		{few, []string{"Its operations are not shown: the history does not hold them."}},
		{bare, []string{"There is no environment.json", "the histories are not at hand"}},
		{gated(t), []string{"against the baseline old", "41.8 µs (n=10)", "+20 %", "0.0013", "at most 46 µs", "1 fail, 1 pass"}},
		{claimed(t), []string{"What is said about Redis rate limiting", "Another client can sneak in.", "Nobody could."}},
		{load(t, "reference"), []string{"324 cells: 160 invalid, 164 valid; all as expected.", "rlbench run --server docker --image rlbench/redis:8.0 --suite full --seed 4"}},
	} {
		text := content(elements(t, render(t, c.run))[0])
		for _, want := range c.want {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
				t.Errorf("%s: the page does not say %q", c.run.Result.Run.Name, want)
			}
		}
	}
}

// Witnesses show the operations that result.json names and no others, and only their
// rows are read.
func TestWitnesses(t *testing.T) {
	run := load(t, "reference")
	rows, asked := run.Rows, map[string]bool{}
	run.Rows = func(c *result.Cell, want []int) ([]history.Op, error) {
		asked[c.Name()] = true
		if !slices.Equal(want, slices.Sorted(slices.Values(c.Overshoot.Witness.Ops))) {
			t.Errorf("%s: rows %v are read, the witness names %v", c.Name(), want, c.Overshoot.Witness.Ops)
		}
		ops, err := rows(c, want)
		if sum := cost(ops); err != nil || sum != c.Overshoot.Witness.Admitted {
			t.Errorf("%s: the operations cost %d, the witness admits %d, %v", c.Name(), sum, c.Overshoot.Witness.Admitted, err)
		}
		return ops, err
	}
	text := content(elements(t, render(t, run))[0])
	if len(asked) == 0 || len(asked) > 12 {
		t.Errorf("%d histories are read, want 1 to 12", len(asked))
	}
	for name := range asked {
		if !strings.Contains(text, name) {
			t.Errorf("the page does not name %s", name)
		}
	}
	if strings.Contains(text, "not shown") {
		t.Error("operations are not shown")
	}
}

func cost(ops []history.Op) (sum int64) {
	for _, o := range ops {
		sum += int64(o.Cost)
	}
	return sum
}

func BenchmarkWrite(b *testing.B) {
	run := load(b, "reference")
	for b.Loop() {
		b.SetBytes(int64(len(render(b, run))))
	}
}
