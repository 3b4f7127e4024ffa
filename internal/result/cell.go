package result

import "github.com/rlbench/rlbench/internal/history"

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
	// operation, by its own counters or, where other limiters shared it, by the numbers that
	// it gave to the scripts of this one; null for a technique that uses neither.
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

	// WithinDeadline is the share, of the operations that were still going on at the deadline
	// of their context, of those that ended within a tenth of it and 100 ms afterwards,
	// whatever their outcome; null if all had ended before.
	WithinDeadline *float64 `json:"within_deadline" jsonschema:"nullable"`
	// Availability is answered within 100 ms of the intended time / scheduled. A request that a
	// failure policy denied because it had nothing to decide by was not answered.
	Availability *float64 `json:"availability" jsonschema:"nullable"`
	// FirstSuccessMS and RecoveryMS count from the beginning of a fault to the first answer
	// after the first operation that had none, and to the first of ten answers in a row. An
	// answer counts within 100 ms of the intended time. Both are 0 if all operations were
	// answered, and so soon as long as the fault lasted; null if that never came, and without
	// a fault. Of several faults it is the longest. Only the limiter's own answers count, not
	// those of a failure policy.
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
