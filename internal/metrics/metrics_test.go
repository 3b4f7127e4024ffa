package metrics_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/check"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/metrics"
	"github.com/rlbench/rlbench/internal/result"
)

const ms = int64(time.Millisecond)

// history of ten scheduled arrivals from second 1 on: two of warm-up before, eight
// measured, of which one started late, one was never started and two not answered.
func small() *history.History {
	const start = 1_000 * ms
	op := func(intended, late, took int64, outcome algorithms.Outcome) history.Op {
		inv := intended + late
		return history.Op{Intended: intended, Inv: inv, Ret: inv + took, Cost: 1, Outcome: outcome}
	}
	return &history.History{
		Trial: history.Trial{
			Schema: history.Schema,
			Cell: history.Cell{
				Scenario: "concurrent", Topology: "standalone", Algorithm: "gcra", Technique: "lua",
				Driver: "rueidis", Client: "bounded", Repeat: 2, Attempt: 3,
			},
			Contract: algorithms.Contract{Kind: algorithms.Bucket, Limit: algorithms.NewLimit(50, 250*time.Millisecond)},
			Expected: "valid",
			Keys:     []string{"user"},
			Load:     history.Load{Loop: "open", StartNS: start, EndNS: start + 2_000*ms, Scheduled: 10, Rate: 5},
			Server:   &history.Server{Calls: map[string]int64{"evalsha": 12, "get": 99}, CPUus: 90},
			Client:   &history.Client{CPUus: new(180.0), Allocs: new(int64(45)), Connections: 4, Trips: 18, BytesIn: 900, BytesOut: 1800},
			Audit:    &history.Audit{Keys: 2, WithoutTTL: 1, Bytes: new(int64(300))},
		},
		Ops: []history.Op{
			op(start-20*ms, 0, 500*ms, algorithms.Unknown), // warm-up
			op(start-1, 0, 500*ms, algorithms.Allowed),     // warm-up, to the nanosecond
			op(start, 0, ms, algorithms.Allowed),
			op(start+1*ms, 0, 2*ms, algorithms.Allowed),
			op(start+2*ms, 10*ms, 3*ms, algorithms.Denied), // just punctual
			op(start+3*ms, 10*ms+1, 4*ms, algorithms.Denied),
			op(start+4*ms, 0, 100*ms, algorithms.Allowed),  // just prompt
			op(start+5*ms, 0, 100*ms+1, algorithms.Denied), // answered too late
			op(start+6*ms, 0, 5*ms, algorithms.Failed),
			op(start+7*ms, 0, 6*ms, algorithms.Unknown),
			op(start+8*ms, 0, 7*ms, algorithms.Allowed),
		},
	}
}

func TestCellOfAnOpenLoop(t *testing.T) {
	c := metrics.Cell(small(), check.Report{Verdict: check.Valid, Nominal: 0.75})
	for name, pair := range map[string][2]any{
		"subject":     {c.Name(), "concurrent/standalone/gcra/lua/rueidis"},
		"repeat":      {[2]int{c.Repeat, c.Attempt}, [2]int{2, 3}},
		"limit":       {[3]int64{c.Limit, c.WindowMS, c.Burst}, [3]int64{50, 250, 50}},
		"outcomes":    {[4]int64{c.Allowed, c.Denied, c.Failed, c.Unknown}, [4]int64{4, 3, 1, 1}},
		"offered":     {c.Offered, 5.0},
		"started":     {*c.StartedRatio, 0.8}, // 8 of 10 scheduled: one late, one never
		"available":   {*c.Availability, 0.6}, // 6 of 10
		"decisions":   {*c.DecisionsPerSecond, 3.5},
		"executions":  {*c.ExecutionsPerDecision, 12.0 / 9},
		"server CPU":  {*c.ServerCPUus, 10.0},
		"client CPU":  {*c.ClientCPUus, 20.0},
		"allocs":      {*c.Allocs, 5.0},
		"trips":       {*c.RoundTrips, 2.0},
		"bytes":       {[2]float64{*c.BytesIn, *c.BytesOut}, [2]float64{100, 200}},
		"connections": {*c.Connections, int64(4)},
		"TTL":         {*c.KeysWithoutTTL, int64(1)},
		"bytes/key":   {*c.BytesPerKey, 150.0},
		"count":       {c.Latency.Response.Count, int64(9)},
		"max":         {[2]float64{c.Latency.Response.MaxUS, c.Latency.Service.MaxUS}, [2]float64{100_000.001, 100_000.001}},
		"expected":    {c.AsExpected, true},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
		}
	}
	if c.NominalOvershootRatio == nil || *c.NominalOvershootRatio != 0.75 {
		t.Errorf("nominal overshoot is %v, want 0.75", c.NominalOvershootRatio)
	}
	if c.LatenessP99US != nil || c.Latency.Response.P99us != nil {
		t.Error("a 99th percentile was computed from 9 samples")
	}
}

// Response counts the wait for a late start, service does not.
func TestResponseCountsFromTheIntendedStart(t *testing.T) {
	h := small()
	h.Ops = h.Ops[5:6] // 10 ms late, answered after 4 ms
	c := metrics.Cell(h, check.Report{Verdict: check.Valid})
	if got := c.Latency.Response.P50us; got != 14_000.001 {
		t.Errorf("response is %v us, want 14000.001", got)
	}
	if got := c.Latency.Service.P50us; got != 4_000 {
		t.Errorf("service is %v us, want 4000", got)
	}
}

// A deadline is kept, or not, by what still goes on when it comes: of what had ended before
// nobody knows. The context of an operation may end a tenth of the deadline late.
func TestDeadlinesThatCame(t *testing.T) {
	for _, c := range []struct {
		took []int64 // ms
		want *float64
	}{
		{[]int64{1, 999}, nil},
		{[]int64{1, 1_000, 1_200, 1_201, 30_000}, new(0.5)},
		{[]int64{1_101}, new(1.0)},
	} {
		h := small()
		h.Trial.Load.Deadline, h.Ops = time.Second, nil
		for _, took := range c.took {
			h.Ops = append(h.Ops, history.Op{Intended: 1_000 * ms, Inv: 1_000 * ms, Ret: (1_000 + took) * ms, Outcome: algorithms.Unknown, Cost: 1})
		}
		if got := metrics.Cell(h, check.Report{Verdict: check.Valid}).WithinDeadline; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d ms: within the deadline %v, want %v", c.took, got, c.want)
		}
	}
}

// Where others shared the server, its counters are not the limiter's, and the numbers of
// its scripts are: of its scripts alone, for the commands of other techniques have none.
func TestExecutionsByTheNumbersOfSteps(t *testing.T) {
	h := small()
	j := check.Report{Verdict: check.Valid, Executed: new(int64(18))}
	h.Trial.OneScript = true
	if c := metrics.Cell(h, j); *c.ExecutionsPerDecision != 12.0/9 {
		t.Errorf("%v executions per decision, want the server's own count", *c.ExecutionsPerDecision)
	}
	h.Trial.Server = nil
	if c := metrics.Cell(h, j); c.ExecutionsPerDecision == nil || *c.ExecutionsPerDecision != 2 {
		t.Errorf("executions per decision are %v, want 2", c.ExecutionsPerDecision)
	}
	h.Trial.OneScript = false
	if c := metrics.Cell(h, j); c.ExecutionsPerDecision != nil {
		t.Errorf("without scripts %v executions per decision, want null", *c.ExecutionsPerDecision)
	}
}

// Nothing that a closed loop, a cohort or an empty trial cannot know is a number.
func TestCellWithoutKnowledge(t *testing.T) {
	h := small()
	h.Trial.Server, h.Trial.Client, h.Trial.Audit = nil, nil, nil
	h.Trial.Load = history.Load{Loop: "closed", StartNS: 1_000 * ms, EndNS: 3_000 * ms}
	c := metrics.Cell(h, check.Report{Verdict: check.Valid})
	if c.Offered != 3.5 || *c.DecisionsPerSecond != 3.5 {
		t.Errorf("a closed loop offered %v and reached %v decisions/s, want 3.5", c.Offered, *c.DecisionsPerSecond)
	}
	h.Ops = nil
	h.Trial.Load.EndNS = h.Trial.Load.StartNS
	empty := metrics.Cell(h, check.Report{Verdict: check.Unknown, Void: "nothing was offered"})
	for _, cell := range []result.Cell{c, empty} {
		for name, p := range map[string]*float64{
			"started": cell.StartedRatio, "available": cell.Availability, "lateness": cell.LatenessP99US,
			"executions": cell.ExecutionsPerDecision, "server CPU": cell.ServerCPUus, "client CPU": cell.ClientCPUus,
			"trips": cell.RoundTrips, "bytes/key": cell.BytesPerKey,
		} {
			if p != nil {
				t.Errorf("%s is %v, want null", name, *p)
			}
		}
	}
	if empty.Latency.Response != nil || empty.DecisionsPerSecond != nil {
		t.Errorf("an empty trial has latency %+v", empty.Latency)
	}
	encodes(t, empty)
}

// On a server inside this process, or one that tells little, the rest is still known.
func TestCellWithPartsUnknown(t *testing.T) {
	h := small()
	h.Trial.Client.CPUus, h.Trial.Client.Allocs, h.Trial.Audit.Bytes = nil, nil, nil
	c := metrics.Cell(h, check.Report{Verdict: check.Valid})
	if c.ClientCPUus != nil || c.Allocs != nil || c.BytesPerKey != nil {
		t.Errorf("client CPU %v, allocs %v, bytes per key %v, want null", c.ClientCPUus, c.Allocs, c.BytesPerKey)
	}
	if c.RoundTrips == nil || c.KeysWithoutTTL == nil {
		t.Error("round trips or keys without TTL are null, though they were counted")
	}
	encodes(t, c)
}

func encodes(t *testing.T, cells ...result.Cell) {
	t.Helper()
	if err := result.Encode(&bytes.Buffer{}, &result.Result{Cells: cells}); err != nil {
		t.Error(err)
	}
}

func TestNaiveTechniquesExecuteNoScript(t *testing.T) {
	h := small()
	h.Trial.Server.Calls = map[string]int64{"get": 9, "set": 4}
	if c := metrics.Cell(h, check.Report{Verdict: check.Valid}); c.ExecutionsPerDecision != nil {
		t.Errorf("executions per decision are %v, want null", *c.ExecutionsPerDecision)
	}
}

func TestCellKeepsTheWorstFinding(t *testing.T) {
	few, many := int64(1), int64(7)
	w := &check.Witness{Key: "user", FromNS: 1, ToNS: 2, Admitted: 75, Permitted: 50, Ops: []int{2, 3}, Why: "window"}
	c := metrics.Cell(small(), check.Report{Verdict: check.Invalid, Findings: []check.Finding{
		{Checker: "a", Verdict: check.Invalid, Reason: "late", Overshoot: &check.Overshoot{Certain: 5, Possible: 40}},
		{Checker: "b", Verdict: check.Invalid, Reason: "much", Overshoot: &check.Overshoot{Certain: 25, Possible: 30, Witness: w, Attribution: "race"}},
		{Checker: "c", Verdict: check.Invalid, Reason: "late", FalseRejections: &many},
		{Checker: "d", Verdict: check.Valid, FalseRejections: &few, Overshoot: &check.Overshoot{}},
	}})
	want := result.Overshoot{Certain: 25, Possible: 40, Ratio: 0.5, Attribution: "race", Witness: &result.Witness{
		Key: "user", FromNS: 1, ToNS: 2, Admitted: 75, Permitted: 50, Rule: "window", Ops: []int{2, 3},
	}}
	if !reflect.DeepEqual(c.Overshoot, want) {
		t.Errorf("overshoot is %+v, want %+v", c.Overshoot, want)
	}
	if c.FalseRejections.Certain != 7 || !reflect.DeepEqual(c.Reasons, []string{"late", "much"}) {
		t.Errorf("%+v false rejections, reasons %q", c.FalseRejections, c.Reasons)
	}
	if c.Verdict != "invalid" || c.AsExpected || c.Void {
		t.Errorf("verdict %s, as expected %t, void %t", c.Verdict, c.AsExpected, c.Void)
	}
	encodes(t, c)
}

func TestVoidComesFirst(t *testing.T) {
	c := metrics.Cell(small(), check.Report{
		Verdict: check.Unknown, Void: "too little was offered",
		Findings: []check.Finding{
			{Verdict: check.Unknown, Reason: "clock stepped"},
			{Verdict: check.Unknown, Reason: "the contract leaves it open", Abstained: true},
		},
	})
	if !c.Void {
		t.Error("the cell is not void")
	}
	if c.NominalOvershootRatio != nil {
		t.Errorf("a void trial has a nominal overshoot of %v", *c.NominalOvershootRatio)
	}
	if !reflect.DeepEqual(c.Reasons, []string{"too little was offered", "clock stepped"}) || c.AsExpected {
		t.Errorf("reasons %q, as expected %t", c.Reasons, c.AsExpected)
	}
}

func BenchmarkCell(b *testing.B) {
	h := small()
	op := h.Ops[2]
	h.Ops = nil
	for i := range int64(100_000) {
		op.Intended, op.Inv, op.Ret = op.Intended+1000, op.Inv+1000, op.Ret+1000+i%300
		h.Ops = append(h.Ops, op)
	}
	for b.Loop() {
		metrics.Cell(h, check.Report{Verdict: check.Unknown})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(h.Ops)), "ns/operation")
}
