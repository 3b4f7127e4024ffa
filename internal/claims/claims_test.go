package claims

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/result"
)

// Every row of the documents is there, once and in order.
func TestEveryRowIsTried(t *testing.T) {
	want := strings.Fields("0.1 0.2 0.3 1.1 1.2 1.3 1.4 1.5 1.6 2.1 2.2 2.3 2.4 3.1 3.2 3.3 4.1 4.2 4.3 4.4 4.5 4.6 4.7 4.8 4.9 4.10 4.11 4.12")
	var got []string
	for _, c := range All() {
		got = append(got, c.Number)
		if c.Says == "" || len(c.From) == 0 || !slices.Contains([]Verdict{Confirmed, Conditional, Refuted}, c.Expected) {
			t.Errorf("%s: says %q, rests on %v, expected %q", c.Number, c.Says, c.From, c.Expected)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
}

// A claim rests on experiments that are run, and every experiment has a claim that rests on
// it.
func TestExperimentsAndClaimsNeedEachOther(t *testing.T) {
	var names []string
	for _, x := range Experiments() {
		if slices.Contains(names, x.Name) || path.Base(x.Name) != x.Name {
			t.Errorf("experiment %q: no name of a folder of its own", x.Name)
		}
		names = append(names, x.Name)
	}
	for _, c := range All() {
		for _, name := range c.From {
			if !slices.Contains(names, name) {
				t.Errorf("%s rests on %q, which nobody runs", c.Number, name)
			}
		}
	}
	if n := len(Needed(All())); n != len(names) {
		t.Errorf("%d of %d experiments are needed", n, len(names))
	}
}

// Nothing observed is never a verdict: whatever experiment is missing, the claims that rest
// on it are unknown and say what they miss, and a judge asks for no other.
func TestWithoutEvidenceNothingIsKnown(t *testing.T) {
	for _, c := range All() {
		r := c.Rule(&Evidence{})
		if r.Verdict != Unknown || r.Numbers == "" {
			t.Errorf("%s: %s: %s", c.Number, r.Verdict, r.Numbers)
		}
		asked := regexp.MustCompile(`the experiment (\S+) has no result`).FindStringSubmatch(r.Numbers)
		if len(asked) == 2 && !slices.Contains(c.From, asked[1]) {
			t.Errorf("%s asks for %s, and rests on %v", c.Number, asked[1], c.From)
		}
	}
}

// committed is the evidence that the committed table rests on.
func committed(t *testing.T) *Evidence {
	t.Helper()
	e := &Evidence{Runs: map[string]*result.Result{}, Explored: map[string]*evidence.Document{}, Metrics: map[string]map[string]float64{}}
	for _, x := range Experiments() {
		dir := filepath.Join("..", "..", "results", Folder, x.Name)
		if !x.Explores() {
			r, err := result.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			e.Runs[x.Name] = r
			if x.Watched {
				text, err := os.ReadFile(filepath.Join(dir, MetricsFile))
				if err != nil {
					t.Fatal(err)
				}
				e.Metrics[x.Name] = Series(string(text))
			}
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, evidence.File))
		if err != nil {
			t.Fatal(err)
		}
		e.Explored[x.Name] = &evidence.Document{}
		if err := json.Unmarshal(text, e.Explored[x.Name]); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// A claim that names an experiment reads it: without any one of them nothing is known.
func TestEveryExperimentOfAClaimDecides(t *testing.T) {
	e := committed(t)
	for _, c := range All() {
		if r := c.Rule(e); r.Verdict != c.Expected {
			t.Errorf("%s: %s: %s", c.Number, r.Verdict, r.Numbers)
		}
		for _, name := range c.From {
			run, explored := e.Runs[name], e.Explored[name]
			delete(e.Runs, name)
			delete(e.Explored, name)
			if r := c.Rule(e); r.Verdict != Unknown || r.Numbers != "the experiment "+name+" has no result" {
				t.Errorf("%s without %s: %s: %s", c.Number, name, r.Verdict, r.Numbers)
			}
			if run != nil {
				e.Runs[name] = run
			} else {
				e.Explored[name] = explored
			}
		}
	}
}

// What was not counted is not none.
func TestWhatWasNotCountedLeavesAClaimUnknown(t *testing.T) {
	for _, c := range []struct {
		number, experiment, want string
		forget                   func(*result.Cell)
	}{
		{"0.2", storm, "connections of connect-storm/", func(c *result.Cell) { c.ConnectionsOpened = nil }},
		{"2.2", named, "false rejections of concurrent/", func(c *result.Cell) { c.FalseRejections = nil }},
		{"3.3", stall, "steps of stall/", func(c *result.Cell) { c.DoubleCounted = nil }},
		{"4.11", failover, "lost admissions of failover/", func(c *result.Cell) { c.LostAcknowledged = nil }},
		{"4.12", concurrent, "keys without TTL of concurrent/", func(c *result.Cell) { c.KeysWithoutTTL = nil }},
	} {
		e := committed(t)
		for i := range e.Runs[c.experiment].Cells {
			c.forget(&e.Runs[c.experiment].Cells[i])
		}
		if r := claim(t, c.number).Rule(e); r.Verdict != Unknown || !strings.HasPrefix(r.Numbers, c.want) {
			t.Errorf("%s: %s: %s", c.number, r.Verdict, r.Numbers)
		}
	}
}

// A void trial has shown nothing.
func TestAVoidTrialLeavesAClaimUnknown(t *testing.T) {
	e := &Evidence{Runs: map[string]*result.Result{concurrent: {Run: result.Run{Complete: true, RealRedis: true}, Cells: []result.Cell{
		{Scenario: "concurrent", Topology: "standalone", Algorithm: "fixedwindow", Technique: "naive", Driver: "redigo", Client: "bounded", Verdict: "unknown", Void: true, Reasons: []string{"busy"}},
		{Scenario: "concurrent", Topology: "standalone", Algorithm: "fixedwindow", Technique: "lua", Driver: "redigo", Client: "bounded", Verdict: "valid"},
	}}}}
	if r := claim(t, "4.2").Rule(e); r.Verdict != Unknown || r.Numbers != "concurrent/standalone/fixedwindow/naive/redigo is void: busy" {
		t.Errorf("%s: %s", r.Verdict, r.Numbers)
	}
	e.Runs[concurrent].Cells[0].Void = false
	e.Runs[concurrent].Cells[0].Verdict, e.Runs[concurrent].Cells[0].Overshoot.Ratio = "invalid", 3
	if r := claim(t, "4.2").Rule(e); r.Verdict != Confirmed || !strings.HasPrefix(r.Numbers, "Up to 300 % of the limit") {
		t.Errorf("%s: %s", r.Verdict, r.Numbers)
	}
	e.Runs[concurrent].Cells[1].Verdict = "invalid"
	if r := claim(t, "4.2").Rule(e); r.Verdict != Refuted {
		t.Errorf("%s although one script was broken too", r.Verdict)
	}
}

// What an imitation of Redis does shows nothing of Redis, and half a run not enough.
func TestAnImitationLeavesAClaimUnknown(t *testing.T) {
	e := committed(t)
	e.Runs[concurrent].Run.RealRedis = false
	if r := claim(t, "4.2").Rule(e); r.Verdict != Unknown || r.Numbers != "the experiment concurrent was run on no real Redis" {
		t.Errorf("%s: %s", r.Verdict, r.Numbers)
	}
	e.Runs[concurrent].Run.Complete = false
	if r := claim(t, "4.2").Rule(e); r.Verdict != Unknown || r.Numbers != "the experiment concurrent did not come to its end" {
		t.Errorf("%s: %s", r.Verdict, r.Numbers)
	}
}

// What was explored and not exhausted, or not confirmed on a real server, proves nothing.
func TestAnOpenExplorationLeavesAClaimUnknown(t *testing.T) {
	d := &evidence.Document{Suite: evidence.Suite{Exhausted: true}, Confirmation: &evidence.Confirmation{Server: "redis 7.0.15", Effects: 5}}
	e := &Evidence{Explored: map[string]*evidence.Document{explorer: d}}
	if r := claim(t, "2.3").Rule(e); r.Verdict != Refuted {
		t.Errorf("%s: %s", r.Verdict, r.Numbers)
	}
	d.Findings = []evidence.Finding{{Trace: "traces/fixedwindow-multi-expire/overshoot.json"}}
	if r := claim(t, "2.3").Rule(e); r.Verdict != Confirmed {
		t.Errorf("%s although a schedule overshoots", r.Verdict)
	}
	d.Suite.Exhausted = false
	if r := claim(t, "2.3").Rule(e); r.Verdict != Unknown {
		t.Errorf("%s of a search that was not exhausted", r.Verdict)
	}
	d.Suite.Exhausted, d.Confirmation = true, nil
	if r := claim(t, "2.3").Rule(e); r.Verdict != Unknown {
		t.Errorf("%s of a search that was not confirmed", r.Verdict)
	}
}

// Runs of two series are no evidence of one machine, one version and one seed.
func TestRunsOfTwoSeriesAreAMixture(t *testing.T) {
	of := func(version string, seed uint64, machine string) *result.Result {
		return &result.Result{Run: result.Run{Version: version, Seed: seed, Machine: machine}}
	}
	for want, other := range map[string]*result.Result{
		"": of("v1", 7, "a"),
		`the version of concurrent is "v1", that of outage is "v2"`: of("v2", 7, "a"),
		`the seed of concurrent is "7", that of outage is "8"`:      of("v1", 8, "a"),
		`the machine of concurrent is "a", that of outage is "b"`:   of("v1", 7, "b"),
	} {
		e := &Evidence{Runs: map[string]*result.Result{concurrent: of("v1", 7, "a"), outage: other}}
		if got := e.Mixture(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What a run served is added up by name; a line that was cut off tells nothing.
func TestSeriesOfOneNameAreAddedUp(t *testing.T) {
	got := Series("# TYPE a gauge\na{of=\"x y\"} 2\na{of=\"z\"} 3\nb 1e3\nb{of=\"q")
	if want := map[string]float64{"a": 5, "b": 1000}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func claim(t *testing.T, number string) Claim {
	t.Helper()
	list := All()
	i := slices.IndexFunc(list, func(c Claim) bool { return c.Number == number })
	if i < 0 {
		t.Fatalf("no claim %s", number)
	}
	return list[i]
}

// The page has one row a claim, which begins with its number and has as many cells as the
// head, whatever the texts hold.
func TestPageHasARowForEachClaim(t *testing.T) {
	d := Judge(All(), &Evidence{})
	d.Rows[0].Numbers = "a|b\nc"
	var b bytes.Buffer
	if err := d.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (\d\.\d+) \|.*\|$`).FindAllStringSubmatch(b.String(), -1)
	if len(rows) != len(All()) {
		t.Fatalf("%d rows, want %d:\n%s", len(rows), len(All()), b.String())
	}
	for i, r := range rows {
		if r[1] != All()[i].Number || strings.Count(strings.ReplaceAll(r[0], `\|`, ""), "|") != 7 {
			t.Errorf("row %s", r[0])
		}
	}
}

// What Decode takes is what Encode writes again; all else is refused in one line.
func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := Judge(All(), &Evidence{}).Encode(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"schema":2,"novel":1}`))
	f.Add([]byte(`{"schema":0}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Decode(bytes.NewReader(text))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		var once, twice bytes.Buffer
		if err := d.Encode(&once); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Fatalf("%v in %s", err, once.Bytes())
		}
		if err := again.Encode(&twice); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Errorf("%v: read again it is another", err)
		}
	})
}

// An experiment's own report has the rows that rest on it, and no others.
func TestRowsOfAnExperiment(t *testing.T) {
	d := Judge(All(), &Evidence{})
	for _, x := range Experiments() {
		part := d.RestingOn(x.Name)
		if len(part.Rows) == 0 || len(part.Rows) == len(d.Rows) {
			t.Errorf("%d of %d rows rest on %s", len(part.Rows), len(d.Rows), x.Name)
		}
		for _, r := range part.Rows {
			if !slices.Contains(r.From, x.Name) {
				t.Errorf("%s rests on %v, not on %s", r.Number, r.From, x.Name)
			}
		}
	}
}
