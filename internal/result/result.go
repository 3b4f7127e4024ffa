// Package result is the form in which a run is reported: result.json and
// environment.json, their schema, and reading and writing them. It holds data
// only; package metrics computes it, package chart draws it.
package result

// Schema identifies the format of result.json.
const (
	SchemaID      = "https://rlbench.dev/schema/result"
	SchemaVersion = 1
)

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
	// Complete is false while cells are missing: the run was interrupted, or is
	// still going on.
	Complete bool `json:"complete"`
	// Planned is the number of cells in the matrix.
	Planned int `json:"planned"`
	// Server says what was measured: "Redis 7.0.15 in a container".
	Server string `json:"server"`
	// RealRedis is false for in-process imitations, whose results are no evidence.
	RealRedis bool `json:"real_redis"`
	// Machine says where: "2 cores, Intel Xeon, Linux 6.1".
	Machine string `json:"machine"`
	Version string `json:"version"`
}

// Cell is the judgement and the measurements of one trial.
type Cell struct {
	Scenario  string `json:"scenario"`
	Topology  string `json:"topology"`
	Algorithm string `json:"algorithm"`
	Technique string `json:"technique"`
	Driver    string `json:"driver"`
	Client    string `json:"client"`
	Policy    string `json:"policy"`
	Repeat    int    `json:"repeat"`
	Attempt   int    `json:"attempt"`
	Limit     int64  `json:"limit"`
	WindowMS  int64  `json:"window_ms"`
	Burst     int64  `json:"burst"`
	Instances int    `json:"instances"`

	Verdict    string   `json:"verdict"`  // valid, invalid, unknown
	Expected   string   `json:"expected"` // valid, invalid, any
	AsExpected bool     `json:"as_expected"`
	Reasons    []string `json:"reasons"`

	Allowed int64 `json:"allowed"`
	Denied  int64 `json:"denied"`
	Failed  int64 `json:"failed"`
	Unknown int64 `json:"unknown"`
	// Offered is the planned arrivals per second; in a closed loop the decisions per
	// second reached. StartedRatio is the share of operations started within 10 ms
	// of their intended time; null in a closed loop.
	Offered      float64  `json:"offered"`
	StartedRatio *float64 `json:"started_ratio"`
	// LatenessP99US is the 99th percentile of start minus intended start.
	LatenessP99US *float64 `json:"lateness_p99_us"`
	// DecisionsPerSecond counts answers (allowed or denied) per second.
	DecisionsPerSecond *float64 `json:"decisions_per_second"`

	Overshoot             Overshoot        `json:"overshoot"`
	NominalOvershootRatio *float64         `json:"nominal_overshoot_ratio"`
	FalseRejections       *FalseRejections `json:"false_rejections"`
	LostAcknowledged      *int64           `json:"lost_acknowledged"`
	ExecutionsPerDecision *float64         `json:"executions_per_decision"`
	KeysWithoutTTL        *int64           `json:"keys_without_ttl"`
	BytesPerKey           *float64         `json:"bytes_per_key"`
	Connections           *int64           `json:"connections"`

	Latency Latency `json:"latency"`

	// Per decision, over the measured part; null where not attributable.
	RoundTrips  *float64 `json:"round_trips"`
	BytesIn     *float64 `json:"bytes_in"`
	BytesOut    *float64 `json:"bytes_out"`
	ServerCPUus *float64 `json:"server_cpu_us"`
	ClientCPUus *float64 `json:"client_cpu_us"`
	Allocs      *float64 `json:"allocs"`

	// Availability is answered within 100 ms of the intended time / scheduled.
	Availability   *float64 `json:"availability"`
	FirstSuccessMS *float64 `json:"first_success_ms"`
	RecoveryMS     *float64 `json:"recovery_ms"`
	Faults         []Fault  `json:"faults"`

	// History is the path of the history file inside the run folder, and SHA256 its
	// digest in hexadecimal.
	History string `json:"history"`
	SHA256  string `json:"sha256"`
}

// Overshoot is cost admitted beyond the contract.
type Overshoot struct {
	Certain  int64 `json:"certain"`
	Possible int64 `json:"possible"`
	// Bound is the most that the scenario expects; null for none.
	Bound *int64 `json:"bound"`
	// Ratio is certain / limit.
	Ratio       float64  `json:"ratio"`
	Attribution string   `json:"attribution"` // race; empty if there is no overshoot
	Witness     *Witness `json:"witness"`
}

// Witness is the interval that proves an overshoot.
type Witness struct {
	Key       string `json:"key"`
	FromNS    int64  `json:"from_ns"`
	ToNS      int64  `json:"to_ns"`
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
	Response *Quantiles `json:"response"`
	Service  *Quantiles `json:"service"`
}

// Quantiles in microseconds. P999 is null below 10,000 samples.
type Quantiles struct {
	Count  int64    `json:"count"`
	P50us  float64  `json:"p50_us"`
	P90us  float64  `json:"p90_us"`
	P99us  *float64 `json:"p99_us"`
	P999us *float64 `json:"p999_us"`
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

// Fault is one injected fault.
type Fault struct {
	Name    string `json:"name"`
	AtMS    int64  `json:"at_ms"`
	UntilMS int64  `json:"until_ms"`
}
