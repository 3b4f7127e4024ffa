package evidence

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/fixedwindow"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/internal/confirm"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/transcript"
)

// told is what a suite leaves in files and says on the terminal.
func told(t *testing.T, s explore.Suite) (files map[string][]byte, terminal string) {
	t.Helper()
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := New(s, r)
	files, err = d.Files(s, r)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := d.Terminal(&b, s, r, "x", "rlbench"); err != nil {
		t.Fatal(err)
	}
	return files, b.String()
}

// small is a suite of three limiters and a pattern with its repair, in four scenarios.
func small(t *testing.T) (explore.Suite, *explore.Report) {
	t.Helper()
	s := explore.Suite{Limits: []algorithms.Limit{algorithms.NewLimit(1, time.Second)}, Budget: explore.DefaultBudget}
	for _, name := range []string{"naive", "lua", "incr-expire"} {
		tech, err := fixedwindow.Algorithm().Technique(name)
		if err != nil {
			t.Fatal(err)
		}
		subject, err := explore.Limiter(fixedwindow.Algorithm(), tech)
		if err != nil {
			t.Fatal(err)
		}
		s.Subjects = append(s.Subjects, subject)
	}
	for _, p := range patterns.All()[:2] {
		s.Subjects = append(s.Subjects, explore.Pattern(p))
	}
	for _, sc := range explore.Scenarios() {
		if slices.Contains([]string{"race", "window", "death", "eviction"}, sc.Name) {
			s.Scenarios = append(s.Scenarios, sc)
		}
	}
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

func TestDocumentHasTheWordsOfItsReaders(t *testing.T) {
	s, r := small(t)
	d := New(s, r)
	c := Confirmed(confirm.Tally{Server: "redis 7.0.15", Edges: 5, Replayed: confirm.Replayed{Replays: 100}})
	d.Confirmation = &c
	var text bytes.Buffer
	if err := d.Encode(&text); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for part, names := range map[string][]string{
		"suite":        {"pairs", "states", "edges", "schedules", "seconds", "exhausted"},
		"confirmation": {"server", "edges", "divergences", "replays"},
	} {
		for _, name := range names {
			if _, ok := got[part].(map[string]any)[name]; !ok {
				t.Errorf("%s has no %s:\n%s", part, name, text.String())
			}
		}
	}
	finding := got["findings"].([]any)[0].(map[string]any)
	for _, name := range []string{"subject", "scenario", "property", "events", "preemptions", "steps", "schedules", "bad_schedules", "trace"} {
		if _, ok := finding[name]; !ok {
			t.Errorf("a finding has no %s: %v", name, finding)
		}
	}
	var again Document
	if err := json.Unmarshal(text.Bytes(), &again); err != nil || again.Suite.Schedules != r.Schedules {
		t.Errorf("what is read again has %s schedules, want %s (%v)", again.Suite.Schedules, r.Schedules, err)
	}
}

// Every finding has the trace of its cell among the files, which a reader accepts; and the
// files are the same whenever they are made.
func TestFilesHoldEveryTrace(t *testing.T) {
	s, r := small(t)
	d := New(s, r)
	d.Suite.Seconds = new(12.5)
	files, err := d.Files(s, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Findings {
		trace, err := transcript.Read(bytes.NewReader(files[f.Trace]))
		if err != nil || trace.Subject != f.Subject || trace.Property != string(f.Property) {
			t.Errorf("%s of %s is of %s, %s: %v", f.Trace, f.Subject, trace.Subject, trace.Property, err)
		}
		for _, ending := range []string{".svg", ".md"} {
			if beside := strings.TrimSuffix(f.Trace, ".json") + ending; len(files[beside]) == 0 {
				t.Errorf("there is no %s", beside)
			}
		}
	}
	s2, r2 := small(t)
	again, err := New(s2, r2).Files(s2, r2)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(files, again, bytes.Equal) {
		t.Error("the files depend on more than what was found")
	}
}

func TestCellsSayHowSureTheyAre(t *testing.T) {
	s, r := small(t)
	d := New(s, r)
	files, err := d.Files(s, r)
	if err != nil {
		t.Fatal(err)
	}
	matrix := string(files["README.md"])
	for _, want := range []string{
		"| **naive** | [5 steps](traces/fixedwindow-naive/overshoot.md) |",
		"| **lua** | none in 92 | none in 92 | none in 92 | none in 90 | [overshoot, 3 steps](traces/fixedwindow-lua/eviction-overshoot.md) |",
		"| nothing new |",
		"[key without TTL, 1 step](traces/fixedwindow-incr-expire/client-death-key-without-ttl.md)",
		"| session/get-expire | [broken promise, 4 steps](traces/session-get-expire/promise.md) |",
	} {
		if !strings.Contains(matrix, want) {
			t.Errorf("the matrix does not say %q:\n%s", want, matrix)
		}
	}
}

// In a scenario of one's own, what takes no event of it is told from what does.
func TestWhatTakesNoEventIsNotBlamedOnOne(t *testing.T) {
	s, _ := small(t)
	s.Subjects = s.Subjects[:3]
	s.Scenarios = []explore.Scenario{{Name: explore.OwnScenario, Column: "die", Clients: 2, Requests: 1, Deaths: 1}}
	files, terminal := told(t, s)
	matrix, page := string(files["README.md"]), string(files["traces/fixedwindow-naive/overshoot.md"])
	for _, it := range []struct{ where, text, want string }{
		{"terminal", terminal, "fixedwindow/naive        overshoot in 5 steps"},
		{"terminal", terminal, "fixedwindow/lua          nothing in 2 schedules"},
		{"terminal", terminal, "fixedwindow/incr-expire  nothing                  key without TTL by die 1"},
		{"matrix", matrix, "| **naive** | [5 steps](traces/fixedwindow-naive/overshoot.md) |"},
		{"matrix", matrix, "| **incr-expire** | none | none | none | [key without TTL, 1 step](traces/fixedwindow-incr-expire/die-key-without-ttl.md) |"},
		{"page", page, "# fixedwindow/naive: overshoot\n"},
	} {
		if !strings.Contains(it.text, it.want) {
			t.Errorf("the %s does not say %q:\n%s", it.where, it.want, it.text)
		}
	}
}

// What was not exhausted is never called clean.
func TestWhatIsOpenIsSaid(t *testing.T) {
	s, _ := small(t)
	s.Budget.States = 20
	files, terminal := told(t, s)
	for where, text := range map[string]string{"the matrix": string(files["README.md"]), "the terminal": terminal} {
		if !strings.Contains(text, "NOT exhausted") || !strings.Contains(text, "NOT a proof") {
			t.Errorf("%s hides what was not exhausted:\n%s", where, text)
		}
	}
}

func TestShownCounts(t *testing.T) {
	for text, want := range map[string]string{"0": "0", "9999": "9999", "12345": "1.2e4", "314737126419485": "3.1e14", "62917447097192837761673274": "6.3e25"} {
		var c explore.Count
		if err := json.Unmarshal([]byte(text), &c); err != nil || Shown(c) != want {
			t.Errorf("%s is shown as %s, want %s (%v)", text, Shown(c), want, err)
		}
	}
}
