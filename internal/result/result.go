// Package result is the form in which a run is reported: result.json and
// environment.json, their schemas, and reading and writing them. It holds data
// only; package metrics computes it, package chart draws it.
package result

// SchemaID and SchemaVersion identify the format of result.json. Its JSON Schema is
// result.schema.json beside this file.
const (
	SchemaID      = "https://rlbench.dev/schema/result"
	SchemaVersion = 4
)

// since names the fields of a cell that not all versions have, or not with the meaning of
// today, with the first one that does.
var since = map[string]int{
	"connections_opened": 2, "evictions": 3,
	"first_success_ms": 4, "recovery_ms": 4, "noticed": 4, "within_deadline": 4, "executions_per_decision": 4,
}

// Holds says that a result of this version has the field of a cell, by its name in JSON:
// what older ones do not hold was not measured then, or measured otherwise.
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
	// DetectMS is how long the client took to know: from the start of the first operation
	// that the limiter did not decide, or from the beginning of the fault if it was in flight
	// then, to the end of the first that ended so. It is null if the limiter decided all. Of
	// several faults it is the longest.
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
