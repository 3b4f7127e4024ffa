// Package result is the form in which a run is reported: result.json and
// environment.json, their schemas, and reading and writing them. It holds data
// only; package metrics computes it, package chart draws it.
package result

import "github.com/rlbench/rlbench/internal/history"

// SchemaID and SchemaVersion identify the format of result.json. Its JSON Schema is
// result.schema.json beside this file.
const (
	SchemaID      = "https://rlbench.dev/schema/result"
	SchemaVersion = 3
)

// since names the fields of a cell that not all versions have, with the first one that
// does.
var since = map[string]int{"connections_opened": 2, "within_deadline": 2, "evictions": 3}

// Holds says that a result of this version has the field of a cell, by its name in JSON:
// what older ones do not hold was not measured then.
func (r *Result) Holds(field string) bool { return r.SchemaVersion >= since[field] }

// Result is result.json. A number that cannot be known is null, never NaN.
type Result struct {
	Schema        string `json:"schema"`
	SchemaVersion int    `json:"schema_version"`
	Run           Run    `json:"run"`
	Cells         []Cell `json:"cells"`
}

// Run is what all cells share.
type Run struct {
	Name     string `json:"name"`
	Seed     uint64 `json:"seed"`
	Started  string `json:"started"` // RFC 3339, UTC
	Finished string `json:"finished"`
	// Resumed are the times, like Started, at which the run went on after it was cut
	// short: cells before and after met server processes of their own.
	Resumed []string `json:"resumed,omitempty"`
	// Complete is false while cells, charts or reports are missing: the run was
	// interrupted, or is still going on.
	Complete bool `json:"complete"`
	// Planned is the number of cells in the matrix.
	Planned int `json:"planned"`
	// Server says what was measured: "Redis 7.0.15 in a container".
	Server string `json:"server"`
	// RealRedis is false for in-process imitations, and for servers that do not say
	// what they are: results on them are no evidence. A remote limiter is no imitation,
	// wherever it keeps its state.
	RealRedis bool `json:"real_redis"`
	// Machine says where: "2 cores, Intel Xeon, Linux 6.1".
	Machine string `json:"machine"`
	// Program is the name of the program that ran it, where that is one of another
	// repository, with limiters of its own; empty for rlbench itself.
	Program string `json:"program,omitempty"`
	// Version is rlbench's, Clients those of the Redis clients by driver:
	// "github.com/redis/rueidis v1.0.79".
	Version string            `json:"version"`
	Clients map[string]string `json:"clients"`
	// Settings are the flags given besides the selection of cells and the seed, as
	// they were typed ("--rate=5000"): a cell is repeated with the same ones.
	Settings []string `json:"settings"`
	// Titles is how charts and reports spell algorithms and scenarios, in the order
	// in which they show them. A name without an entry is spelled as it is.
	Titles []Title `json:"titles"`
}

// Title spells a name: "gcra" is "GCRA".
type Title struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// Cell is the judgement and the measurements of one trial.
type Cell struct {
	Scenario string `json:"scenario"`
	// Step is the point of a sweep; null for a scenario that is none.
	Step      *Step  `json:"step" jsonschema:"nullable"`
	Topology  string `json:"topology"`
	Algorithm string `json:"algorithm"`
	Technique string `json:"technique"`
	Driver    string `json:"driver"`
	// Client is the profile of the client's settings: bounded, default.
	Client string `json:"client"`
	// Yardstick says that the algorithm is none that limits on a server: it promises
	// nothing, or asks nobody. It is measured beside the others and never ranked.
	Yardstick bool `json:"yardstick,omitempty"`
	// Policy is what a limiter's caller does with an error; empty: it passes it on.
	Policy string `json:"policy"`
	// Repeat counts the trials of a limiter from 1, Attempt those of a repeat: a void
	// trial is repeated, and the last attempt stands here.
	Repeat  int `json:"repeat"`
	Attempt int `json:"attempt"`
	// Voids says of every earlier attempt why it was void.
	Voids []string `json:"voids"`
	// Limit is the cost per window, L.
	Limit    int64 `json:"limit"`
	WindowMS int64 `json:"window_ms"`
	// Burst is the most that a bucket admits at once; windows and logs ignore it.
	Burst int64 `json:"burst"`
	// Contract is the kind of the limiter's contract: window, log, bucket.
	Contract string `json:"contract,omitempty"`
	// Instances is the number of processes that shared the limiter.
	Instances int `json:"instances"`

	// Verdict judges the limiter: valid, invalid, unknown. AsExpected compares it with
	// Expected, see AsExpected. Reasons are sentences that say why it is not valid.
	Verdict    string   `json:"verdict" jsonschema:"enum=valid,enum=invalid,enum=unknown"`
	Expected   string   `json:"expected" jsonschema:"enum=valid,enum=invalid,enum=any"`
	AsExpected bool     `json:"as_expected"`
	Reasons    []string `json:"reasons"`
	// Void says that the trial itself went wrong, so that its numbers are no
	// measurements: the verdict is unknown. An unknown verdict alone says less: a load
	// that nothing denies measures speed well and tests no limit.
	Void bool `json:"void"`

	// Allowed operations of the measured part; Denied, Failed and Unknown likewise.
	Allowed int64 `json:"allowed"`
	Denied  int64 `json:"denied"`
	// Failed operations ended in an error and were certainly not charged.
	Failed int64 `json:"failed"`
	// Unknown operations ended in an error and may have been charged.
	Unknown int64 `json:"unknown"`
	// Offered is the planned arrivals per second; in a closed loop the decisions per
	// second reached.
	Offered float64 `json:"offered"`
	// StartedRatio is the share of operations started within 10 ms of their intended
	// time; null in a closed loop.
	StartedRatio *float64 `json:"started_ratio" jsonschema:"nullable"`
	// LatenessP99US is the 99th percentile of start minus intended start.
	LatenessP99US *float64 `json:"lateness_p99_us" jsonschema:"nullable"`
	// DecisionsPerSecond counts answers (allowed or denied) per second.
	DecisionsPerSecond *float64 `json:"decisions_per_second" jsonschema:"nullable"`

	Overshoot Overshoot `json:"overshoot"`
	// NominalOvershootRatio is the most cost admitted in any interval as long as the
	// window, over the limit, minus 1: a property of the algorithm, not a failure.
	NominalOvershootRatio *float64         `json:"nominal_overshoot_ratio" jsonschema:"nullable"`
	FalseRejections       *FalseRejections `json:"false_rejections" jsonschema:"nullable"`
	// LostAcknowledged is the number of admissions that a failover or a restart forgot;
	// null without a fault, and where the steps of the limiter were not traced.
	LostAcknowledged *int64 `json:"lost_acknowledged" jsonschema:"nullable"`
	// LostBytes is how much of the replication stream was lost with them, as the servers
	// say themselves: that of all subjects who went through the fault side by side, and
	// some pings. It is null where they do not say.
	LostBytes *int64 `json:"lost_bytes" jsonschema:"nullable"`
	// Evictions is how often a server gave up a key of the limiter for want of memory; null
	// without a fault.
	Evictions *int64 `json:"evictions" jsonschema:"nullable"`
	// DoubleCounted is the number of steps that the server ran beyond one per decision
	// that it can have been: what a client repeated by itself; null where the steps of
	// the limiter were not traced.
	DoubleCounted *int64 `json:"double_counted" jsonschema:"nullable"`
	// ExecutionsPerDecision is the scripts and transactions that the server ran per
	// operation; null for a technique that uses neither.
	ExecutionsPerDecision *float64 `json:"executions_per_decision" jsonschema:"nullable"`
	// KeysWithoutTTL and BytesPerKey are of the keys that the limiter left behind.
	KeysWithoutTTL *int64   `json:"keys_without_ttl" jsonschema:"nullable"`
	BytesPerKey    *float64 `json:"bytes_per_key" jsonschema:"nullable"`
	// Connections is the number that the client held at the end, ConnectionsOpened how many
	// it opened during the measured part: none if its pool was warm and nothing happened.
	Connections       *int64 `json:"connections" jsonschema:"nullable"`
	ConnectionsOpened *int64 `json:"connections_opened" jsonschema:"nullable"`

	Latency Latency `json:"latency"`

	// Per operation of the measured part; null where not attributable. Bytes in and
	// out are what the client read and wrote.
	RoundTrips  *float64 `json:"round_trips" jsonschema:"nullable"`
	BytesIn     *float64 `json:"bytes_in" jsonschema:"nullable"`
	BytesOut    *float64 `json:"bytes_out" jsonschema:"nullable"`
	ServerCPUus *float64 `json:"server_cpu_us" jsonschema:"nullable"`
	ClientCPUus *float64 `json:"client_cpu_us" jsonschema:"nullable"`
	Allocs      *float64 `json:"allocs" jsonschema:"nullable"`

	// WithinDeadline is the share of operations that had ended 100 ms after the deadline of
	// their context, counted from their actual start, whatever their outcome.
	WithinDeadline *float64 `json:"within_deadline" jsonschema:"nullable"`
	// Availability is answered within 100 ms of the intended time / scheduled. A request that a
	// failure policy denied because it had nothing to decide by was not answered.
	Availability *float64 `json:"availability" jsonschema:"nullable"`
	// FirstSuccessMS and RecoveryMS count from the beginning of a fault to the first answer
	// after the first operation that had none, and to the first of ten answers in a row: 0
	// if all operations were answered, null if that never came, and without a fault. Of
	// several faults it is the longest. Only the limiter's own answers count, not those of a
	// failure policy.
	FirstSuccessMS *float64 `json:"first_success_ms" jsonschema:"nullable"`
	RecoveryMS     *float64 `json:"recovery_ms" jsonschema:"nullable"`
	// ByPolicy is what the failure policy decided; null without one.
	ByPolicy *ByPolicy `json:"by_policy,omitempty"`
	// Noticed is how the limiter's client met a fault; null without one, and in histories that
	// do not say what errors were.
	Noticed *Noticed `json:"noticed,omitempty"`
	// Faults that were injected; empty for none.
	Faults []Fault `json:"faults"`
	// Timeline is the course of the trial; null without a fault.
	Timeline *Timeline `json:"timeline" jsonschema:"nullable"`

	// History is the path of the history file inside the run folder, and SHA256 its
	// digest in hexadecimal.
	History string `json:"history"`
	SHA256  string `json:"sha256"`
}

// Step is one point of a sweep: a scenario that is played again and again, with one
// quantity changed each time.
type Step struct {
	// Axis is the quantity that the sweep varies, Value what it was.
	Axis  string `json:"axis"` // workers, rate, limit, keys
	Value int64  `json:"value"`
	// Variant tells the steps of one value apart, such as zipf; empty where there is
	// one of each value.
	Variant string `json:"variant"`
}

// Name is scenario/topology/algorithm/technique/driver, then /client where it is not
// the default, then /policy if there is one: the selector of the cell, the same in every report. The scenario of a
// sweep is followed by the step: sweep-workers.64.
func (c *Cell) Name() string { return c.cell().String() }

// Subject is algorithm/technique/driver, then /client and /policy as in Name.
func (c *Cell) Subject() string { return c.cell().Subject() }

// Closed says that the load was a closed loop, where the decisions per second are the
// limiter's and not the schedule's.
func (c *Cell) Closed() bool { return c.StartedRatio == nil }

// Measures says that the scenario expects no verdict of the limiter: it measures speed
// under a load that the limit hardly ever meets.
func (c *Cell) Measures() bool { return c.Expected == "any" }

// Tests says that the cell puts the contract to the test, or found it broken on the
// way.
func (c *Cell) Tests() bool { return !c.Measures() || c.Verdict == "invalid" }

// Remote says that the limiter ran as a service: what it costs and how soon it answers
// is its host's and its network's too.
func (c *Cell) Remote() bool { return c.cell().Remote() }

// Played is the word for the scenario at the cell's step, sweep-workers.64; without a
// step it is the scenario.
func (c *Cell) Played() string {
	id := c.cell()
	return id.Step.Of(id.Scenario)
}

func (c *Cell) cell() history.Cell {
	var step history.Step
	if c.Step != nil {
		step = history.Step(*c.Step)
	}
	return history.Cell{
		Scenario: c.Scenario, Step: step, Topology: c.Topology, Algorithm: c.Algorithm, Technique: c.Technique,
		Driver: c.Driver, Client: c.Client, Policy: c.Policy, Repeat: c.Repeat, Attempt: c.Attempt,
	}
}

// AsExpected says whether the cell's verdict is what the scenario expects. Unknown
// never is, unless anything is: nothing observed is not a pass, and under faults a void
// trial has shown nothing. Nor is a contract that is broken by more than the scenario
// states, or for another cause, nor a policy that breaks its bound.
func AsExpected(c *Cell) bool {
	o := &c.Overshoot
	switch {
	case c.Void && len(c.Faults) > 0:
		return false
	case c.ByPolicy != nil && c.ByPolicy.Beyond > 0:
		return false
	case c.Verdict == "invalid" && (o.Unbounded() || o.Unexplained()):
		return false
	}
	return c.Expected == "any" || c.Verdict == c.Expected
}

// Overshoot is cost admitted beyond the contract.
type Overshoot struct {
	// Certain is the largest excess cost in one interval under every choice of the
	// instants at which decisions took effect; Possible the same under some choice.
	Certain  int64 `json:"certain"`
	Possible int64 `json:"possible"`
	// Bound is the most that the scenario expects; null for none.
	Bound *int64 `json:"bound" jsonschema:"nullable"`
	// Visible is the most that could have been seen of a loss of state, given the time
	// that the keys were without service; null without a fault that may lose any.
	Visible *int64 `json:"visible" jsonschema:"nullable"`
	// Ratio is certain / limit.
	Ratio float64 `json:"ratio"`
	// Attribution is what let too much be admitted, also where no amount is certain; empty
	// if nothing did: race, lost writes (the servers forgot admissions), clock step, clock
	// skew (the clients' clocks differed), stale read (a replica answered), unattributed. Cause is the one that the scenario accepts; empty for any.
	Attribution string   `json:"attribution"`
	Cause       string   `json:"cause,omitempty"`
	Witness     *Witness `json:"witness" jsonschema:"nullable"`
}

// Unbounded says that more was admitted for certain than the scenario expects at most.
func (o *Overshoot) Unbounded() bool { return o.Bound != nil && o.Certain > *o.Bound }

// Unexplained says that what broke the contract is not the cause that the scenario
// accepts.
func (o *Overshoot) Unexplained() bool { return o.Cause != "" && o.Attribution != o.Cause }

// ByPolicy is what a failure policy decided in its limiter's stead. Its decisions are among
// Allowed and Denied of the cell, and no part of its verdict but for the bound.
type ByPolicy struct {
	// Allowed and Denied by the policy, in the measured part; Unasked of both without a call
	// of the limiter.
	Allowed int64 `json:"allowed"`
	Denied  int64 `json:"denied"`
	Unasked int64 `json:"unasked"`
	// Overshoot is the largest cost admitted for certain beyond the contract in one interval,
	// by the limiter or the policy; Ratio is that / limit.
	Overshoot int64   `json:"overshoot"`
	Ratio     float64 `json:"ratio"`
	// Times is the multiple of the contract's envelope within which the policy promises that
	// both stay; null for no bound. Beyond is the cost admitted beyond it for certain.
	Times  *int  `json:"times" jsonschema:"nullable"`
	Beyond int64 `json:"beyond"`
}

// Noticed is how a client met a fault.
type Noticed struct {
	// DetectMS counts from the beginning of the fault to the end of the first operation that
	// the limiter did not decide; null if it decided all. Of several faults it is the longest.
	DetectMS *float64 `json:"detect_ms" jsonschema:"nullable"`
	// Errors counts the operations that ended in an error, by what it was: timeout, refused.
	// Those in whose place a failure policy decided are not among them.
	Errors map[string]int64 `json:"errors"`
}

// TimesPermitted is the cost admitted for certain in the interval of the witness, as a
// multiple of what the contract permits in it; 1 without a witness.
func (c *Cell) TimesPermitted() float64 {
	w := c.Overshoot.Witness
	if w == nil || w.Permitted <= 0 {
		return 1
	}
	return float64(w.Admitted) / float64(w.Permitted)
}

// Witness is the interval that proves an overshoot.
type Witness struct {
	// Key is the user's key.
	Key string `json:"key"`
	// FromNS and ToNS bound the interval, on the clock of the history.
	FromNS int64 `json:"from_ns"`
	ToNS   int64 `json:"to_ns"`
	// Admitted is the cost that was admitted in it for certain, Permitted the most
	// that the contract lets through, Rule why.
	Admitted  int64  `json:"admitted"`
	Permitted int64  `json:"permitted"`
	Rule      string `json:"rule"`
	// Ops are row numbers in the history file, from 0.
	Ops []int `json:"ops"`
}

// FalseRejections counts denials that no choice of effect instants explains.
type FalseRejections struct {
	Certain int64 `json:"certain"`
}

// Latency in two readings: response counts from the intended start, service from
// the actual one.
type Latency struct {
	Response *Quantiles `json:"response" jsonschema:"nullable"`
	Service  *Quantiles `json:"service" jsonschema:"nullable"`
}

// Quantiles in microseconds, with three significant digits; the maximum is exact.
// P99 is null below 1,000 samples, P999 below 10,000. Operations of every outcome
// count: a caller waits for a timeout too.
type Quantiles struct {
	Count  int64    `json:"count"`
	P50us  float64  `json:"p50_us"`
	P90us  float64  `json:"p90_us"`
	P99us  *float64 `json:"p99_us" jsonschema:"nullable"`
	P999us *float64 `json:"p999_us" jsonschema:"nullable"`
	MaxUS  float64  `json:"max_us"`
	// Curve holds (percentile, us) points up to the last percentile with ten samples
	// beyond it, for the latency chart.
	Curve []Point `json:"curve"`
}

// Point is one point of a latency curve.
type Point struct {
	P  float64 `json:"p"`  // percentile, 0 to 100
	US float64 `json:"us"` // microseconds
}

// Fault is one injected fault. Times are in ms from the start of the load.
type Fault struct {
	Name string `json:"name"`
	// Node is the node that it was done to; empty for the client's connections.
	Node string `json:"node"`
	// AtMS is when it began; it was in effect at some time from then on. UntilMS is when it
	// was healed, or over; null for one that lasted beyond the load.
	AtMS    float64  `json:"at_ms"`
	UntilMS *float64 `json:"until_ms" jsonschema:"nullable"`
}

// Timeline is the course of a trial in intervals of equal length, from the start of
// the load. All lists are of the same length.
type Timeline struct {
	BinMS float64 `json:"bin_ms"`
	// Operations by outcome, counted where they were intended to start.
	Allowed []int64 `json:"allowed"`
	Denied  []int64 `json:"denied"`
	Failed  []int64 `json:"failed"`
	Unknown []int64 `json:"unknown"`
	// Admitted is the cost of the allowed ones, counted where they were answered.
	Admitted []int64 `json:"admitted"`
	// P50MS and MaxMS are of the response times of the operations that were intended to
	// start in the interval; 0 in one without any.
	P50MS []float64 `json:"p50_ms"`
	MaxMS []float64 `json:"max_ms"`
}
