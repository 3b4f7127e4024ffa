package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/engine"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/provider/providertest"
	"github.com/rlbench/rlbench/internal/result"
	"github.com/rlbench/rlbench/scenarios"
)

// served serves a view until the test ends.
func served(t *testing.T, v *View) (url string) {
	t.Helper()
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(Serve(l, v).Close)
	return l.URL()
}

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", r.Status, err)
	}
	return families
}

// values are those of a counter or gauge, by the value of one label.
func values(f *dto.MetricFamily, label string) map[string]int64 {
	out := map[string]int64{}
	for _, m := range f.GetMetric() {
		key := ""
		for _, l := range m.GetLabel() {
			if l.GetName() == label {
				key = l.GetValue()
			}
		}
		out[key] += int64(m.GetCounter().GetValue() + m.GetGauge().GetValue())
	}
	return out
}

func value(f *dto.MetricFamily) int64 { return values(f, "")[""] }

// trialOf runs gcra/naive on a real server, watched by v. meanwhile is called again and
// again while it runs.
func trialOf(t *testing.T, v *View, s scenarios.Scenario, meanwhile func()) *history.History {
	t.Helper()
	at := drivers.Endpoints{Addrs: []string{providertest.Redis(t)}}
	b, err := engine.New(t.Context(), at, nil, provider.Traits{}, driverlist.Drivers())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.Watch(v)
	list := algorithmlist.Algorithms()
	a := list[slices.IndexFunc(list, func(a algorithms.Algorithm) bool { return a.Name == "gcra" })]
	technique, err := a.Technique("naive")
	if err != nil {
		t.Fatal(err)
	}
	subject := scenarios.Subject{Algorithm: a, Technique: technique, Driver: "redigo", Client: history.DefaultClient}
	cell := scenarios.Expand([]scenarios.Scenario{s}, "standalone", []scenarios.Subject{subject}, 1)[0]
	var h *history.History
	done := make(chan struct{})
	go func() {
		defer close(done)
		h, err = b.Trial(context.Background(), cell)
	}()
	for {
		select {
		case <-done:
			if err != nil {
				t.Fatal(err)
			}
			return h
		case <-time.After(10 * time.Millisecond):
			meanwhile()
		}
	}
}

// What is served in the end is what the history holds, and what was served before never
// went beyond it: a counter that is scraped while workers count is no other one.
func TestCountsAreThoseOfTheHistory(t *testing.T) {
	for _, s := range []scenarios.Scenario{scenarios.Saturate(), scenarios.Concurrent(), scenarios.Baseline()} {
		t.Run(s.Name, func(t *testing.T) {
			s.Duration = time.Second
			v := NewView("test", 2, 0)
			url := served(t, v)
			var running, last int64
			h := trialOf(t, v, s, func() {
				families := scrape(t, url)
				running = max(running, value(families["rlbench_trials_running"]))
				now := value(families["rlbench_decisions_total"])
				if now < last {
					t.Errorf("%d decisions after %d", now, last)
				}
				last = now
			})
			judged := metrics.Cell(h, check.Judge(h))
			families := scrape(t, url)
			compare(t, families, &judged)
			if total := judged.Allowed + judged.Denied + judged.Failed + judged.Unknown; running != 1 || last > total {
				t.Errorf("while it ran: %d trials running, %d decisions of %d", running, last, total)
			}
			if got := value(families["rlbench_overshoot_cost"]); got > judged.Overshoot.Certain || s.Name == "concurrent" && got == 0 {
				t.Errorf("an overshoot of %d while running, %d is certain", got, judged.Overshoot.Certain)
			}
			v.Finished(&judged)
			families = scrape(t, url)
			if got := value(families["rlbench_overshoot_cost"]); got != judged.Overshoot.Certain {
				t.Errorf("an overshoot of %d when finished, want %d", got, judged.Overshoot.Certain)
			}
			if done, of := value(families["rlbench_cells_finished"]), value(families["rlbench_cells_planned"]); done != 1 || of != 2 {
				t.Errorf("%d of %d cells are finished, want 1 of 2", done, of)
			}
		})
	}
}

// compare demands the counts of a cell.
func compare(t *testing.T, families map[string]*dto.MetricFamily, c *result.Cell) {
	t.Helper()
	want := map[string]int64{"allowed": c.Allowed, "denied": c.Denied, "failed": c.Failed, "unknown": c.Unknown}
	total := int64(0)
	for outcome, n := range values(families["rlbench_decisions_total"], "outcome") {
		if total += n; n != want[outcome] {
			t.Errorf("%d decisions are %s, want %d", n, outcome, want[outcome])
		}
	}
	if got := value(families["rlbench_blocked_total"]); got != c.Denied {
		t.Errorf("%d blocked, want %d", got, c.Denied)
	}
	histogram := families["rlbench_decision_seconds"].GetMetric()[0].GetHistogram()
	if total == 0 || histogram.GetSampleCount() != uint64(total) {
		t.Errorf("%d response times of %d decisions", histogram.GetSampleCount(), total)
	}
	median := c.Latency.Response.P50us / 1e6
	var below, upTo uint64 // the median lies between the bounds around it
	for _, b := range histogram.GetBucket() {
		if b.GetUpperBound() < median {
			below = b.GetCumulativeCount()
		} else if upTo == 0 {
			upTo = b.GetCumulativeCount()
		}
	}
	if half := uint64(total) / 2; below > half+uint64(total)/100 || upTo+uint64(total)/100 < half {
		t.Errorf("%d of %d response times are below the class of the median %g s, and %d up to its end", below, total, median, upTo)
	}
}

// watched is a trial of a view, as the engine would begin it.
func watched(v *View, users int) *trial {
	h := &history.Trial{Cell: history.Cell{Scenario: "s", Topology: "standalone", Algorithm: "a", Technique: "t", Driver: "d", Client: "bounded"}}
	h.Contract = algorithms.Contract{Kind: algorithms.Log, Limit: algorithms.NewLimit(100, time.Second), Granularity: time.Millisecond}
	return v.Begin(h, users).(*trial)
}

func TestMostLimitedKeys(t *testing.T) {
	v := NewView("test", 1, 0)
	url := served(t, v)
	w := watched(v, 50)
	for user := range 40 { // user 39 most often
		w.Decided(history.Op{Key: int32(user), Outcome: algorithms.Allowed, Cost: 1})
		for range user {
			w.Decided(history.Op{Key: int32(user), Outcome: algorithms.Denied, Cost: 1})
		}
	}
	families := scrape(t, url)
	want := map[string]int64{}
	for user := int64(30); user < 40; user++ {
		want[fmt.Sprint(user)] = user
	}
	if got := values(families["rlbench_most_limited_keys"], "key"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("most limited keys %v, want %v", got, want)
	}
	if got := value(families["rlbench_limiter_keys"]); got != 40 {
		t.Errorf("%d keys, want 40", got)
	}
	w.End()
	watched(v, 50) // begins with nothing, but for what its subject had decided
	families = scrape(t, url)
	if got := value(families["rlbench_limiter_keys"]); got != 0 || families["rlbench_most_limited_keys"] != nil {
		t.Errorf("a new trial begins with %d keys, limited %v", got, families["rlbench_most_limited_keys"])
	}
	if got := value(families["rlbench_decisions_total"]); got != 40+39*40/2 {
		t.Errorf("%d decisions of both trials", got)
	}
}

// Subjects that differ in nothing but their failure policy go through one fault side by
// side, and each has its own series.
func TestPoliciesAreToldApart(t *testing.T) {
	v := NewView("test", 2, 0)
	url := served(t, v)
	want := map[string]int64{}
	for i, policy := range []string{"", "open", "closed"} {
		cell := history.Cell{Scenario: "s", Topology: "standalone", Algorithm: "a", Technique: "t", Driver: "d", Client: "bounded", Policy: policy}
		w := v.Begin(&history.Trial{Cell: cell}, 1)
		for range i + 1 {
			w.Decided(history.Op{Outcome: algorithms.Denied})
		}
		want[policy] = int64(i + 1)
		v.Finished(&result.Cell{Scenario: "s", Topology: "standalone", Algorithm: "a", Technique: "t", Driver: "d", Client: "bounded", Policy: policy})
	}
	families := scrape(t, url)
	for _, name := range []string{"rlbench_decisions_total", "rlbench_most_limited_keys"} {
		if got := values(families[name], "policy"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if n := len(families["rlbench_overshoot_cost"].GetMetric()); n != len(want) {
		t.Errorf("%d overshoots, want %d: a finished cell is another subject than the trial", n, len(want))
	}
}

// Workers report at the same time, also on one key; nothing is lost, and none waits.
func TestWorkersCountSideBySide(t *testing.T) {
	const workers, each = 8, 20_000
	v := NewView("test", 1, 0)
	w := watched(v, 2)
	var done sync.WaitGroup
	for worker := range workers {
		done.Go(func() {
			for i := range each {
				w.Decided(history.Op{Worker: int32(worker), Key: int32(i % 2), Cost: 1, Outcome: algorithms.Outcome(i % 4), Ret: int64(i)})
			}
		})
	}
	done.Wait()
	families := scrape(t, served(t, v))
	for outcome, n := range values(families["rlbench_decisions_total"], "outcome") {
		if n != workers*each/4 {
			t.Errorf("%d decisions are %s, want %d", n, outcome, workers*each/4)
		}
	}
	// All within one window, of which 100 are permitted: what was left out on the way can
	// only be missing.
	if got := value(families["rlbench_overshoot_cost"]); got < 1 || got > workers*each/4-100 {
		t.Errorf("an overshoot of %d", got)
	}
}

func TestDecidedDoesNotAllocate(t *testing.T) {
	w := watched(NewView("test", 1, 0), 1)
	op := history.Op{Cost: 1, Outcome: algorithms.Allowed, Inv: 1, Ret: 2}
	if n := testing.AllocsPerRun(1000, func() { w.Decided(op) }); n != 0 {
		t.Errorf("%v allocations per decision, want 0", n)
	}
}

// Names, units and help texts are as Prometheus wants them.
func TestConventions(t *testing.T) {
	v := NewView("test", 1, 0)
	w := watched(v, 1)
	w.Decided(history.Op{Outcome: algorithms.Denied, Cost: 1})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(v)
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 10 {
		t.Errorf("%d metrics, %v; want 10", len(families), err)
	}
}

func TestThePageLinksToTheMetrics(t *testing.T) {
	url := served(t, NewView("test", 1, 0))
	for path, want := range map[string]int{"/": http.StatusOK, "/metrics": http.StatusOK, "/other": http.StatusNotFound} {
		r, err := http.Get(strings.TrimSuffix(url, "/metrics") + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || r.StatusCode != want || path == "/" && !strings.Contains(string(text), `href="/metrics"`) {
			t.Errorf("%s: %s, %v\n%s", path, r.Status, err, text)
		}
	}
}

func TestResolve(t *testing.T) {
	for address, want := range map[string]string{
		":9464": "127.0.0.1:9464", "127.0.0.1:0": "127.0.0.1:0", "0.0.0.0:9464": "0.0.0.0:9464", "localhost:1": "localhost:1", "[::1]:9464": "[::1]:9464",
		"": "", "9464": "", ":": "", ":http": "", ":-1": "", ":65536": "", ":09": "", "::1:9464": "", "127.0.0.1": "", "http://127.0.0.1:9464": "",
	} {
		got, err := Resolve(address)
		if got != want || want == "" && !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %q, %v; want %q", address, got, err, want)
		}
	}
}

// FuzzResolve: whatever is typed, what comes out has a host and a port, and stays what
// it is.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{":9464", "127.0.0.1:0", "[::1]:9464", "9464", "", "a b:1", ":1:1", "[]:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		full, err := Resolve(address)
		if err != nil {
			if !errors.Is(err, ErrAddress) {
				t.Errorf("%q: %v", address, err)
			}
			return
		}
		if again, err := Resolve(full); again != full || err != nil || strings.HasPrefix(full, ":") {
			t.Errorf("%q is %q, and that is %q, %v", address, full, again, err)
		}
	})
}

func TestAddressesThatCannotBeHad(t *testing.T) {
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Open() {
		t.Errorf("%s is said to be reached from elsewhere", l.Addr())
	}
	if _, err := Listen(t.Context(), l.Addr().String()); err == nil || errors.Is(err, ErrAddress) || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("an address in use: %v", err)
	}
	if _, err := Listen(t.Context(), "192.0.2.1:9464"); !errors.Is(err, ErrAddress) { // reserved for documentation
		t.Errorf("an address of nobody: %v", err)
	}
	everywhere, err := Listen(t.Context(), "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer everywhere.Close()
	if !everywhere.Open() {
		t.Errorf("%s is said to be reached from here alone", everywhere.Addr())
	}
}

// A listener is taken over from the environment, as after the replacement of the
// process, and connections made before reach it.
func TestCarriedListener(t *testing.T) {
	first, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := first.URL()
	if _, err := first.Carry(); err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	second, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer Serve(second, NewView("test", 7, 0)).Close()
	if got := value(scrape(t, url)["rlbench_cells_planned"]); second.URL() != url || got != 7 {
		t.Errorf("%s instead of %s: %d cells are planned", second.URL(), url, got)
	}
	third, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil || third.URL() == url {
		t.Fatalf("carried twice: %v", err)
	}
	defer third.Close()
	stay, err := third.Carry()
	if err != nil {
		t.Fatal(err)
	}
	stay()
	if l, err := carried(); l != nil || err != nil {
		t.Errorf("carried although it stayed: %v, %v", l, err)
	}
}

// BenchmarkDecided is what a decision costs its worker where somebody looks on.
func BenchmarkDecided(b *testing.B) {
	for name, outcome := range map[string]algorithms.Outcome{"allowed": algorithms.Allowed, "denied": algorithms.Denied} {
		b.Run(name, func(b *testing.B) {
			w := watched(NewView("bench", 1, 0), 1000)
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for i := int64(0); p.Next(); i++ {
					w.Decided(history.Op{Key: int32(i % 1000), Worker: int32(i % 64), Cost: 1, Outcome: outcome, Inv: i * 1000, Ret: i*1000 + 300_000})
				}
			})
		})
	}
}

// BenchmarkScrape reads the view of the full matrix, whose running trial has a million
// users.
func BenchmarkScrape(b *testing.B) {
	v := NewView("bench", 324, 0)
	for i := range 324 {
		w := v.Begin(&history.Trial{Cell: history.Cell{Scenario: fmt.Sprint(i)}}, 1)
		w.Decided(history.Op{Outcome: algorithms.Denied})
		w.End()
	}
	w := watched(v, 1_000_000)
	for i := range int32(1_000_000) {
		w.Decided(history.Op{Key: i, Outcome: algorithms.Denied})
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(v)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := registry.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}
