package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/perf/benchfmt"

	"github.com/rlbench/rlbench/internal/export"
	"github.com/rlbench/rlbench/internal/gate"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/internal/result/resulttest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// run has a cell for every way in which one can end, under names that mean something
// to spreadsheets, Markdown, XML and the code host.
func run() *result.Result {
	r := &result.Result{Run: result.Run{
		Name: "20260101T000000Z-seed42", Seed: 42, Started: "2026-01-01T00:00:00Z", Finished: "2026-01-01T00:00:20Z", Planned: 12,
		Server: "an imitation inside rlbench, not a real Redis", Machine: "2 cores, linux 6.1", Version: "v0.1.0",
		Clients: map[string]string{"redigo": "github.com/gomodule/redigo v1.9.3"}, Settings: []string{"--duration=2s"},
	}}
	add := func(technique, verdict, expected string, f func(*result.Cell)) {
		c := result.Cell{
			Scenario: "concurrent", Topology: "standalone", Algorithm: "gcra", Technique: technique, Driver: "redigo", Client: "bounded",
			Repeat: 1, Attempt: 1, Limit: 50, WindowMS: 250, Burst: 50, Instances: 1, Verdict: verdict, Expected: expected,
			Allowed: 400, Denied: 3600, Offered: 2000, StartedRatio: new(0.9992), RoundTrips: new(1.0), ServerCPUus: new(9.5),
			FalseRejections: &result.FalseRejections{}, SHA256: "00",
			Latency: result.Latency{Response: &result.Quantiles{Count: 4000, P50us: 105, P90us: 200, P99us: new(480.0), MaxUS: 900}},
		}
		f(&c)
		c.AsExpected = result.AsExpected(&c)
		r.Cells = append(r.Cells, c)
	}
	because := func(reasons ...string) func(*result.Cell) { return func(c *result.Cell) { c.Reasons = reasons } }
	add("lua", "valid", "valid", func(*result.Cell) {})
	add("naive", "invalid", "invalid", func(c *result.Cell) {
		c.Overshoot = result.Overshoot{Certain: 160, Possible: 170, Ratio: 3.2, Attribution: "race", Witness: &result.Witness{Key: "k", Admitted: 210, Permitted: 50, Rule: "of 250ms"}}
		c.Reasons = []string{"race: one server alone admitted 210, 50 permitted"}
	})
	add("=HYPERLINK(1)", "invalid", "valid", func(c *result.Cell) {
		c.Overshoot = result.Overshoot{Certain: 3, Possible: 3, Ratio: 0.06}
		c.Reasons = []string{"race: 3 | <b>more</b> than @everybody may, see https://example.com #1", "50 %, said ::error::twice"}
	})
	add("charging", "invalid", "valid", func(c *result.Cell) {
		c.FalseRejections.Certain, c.Reasons = 4, []string{"4 denials are certainly false"}
	})
	add("starved", "invalid", "valid", because("starved: 3000 of 4000 operations were not answered"))
	add("endless", "invalid", "valid", because("3 of 4 keys have no time to live"))
	add("tame", "valid", "invalid", func(*result.Cell) {})
	add("late", "unknown", "valid", func(c *result.Cell) {
		c.Void, c.StartedRatio, c.Reasons = true, new(0.5), []string{"the trial is void: 50 % of the operations started in time"}
	})
	add("lua", "unknown", "any", func(c *result.Cell) {
		c.Scenario, c.StartedRatio, c.DecisionsPerSecond = "saturate", nil, new(2000.0)
		c.Reasons = []string{"no power: nothing was denied, so nothing shows that the limit is enforced"}
	})
	add("`a`|b", "unknown", "any", func(c *result.Cell) {
		c.Scenario, c.Step = "sweep-workers", &result.Step{Axis: "workers", Value: 64}
	})
	return r
}

// decided is what a gate made of the run: a decision of each outcome, and one that a
// cell has told of.
func decided() *gate.Report {
	return &gate.Report{Verdict: gate.Fail, Head: "head", Base: "base", Findings: []gate.Finding{
		{Rule: "verdicts", Kind: "correctness", Cell: "concurrent/standalone/gcra/starved/redigo", Metric: "as_expected", Outcome: gate.Fail, Sentence: "is invalid, expected valid"},
		{Rule: "what was valid is valid", Kind: "correctness", Cell: "concurrent/standalone/gcra/lua/redigo", Metric: "still_valid", Outcome: gate.Fail, Sentence: "was valid and is invalid"},
		{Rule: "trips", Kind: "cost", Cell: "baseline/standalone/gcra/lua/redigo", Metric: "round_trips", Outcome: gate.Fail, Sentence: "1 and now 2: +100 %, at most 5 % are allowed"},
		{Rule: "=throughput|<b>@you", Kind: "latency", Cell: "saturate/standalone/gcra/lua/redigo", Metric: "decisions_per_second", Outcome: gate.Suspected, Sentence: "-12 %, no second block"},
		{Kind: "", Outcome: gate.Inconclusive, Sentence: "one half is missing"},
		{Rule: "memory per key", Kind: "cost", Outcome: gate.Skipped, Sentence: "no data"},
		{Rule: "allocations", Kind: "cost", Cell: "baseline/standalone/gcra/lua/redigo", Metric: "allocs", Outcome: gate.Pass, Sentence: "12 and now 12"},
	}}
}

func written(t testing.TB, f export.Format, r *result.Result) string {
	t.Helper()
	return gatedText(t, f, r, nil)
}

func gatedText(t testing.TB, f export.Format, r *result.Result, g *gate.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, export.Run{Result: r, Gate: g}); err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	for _, f := range export.Formats() {
		path := filepath.Join("testdata", f.Name+".golden")
		got := gatedText(t, f, run(), decided())
		verify(t, f.Name, got, run(), decided())
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; if that is meant, run go test ./internal/export -update. Got:\n%s", path, got)
		}
	}
}

// Whoever gets one file alone learns from it that the run is no evidence.
func TestEveryFormatSaysWhatIsNoEvidence(t *testing.T) {
	for _, f := range export.Formats() {
		text := written(t, f, run())
		if !strings.Contains(strings.ToLower(text), "not a real redis") {
			t.Errorf("%s does not say that it is not a real Redis:\n%s", f.Name, text)
		}
		genuine := run()
		genuine.Run.RealRedis, genuine.Run.Server, genuine.Run.Planned, genuine.Run.Complete = true, "Redis 8.0", len(genuine.Cells), true
		if text := written(t, f, genuine); strings.Contains(strings.ToLower(text), "not a real redis") {
			t.Errorf("%s doubts a real one:\n%s", f.Name, text)
		}
	}
}

func TestEmptyRun(t *testing.T) {
	for _, f := range export.Formats() {
		r := &result.Result{Run: result.Run{RealRedis: true}}
		if text := written(t, f, r); text == "" {
			t.Errorf("%s says nothing about a run without cells", f.Name)
		} else {
			verify(t, f.Name, text, r, nil)
		}
	}
}

// What has no room is counted, and the worst rows are those that stay.
func TestTextsStayWithinTheirBounds(t *testing.T) {
	r := run()
	worst := r.Cells[2]
	r.Cells = nil
	for i := range 9_000 {
		c := run().Cells[0]
		c.Driver = fmt.Sprintf("driver-%d-%s", i, strings.Repeat("long", 20))
		r.Cells = append(r.Cells, c)
	}
	r.Cells = append(r.Cells, worst)
	for _, f := range export.Formats() {
		text := written(t, f, r)
		verify(t, f.Name, text, r, nil)
		if f.Name != "markdown" && f.Name != "comment" {
			continue
		}
		shown := strings.Count(text, "\n| `concurrent/")
		if !strings.Contains(text, "of 9,001 cells are not shown") || shown < 100 {
			t.Errorf("%s shows %d rows and does not count the others", f.Name, shown)
		}
		if first := strings.Index(text, "`concurrent/"); !strings.HasPrefix(text[first:], "`concurrent/standalone/gcra/=HYPERLINK(1)/") {
			t.Errorf("%s does not begin with the worst: %.200s", f.Name, text[first:])
		}
	}
}

func TestAnnotationsAreFewAndWorstFirst(t *testing.T) {
	r := run()
	bad := r.Cells[2]
	r.Cells = nil
	for i := range 25 {
		c := bad
		c.Repeat, c.Overshoot.Ratio = i+1, float64(i)/10
		r.Cells = append(r.Cells, c)
	}
	text := written(t, named("annotations"), r)
	verify(t, "annotations", text, r, nil)
	lines := strings.Split(text, "\n")
	if !strings.Contains(lines[0], "redigo r25") || !strings.Contains(lines[9], "and 16 more") {
		t.Errorf("the first is %s\nthe tenth %s", lines[0], lines[9])
	}
}

func named(name string) export.Format {
	for _, f := range export.Formats() {
		if f.Name == name {
			return f
		}
	}
	panic(name)
}

// FuzzExport: whatever a valid result holds, every form keeps its own rules.
func FuzzExport(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed, uint8(seed*3), "naive")
	}
	f.Add(uint64(1), uint8(9), "a\x00|<&>\xff\u2028\n`ü%n\\|::error::x,y")
	f.Add(uint64(2), uint8(39), "=1+1\r\n@x|`|``\\")
	f.Add(uint64(3), uint8(9), "")
	f.Add(uint64(4), uint8(9), strings.Repeat("|&<", 5_000))
	f.Fuzz(func(t *testing.T, seed uint64, cells uint8, name string) {
		r := resulttest.Strange(rand.New(rand.NewPCG(seed, 0)), int(cells%40), name)
		if err := result.Encode(io.Discard, r); err != nil {
			return // not a valid result
		}
		g := decided()
		for i := range g.Findings {
			g.Findings[i].Rule, g.Findings[i].Cell, g.Findings[i].Sentence = name, name, name
		}
		g.Findings = slices.Repeat(g.Findings, int(cells%40))
		for _, f := range export.Formats() {
			text := gatedText(t, f, r, g)
			if text != gatedText(t, f, r, g) {
				t.Errorf("%s: written differently the second time", f.Name)
			}
			verify(t, f.Name, text, r, g)
		}
	})
}

// verify holds a text to the rules of its format.
func verify(t *testing.T, format, text string, r *result.Result, g *gate.Report) {
	t.Helper()
	switch format {
	case "benchstat":
		verifyBench(t, text)
	case "junit":
		verifyJUnit(t, text, r, g)
	case "csv":
		verifyCSV(t, text, r)
	case "markdown":
		verifyMarkdown(t, text, 1<<20)
	case "comment":
		verifyMarkdown(t, text, 1<<16)
		if !strings.HasPrefix(text, export.Marker) {
			t.Errorf("a comment begins with %.40q", text)
		}
	case "annotations":
		verifyAnnotations(t, text)
	default:
		t.Errorf("format %s has no rules here", format)
	}
}

func verifyBench(t *testing.T, text string) {
	t.Helper()
	in := benchfmt.NewReader(strings.NewReader(text), "bench")
	for in.Scan() {
		if bad, ok := in.Result().(*benchfmt.SyntaxError); ok {
			t.Error(bad)
		}
	}
	if err := in.Err(); err != nil {
		t.Error(err)
	}
}

func verifyCSV(t *testing.T, text string, r *result.Result) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll() // of one width
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(r.Cells)+1 {
		t.Errorf("%d rows, want %d", len(rows), len(r.Cells)+1)
	}
	for _, row := range rows {
		for i, value := range row {
			if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
				t.Errorf("%s begins like a formula: %.40q", rows[0][i], value)
			}
		}
	}
}

// verifyMarkdown wants as many columns in every row as in the first, and nothing that
// the code host would act on.
func verifyMarkdown(t *testing.T, text string, below int) {
	t.Helper()
	if len(text) >= below {
		t.Errorf("%d bytes, want fewer than %d", len(text), below)
	}
	columns := 0
	for line := range strings.Lines(strings.TrimPrefix(text, export.Marker)) {
		pipes := strings.Count(line, "|")
		if line == "\n" || columns == 0 { // another table
			columns = pipes
		}
		if pipes > 0 && (pipes != columns || !strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "|:--- |")) {
			t.Errorf("%d columns, want %d: %.200s", pipes, columns, line)
		}
		outside := strings.Split(line, "`")
		if len(outside) != 1 && len(outside) != 3 && len(outside) != 7 { // the names of a cell, of a decision
			t.Errorf("a name ends its code span: %.200s", line)
		}
		for i := 0; i < len(outside); i += 2 {
			if strings.ContainsAny(outside[i], "<>[]") || strings.Contains(outside[i], "://") || strings.Contains(strings.ReplaceAll(outside[i], "@\u200b", ""), "@") {
				t.Errorf("not taken as text: %.200s", line)
			}
		}
	}
}

func verifyAnnotations(t *testing.T, text string) {
	t.Helper()
	kinds := map[string]int{}
	for line := range strings.Lines(text) {
		command, message, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		kind, title, _ := strings.Cut(command, " title=")
		if !ok || title == "" || message == "\n" || strings.ContainsAny(title, ":,\r") || strings.Contains(message, "\r") {
			t.Errorf("no annotation: %.200q", line)
		}
		kinds[kind]++
	}
	for kind, n := range kinds {
		if n > 10 || kind != "error" && kind != "warning" && kind != "notice" {
			t.Errorf("%d annotations of kind %q", n, kind)
		}
	}
}

// elements are those of Jenkins' schema of JUnit XML: the attributes that each must
// have and may have, and the elements that it may hold, in their order.
var elements = map[string]struct{ must, may, holds string }{
	"testsuites": {"", "name time tests failures disabled errors", "testsuite"},
	"testsuite":  {"name tests", "failures errors skipped time timestamp", "properties testcase system-out system-err"},
	"properties": {"", "", "property"},
	"property":   {"name value", "", ""},
	"testcase":   {"name", "classname time", "skipped error failure system-out system-err"},
	"skipped":    {"", "message", ""},
	"failure":    {"", "type message", ""},
	"system-out": {"", "", ""},
}

func verifyJUnit(t *testing.T, text string, r *result.Result, g *gate.Report) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Error("not UTF-8")
	}
	count := map[string]int{}
	var open, last []string // the elements around, and of each the latest child
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			count[e.Name.Local]++
			if len(open) > 0 {
				inOrder(t, open[len(open)-1], last[len(last)-1], e.Name.Local)
				last[len(last)-1] = e.Name.Local
			}
			attributes(t, e)
			open, last = append(open, e.Name.Local), append(last, "")
		case xml.EndElement:
			open, last = open[:len(open)-1], last[:len(last)-1]
		}
	}
	totals(t, text, count, r, g)
}

func inOrder(t *testing.T, parent, before, child string) {
	t.Helper()
	at := func(name string) int { return strings.Index(" "+elements[parent].holds+" ", " "+name+" ") }
	if at(child) < 0 || before != "" && at(child) < at(before) {
		t.Errorf("<%s> in <%s> after <%s>", child, parent, before)
	}
}

func attributes(t *testing.T, e xml.StartElement) {
	t.Helper()
	rules, known := elements[e.Name.Local]
	if !known {
		t.Errorf("<%s> is no element of JUnit XML", e.Name.Local)
	}
	has := " "
	for _, a := range e.Attr {
		has += a.Name.Local + " "
		if !strings.Contains(" "+rules.must+" "+rules.may+" ", " "+a.Name.Local+" ") {
			t.Errorf("<%s> has an attribute %s", e.Name.Local, a.Name.Local)
		}
	}
	for _, name := range strings.Fields(rules.must) {
		if !strings.Contains(has, " "+name+" ") {
			t.Errorf("<%s> has no %s", e.Name.Local, name)
		}
	}
}

// totals demands that the sums of a suite are those of its cases, and that a case
// passes only if it is as expected.
func totals(t *testing.T, text string, count map[string]int, r *result.Result, g *gate.Report) {
	t.Helper()
	var all struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Tests    int        `xml:"tests,attr"`
			Failures int        `xml:"failures,attr"`
			Skipped  int        `xml:"skipped,attr"`
			Cases    []struct{} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	tests, failures, skipped := 0, 0, 0
	for _, s := range all.Suites {
		if s.Tests != len(s.Cases) {
			t.Errorf("a suite says %d tests and has %d", s.Tests, len(s.Cases))
		}
		tests, failures, skipped = tests+s.Tests, failures+s.Failures, skipped+s.Skipped
	}
	if all.Tests != tests || all.Failures != failures || count["failure"] != failures || count["skipped"] != skipped || count["testcase"] != tests {
		t.Errorf("totals %d tests, %d failures; counted %d, %d, %d skipped, elements %v", all.Tests, all.Failures, tests, failures, skipped, count)
	}
	bad := 0
	for _, c := range r.Cells {
		if !c.AsExpected && c.Verdict != "unknown" {
			bad++
		}
	}
	if g != nil {
		for _, f := range g.Findings {
			if f.Outcome == gate.Fail {
				bad++
			}
		}
	}
	if failures != bad {
		t.Errorf("%d failures, want %d", failures, bad)
	}
}
