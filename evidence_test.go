package rlbench_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/internal/confirm"
	"github.com/rlbench/rlbench/internal/evidence"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/provider/virtual"
	"github.com/rlbench/rlbench/internal/transcript"
)

// evidenceDir is where make evidence writes.
const evidenceDir = "results/evidence"

// defaultSuite is what `rlbench explore` explores without a flag.
func defaultSuite(t testing.TB) explore.Suite {
	t.Helper()
	s := explore.Suite{Scenarios: explore.Scenarios(), Budget: explore.DefaultBudget, Workers: runtime.GOMAXPROCS(0)}
	for l := range int64(3) {
		s.Limits = append(s.Limits, algorithms.NewLimit(l+1, time.Second))
	}
	for _, a := range algorithmlist.Algorithms() {
		for _, tech := range a.Techniques {
			if a.Control {
				continue
			}
			subject, err := explore.Limiter(a, tech)
			if err != nil {
				t.Fatal(err)
			}
			s.Subjects = append(s.Subjects, subject)
		}
	}
	for _, p := range patterns.All() {
		s.Subjects = append(s.Subjects, explore.Pattern(p))
	}
	return s
}

// The whole default suite is exhausted and finds what is expected of it, and what is
// committed is what it finds today: every cell, every step of every counterexample. Where
// it was confirmed is taken from the committed files.
func TestCommittedEvidenceIsCurrent(t *testing.T) {
	s := defaultSuite(t)
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range r.Open {
		t.Error(o)
	}
	for _, surprise := range r.Surprises(s.Subjects, true) {
		t.Error(surprise)
	}
	d := evidence.New(s, r)
	takeConfirmation(t, d)
	readmeShows(t, d, s, r)
	files, err := d.Files(s, r)
	if err != nil {
		t.Fatal(err)
	}
	stale := 0
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(evidenceDir, path))
		if err != nil || !bytes.Equal(got, want) {
			stale++
			t.Logf("%s is not what the explorer finds today", path)
		}
	}
	err = filepath.WalkDir(evidenceDir, func(path string, e fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, filepath.FromSlash(evidenceDir)+string(filepath.Separator)))
		if err == nil && !e.IsDir() && files[name] == nil {
			stale++
			t.Logf("%s is of something that the explorer does not find any more", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if stale > 0 {
		t.Errorf("%d files of %s are not current: run make evidence and commit what it writes", stale, evidenceDir)
	}
}

// readmeShows demands that the matrix in the README is the one of today.
func readmeShows(t *testing.T, d *evidence.Document, s explore.Suite, r *explore.Report) {
	t.Helper()
	var matrix strings.Builder
	if err := d.Overview(&matrix, s, r, evidenceDir+"/"); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), matrix.String()) {
		t.Errorf("README.md does not show the matrix of today, which is\n%s", matrix.String())
	}
	c := d.Confirmation
	for _, n := range []int{c.Effects, c.Edges, c.Schedules + c.AtDeadline, c.Counterexamples} {
		if !strings.Contains(strings.ReplaceAll(string(readme), ",", ""), strconv.Itoa(n)) {
			t.Errorf("README.md does not say that %d were confirmed", n)
		}
	}
}

// takeConfirmation notes in a document where the committed one was confirmed.
func takeConfirmation(t *testing.T, d *evidence.Document) {
	t.Helper()
	d.Confirmation = committedConfirmation(t)
	for _, trace := range d.Traces() {
		trace.ServerVersion = d.Confirmation.Server
	}
}

func committedConfirmation(t *testing.T) *evidence.Confirmation {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(evidenceDir, evidence.File))
	if err != nil {
		t.Fatal(err)
	}
	var committed evidence.Document
	if err := json.Unmarshal(text, &committed); err != nil {
		t.Fatal(err)
	}
	if committed.Confirmation == nil {
		t.Fatal("the committed evidence was not confirmed on any server: run make evidence")
	}
	return committed.Confirmation
}

// Everything is confirmed anew on a real server, the first that is here: each step of the
// graphs, each schedule of what watches, and each committed counterexample a hundred times.
// The committed numbers of every server are those of today; one of another product may have
// left out what it says.
func TestCommittedEvidenceIsConfirmed(t *testing.T) {
	t.Parallel()
	on, other, traces := virtualServer(t), virtualServer(t), committedTraces(t)
	tally, replayed := confirm.Tally{Server: on.Version}, confirm.Replayed{}
	var both errgroup.Group // each of a server's own
	both.Go(func() error { return tally.Graphs(t.Context(), on, defaultSuite(t)) })
	both.Go(func() error {
		for _, trace := range traces {
			if err := replayed.Counterexample(t.Context(), other, &trace, 100); err != nil {
				return err
			}
		}
		return nil
	})
	if err := both.Wait(); err != nil {
		t.Fatal(err)
	}
	tally.Replayed = replayed
	got, committed := evidence.Confirmed(tally), committedConfirmation(t)
	for _, c := range append(committed.Also, *committed) {
		name := c.Server
		if product(name) != product(got.Server) && len(c.Open) > 0 {
			// What it does otherwise is left out, and only it can say how much that is.
			if c.Effects > got.Effects || c.Schedules > got.Schedules || c.AtDeadline > got.AtDeadline {
				t.Errorf("%s has confirmed more than there is: %+v", name, c)
			}
			c.Effects, c.Schedules, c.AtDeadline, c.Open = got.Effects, got.Schedules, got.AtDeadline, got.Open
		}
		c.Server, c.Also = got.Server, nil
		if !reflect.DeepEqual(c, got) {
			t.Errorf("the committed numbers of %s are %+v, today %s has %+v: run make evidence and commit what it writes", name, c, on.Version, got)
		}
	}
}

// product is the first word of a server's version.
func product(version string) string {
	word, _, _ := strings.Cut(version, " ")
	return word
}

// virtualServer is a server under virtual time until the test ends.
func virtualServer(t *testing.T) confirm.Target {
	t.Helper()
	programs, err := virtual.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	server, err := virtual.Start(t.Context(), programs[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("on %s", programs[0])
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return confirm.On(server)
}

// committedTraces are the counterexamples.
func committedTraces(t *testing.T) (list []transcript.Trace) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(evidenceDir, "traces", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		trace, err := transcript.Read(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, trace)
	}
	return list
}

// BenchmarkExplore explores the default suite on one core: 20 s and 2 GB are its budget.
//
//	go test -run '^$' -bench Explore -benchtime 1x .
func BenchmarkExplore(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := defaultSuite(b)
	s.Workers = 1
	for b.Loop() {
		r, err := s.Run(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.States), "states")
		b.ReportMetric(r.Schedules.Float(), "schedules")
	}
}
