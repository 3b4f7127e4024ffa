// Package history is the record of one trial: every operation with both its time
// stamps, and the facts about the trial that its judgement needs. It is written
// once, while a server is there, and read for ever after without one.
//
// The package defines the record and its file format (see FORMAT.md). It judges
// nothing and computes nothing.
package history

import (
	"strconv"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// Schema is the version of the file format. A reader refuses a newer one, and makes
// this one of an older one.
const Schema = 3

// Op is one operation: one call of Limiter.Allow. All times are nanoseconds of
// CLOCK_MONOTONIC, which the processes of a host share.
type Op struct {
	// Intended is when the schedule wanted the operation to start. In a closed loop
	// it equals Inv.
	Intended int64
	// Inv is read just before the call, Ret just after it returned: the decision
	// took effect at one instant of [Inv, Ret], unless Outcome is Unknown.
	Inv, Ret int64
	// At, ResetAt and RetryAfter are the Decision's, zero without a decision.
	// RetryAfter is in microseconds: -1 not known, MaxInt64/1000 never.
	At, ResetAt algorithms.Instant
	RetryAfter  int64
	// Remaining is the Decision's; -1 not known.
	Remaining int64
	// Node and Seq are of the step that charged the operation, in a trial that is
	// traced: which server process ran it, the first 48 bits of its run id, and the
	// number that this process gave it among the steps on the key. Zero without such a
	// step, and where its answer was lost.
	Node, Seq int64
	// Key indexes Trial.Keys, Worker the recorder.
	Key, Worker int32
	Cost        int32
	Outcome     algorithms.Outcome
	// By says who decided; the limiter without a failure policy, and where its error was
	// passed on.
	By algorithms.By
	// Symptom is of the error that the operation ended in; drivers.NoError without one.
	Symptom drivers.Symptom
}

// Own is what became of the limiter's own call (see algorithms.By).
func (o *Op) Own() algorithms.Outcome { return o.By.Own(o.Outcome) }

// History is one trial: what is known about it, and its operations in order of
// Inv.
type History struct {
	Trial Trial
	Ops   []Op
}

// Cell names what was tried. Its text form, joined by slashes, is the same in
// sub-tests, folders, legends and selectors.
type Cell struct {
	Scenario string `json:"scenario"`
	// Step is the point of a sweep that was tried; zero for any other scenario.
	Step      Step   `json:"step,omitzero"`
	Topology  string `json:"topology"`
	Algorithm string `json:"algorithm"`
	Technique string `json:"technique"`
	Driver    string `json:"driver"`
	Client    string `json:"client"`
	// Policy is what is done where the limiter does not decide; empty: the error is
	// passed on.
	Policy  string `json:"policy,omitempty"`
	Repeat  int    `json:"repeat"`  // from 1
	Attempt int    `json:"attempt"` // from 1; a void trial is repeated
}

// RemoteTopology is the topology of a limiter that runs as a service: no server of
// this run takes part, so none is counted, looked at or compared clocks with.
const RemoteTopology = "remote"

// Remote says that the limiter ran as a service.
func (c Cell) Remote() bool { return c.Topology == RemoteTopology }

// Step is one point of a sweep: a scenario that is played again and again, with one
// quantity changed each time.
type Step struct {
	// Axis is what the sweep varies: workers, rate, limit, keys.
	Axis string `json:"axis"`
	// Value is the quantity; 0 where the steps are no quantities.
	Value int64 `json:"value"`
	// Variant tells the steps of one value apart: uniform, zipf. Empty where there is
	// one of each value.
	Variant string `json:"variant"`
}

// String is the value, after the variant if there is one: 64, zipf-1000. Without a value
// it is the variant.
func (s Step) String() string {
	if s.Value == 0 && s.Variant != "" {
		return s.Variant
	}
	if s.Variant != "" {
		return s.Variant + "-" + strconv.FormatInt(s.Value, 10)
	}
	return strconv.FormatInt(s.Value, 10)
}

// Of is the word for a scenario at the step, which names and selects it:
// sweep-workers.64. Without a step it is the scenario's own.
func (s Step) Of(scenario string) string {
	if s == (Step{}) {
		return scenario
	}
	return scenario + "." + s.String()
}

// DefaultClient is the client profile that cell names leave out.
const DefaultClient = "bounded"

// NoPolicy selects cells without a failure policy, which their names leave out.
const NoPolicy = "none"

// Subject is the cell without scenario and repeat: algorithm/technique/driver.
func (c Cell) Subject() string {
	s := c.Algorithm + "/" + c.Technique + "/" + c.Driver
	if c.Client != "" && c.Client != DefaultClient {
		s += "/" + c.Client
	}
	if c.Policy != "" {
		s += "/" + c.Policy
	}
	return s
}

// String is scenario[.step]/topology/algorithm/technique/driver[/client][/policy].
func (c Cell) String() string { return c.Step.Of(c.Scenario) + "/" + c.Topology + "/" + c.Subject() }

// Trial is everything that judging and measuring need besides the operations.
// It is stored as JSON in the history file.
type Trial struct {
	Schema   int                 `json:"schema"`
	Cell     Cell                `json:"cell"`
	Seed     uint64              `json:"seed"`
	Contract algorithms.Contract `json:"contract"`
	// Expected is what the scenario expects of this technique: valid, invalid, any.
	Expected string `json:"expected"`
	// Most is the largest certain overshoot that the scenario expects, as a multiple of
	// the limit; 0 if it states none.
	Most float64 `json:"most,omitempty"`
	// Cause is the only one that it accepts for a broken contract; empty for any.
	Cause string `json:"cause,omitempty"`
	// Keys are the users' keys that operations index, and no others. Their names are
	// new in every trial, so a key's history begins with its first use ever.
	Keys []string `json:"keys"`
	// Whole says that no operation on these keys is missing. An incomplete history
	// is judged for overshoot only.
	Whole bool `json:"whole"`
	// Former is what decided on these keys before the load: operations intended before
	// Load.StartNS are its own, and none of the contract's. Nil where keys were new.
	Former *Former `json:"former,omitempty"`
	// Serial is the technique's (see algorithms.Technique), which holds on a single
	// server: the decisions on a key can be replayed in the order of At.
	Serial bool `json:"serial"`
	// OneScript is the technique's too: every decision is one script.
	OneScript bool `json:"one_script"`
	// ClientClock is the technique's as well: it decides by the clock of its client.
	ClientClock bool `json:"client_clock,omitempty"`
	// Load describes what was offered.
	Load Load `json:"load"`
	// Instances is the number of processes that played the load together; 0 for one, the
	// program's own. The worker w of the operations belongs to process w mod Instances.
	Instances int `json:"instances,omitempty"`
	// Broken says what became of those processes, where that keeps the trial from
	// showing anything; empty if nothing did.
	Broken string `json:"broken,omitempty"`
	// Clock holds pairs of readings, at least one at each end of the trial.
	Clock []ClockPair `json:"clock"`
	// Server and Client are what was counted besides the operations, over the
	// measured part: operations with Intended >= Load.StartNS. Nil where it cannot
	// be attributed to this subject alone.
	Server *Server `json:"server"`
	Client *Client `json:"client"`
	// NoServer says that the limiter never talks to the server, so that no command
	// of it can be missing there.
	NoServer bool `json:"no_server"`
	// Elsewhere says that the server may be on another host, whose clock nobody has
	// compared with the history's.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Imitation says that the server was no Redis: a contract broken there may be its
	// fault.
	Imitation bool `json:"imitation,omitempty"`
	// Audit is the end-of-trial look at every key that the limiter left.
	Audit *Audit `json:"audit"`
	// Voids says of every earlier attempt why it could not have shown anything.
	Voids []string `json:"voids,omitempty"`
	// Faults are what was done to the servers, or to the client's connections, in order
	// of BeganNS.
	Faults []Fault `json:"faults,omitempty"`
	// Roles is what became of the primary that the keys were on; nil without a fault,
	// and where there is no other server that could have taken over.
	Roles *Roles `json:"roles,omitempty"`
	// Evictions are the keys whose state a server gave up under a fault, each once.
	Evictions []Eviction `json:"evictions,omitempty"`
	// Policy is what the cell's policy promised; nil without one.
	Policy *Policy `json:"policy,omitempty"`
}

// Former is a limiter as it was before a change.
type Former struct {
	Algorithm string           `json:"algorithm"`
	Technique string           `json:"technique"`
	Limit     algorithms.Limit `json:"limit"`
}

// Policy is a failure policy as it was in a trial (see algorithms.Policy).
type Policy struct {
	// Bound is its own, Losses how often the server may have lost its state, and Times
	// the multiple of the contract's envelope that follows; 0 if there is no bound.
	Bound  algorithms.Bound `json:"bound"`
	Losses int              `json:"losses"`
	Times  int              `json:"times"`
	// Counts says that its denials rest on what was charged before.
	Counts bool `json:"counts"`
	// Patience and Cooldown are its times, ns.
	Patience time.Duration `json:"patience_ns"`
	Cooldown time.Duration `json:"cooldown_ns"`
}

// DeadlineSlack is the part of a deadline by which a context may end after it.
const DeadlineSlack = 10

// Fault is one fault. All times are CLOCK_MONOTONIC.
type Fault struct {
	// Name is the word for what was done: kill, cut-peers, lost-reply.
	Name string `json:"name"`
	// Node is the node that it was done to; empty for the client's connections.
	Node string `json:"node,omitempty"`
	// BeganNS is read before anything was done, EffectNS when all of it was, HealedNS
	// when all of it was undone; HealedNS is 0 if it was not before the trial's end.
	BeganNS  int64 `json:"began_ns"`
	EffectNS int64 `json:"effect_ns"`
	HealedNS int64 `json:"healed_ns"`
	// Problem says why nothing was done after all; EffectNS is 0 then. Empty if it was.
	Problem string `json:"problem,omitempty"`
}

// Eviction says that a server gave up a limiter's state of a key for want of memory.
type Eviction struct {
	Key   int32 `json:"key"` // indexes Trial.Keys
	Times int64 `json:"times"`
}

// Roles compares who served the keys before the faults and at the end.
type Roles struct {
	// Before and After are the names of the nodes. After is empty if the nodes did not agree
	// on one in time.
	Before string `json:"before"`
	After  string `json:"after"`
	// Changes is how often the role was handed on: 2 stands for more than once, which
	// the replication ids of the two nodes prove. Want is how often the scenario wants it.
	Changes int `json:"changes"`
	Want    int `json:"want"`
	// LostBytes is what the replication stream of Before held beyond the part that After
	// took over, read before Before learned of its replacement; -1 not known.
	LostBytes int64 `json:"lost_bytes"`
}

// Load says how operations were offered.
type Load struct {
	// Loop is "open" or "closed".
	Loop string `json:"loop"`
	// StartNS and EndNS bound the measured part (CLOCK_MONOTONIC): operations
	// intended before StartNS fill the limiters up, and are judged but not measured.
	StartNS int64 `json:"start_ns"`
	EndNS   int64 `json:"end_ns"`
	// Scheduled is the number of arrivals planned in the measured part; 0 in a
	// closed loop. Fewer in the history means that the trial was cut short.
	Scheduled int64 `json:"scheduled"`
	// Rate is the mean planned arrivals per second; 0 in a closed loop.
	Rate float64 `json:"rate"`
	// Workers is the number of goroutines of a closed loop; InFlight the cap of an
	// open one.
	Workers  int `json:"workers"`
	InFlight int `json:"in_flight"`
	// Deadline bounds one operation, ns: its context ends so long after its start, or up to
	// one DeadlineSlack-th later.
	Deadline time.Duration `json:"deadline_ns"`
	// Overloads says that the load may be more than can be answered: failing under it
	// is no fault of the limiter.
	Overloads bool `json:"overloads,omitempty"`
	// Skew is by how much the clock of every second operation's client was off, ns;
	// negative for behind.
	Skew time.Duration `json:"skew_ns,omitempty"`
	// ReadReplica says that a replica answered the limiter's reads that are commands of
	// their own.
	ReadReplica bool `json:"read_replica,omitempty"`
	// Phases are parts of the schedule with a meaning for judging.
	Phases []Phase `json:"phases"`
}

// Phase is a part of the schedule.
type Phase struct {
	Name string `json:"name"` // sustained, burst, idle
	// FromNS and ToNS bound it, CLOCK_MONOTONIC.
	FromNS int64 `json:"from_ns"`
	ToNS   int64 `json:"to_ns"`
	// Excess says that more cost than the contract lets through was offered all
	// the time on every key of the phase: under-grant is judged here.
	Excess bool `json:"excess"`
}

// ClockPair is one reading of both clocks, bracketed: MonoNS is the middle of two
// monotonic readings around the real-time one, ErrNS half their distance.
type ClockPair struct {
	RealNS int64 `json:"real_ns"`
	MonoNS int64 `json:"mono_ns"`
	ErrNS  int64 `json:"err_ns"`
}

// Server is what the server counted over the measured part.
type Server struct {
	// Calls counts the commands that the server ran, by lower-case name; nil if it
	// keeps no such count.
	Calls map[string]int64 `json:"calls"`
	// Accepted is the number of connections that it accepted meanwhile.
	Accepted int64 `json:"accepted,omitempty"`
	// CPUus is user plus system time in microseconds.
	CPUus    float64 `json:"cpu_us"`
	BytesIn  int64   `json:"bytes_in"`
	BytesOut int64   `json:"bytes_out"`
}

// Client is what the process under load used over the measured part.
type Client struct {
	// CPUus and Allocs are nil where the server runs in the same process.
	CPUus  *float64 `json:"cpu_us"`
	Allocs *int64   `json:"allocs"`
	// Connections is the number that it held at the end, and Opened how many it
	// opened during the measured part: none by a client whose pool was warm.
	Connections int64 `json:"connections"`
	Opened      int64 `json:"opened"`
	// Trips is the number of writes to sockets: one per round trip of a client that
	// does not pipeline, fewer per decision for one that does.
	Trips int64 `json:"trips"`
	// BytesIn were read from the sockets, BytesOut written to them.
	BytesIn  int64 `json:"bytes_in"`
	BytesOut int64 `json:"bytes_out"`
}

// Audit is the state of the limiter's keys after the last operation: of all of them,
// or, where they are too many, of a sample drawn evenly.
type Audit struct {
	// Keys is the number that was looked at.
	Keys       int64 `json:"keys"`
	WithoutTTL int64 `json:"without_ttl"`
	// Bytes is MEMORY USAGE summed over the keys; nil if the server does not say.
	Bytes *int64 `json:"bytes"`
	// Entries holds each key of which the algorithm can load the state.
	Entries []AuditEntry `json:"entries"`
}

// AuditEntry compares a key's remaining time to live with how long its state
// matters. Both were read in one transaction.
type AuditEntry struct {
	Key int32 `json:"key"` // indexes Trial.Keys
	// TTLus is the remaining time to live, -1 for none; ForgetUS the time until
	// the state no longer matters.
	TTLus    int64 `json:"ttl_us"`
	ForgetUS int64 `json:"forget_us"`
}
