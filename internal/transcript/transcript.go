// Package transcript is the record of one schedule that the explorer found: who did
// what in which order, what was answered, what the keyspace was after it, and what is
// wrong in the end. It is written as JSON, a table of steps, a Mermaid diagram and an
// SVG sequence diagram, each of which a reader should understand without the code.
//
// The package defines the record and its forms. It explores nothing and judges nothing.
//
// JSON is the record itself: what is written is read again without loss, and what is
// read was checked. The other forms are for people, and one way only. They share their
// words: a scene is the trace told once, command by command, with what is long
// shortened and what is near the first instant written relative to it (t0+1000ms).
// The table, the diagram and the picture only lay it out.
package transcript

import "github.com/rlbench/rlbench/internal/modelredis"

// Schema is the version of the JSON form.
const Schema = 1

// Trace is one schedule of one subject.
type Trace struct {
	Schema int `json:"schema"`
	// Subject is algorithm/technique, or pattern/program.
	Subject string `json:"subject"`
	// About says in one sentence what the subject does, trip by trip.
	About string `json:"about"`
	// Scenario is the word for the bounds and events under which it was found.
	Scenario string `json:"scenario"`
	// Property is the word for what is broken: overshoot, false-rejection, key-without-ttl, promise.
	Property string `json:"property"`
	// Violation says in one sentence what is wrong in the end.
	Violation string `json:"violation"`
	// Promise says in one sentence what should have held.
	Promise string `json:"promise"`
	Params  Params `json:"params"`
	// T0US is the instant of the first step, in microseconds since 1970.
	T0US int64 `json:"t0_us"`
	// Ticks are the instants to which the clock was advanced, in order, in microseconds
	// after T0US.
	Ticks []int64 `json:"ticks"`
	// Skew is how far a client's clock is ahead of the server's, in microseconds, by
	// client. Clients that are not in it agree with the server.
	Skew map[string]int64 `json:"skew,omitempty"`
	// Scripts are the sources of the scripts by their SHA-1 digest.
	Scripts map[string]string `json:"scripts,omitempty"`
	// Seed are the commands that made the keyspace before the first step.
	Seed [][]string `json:"seed,omitempty"`
	// Schedule is the choice at each step, by which it can be played again.
	Schedule []string `json:"schedule"`
	Steps    []Step   `json:"steps"`
	// Events is the number of events of the environment, clients that died included.
	// Preemptions is how often a client was interrupted in the middle of a request.
	Events      int `json:"events"`
	Preemptions int `json:"preemptions"`
	// Crashed names the clients that are in the middle of a request and do no more.
	Crashed []string           `json:"crashed,omitempty"`
	Final   []modelredis.Entry `json:"final_keyspace"`
	// ServerVersion is of the server on which the trace was confirmed; empty if none.
	ServerVersion string `json:"server_version,omitempty"`
	// TimeEmulated says that the server's clock was not the schedule's: the trace was
	// confirmed by waiting where the clock advances.
	TimeEmulated bool `json:"time_emulated,omitempty"`
}

// Params are the bounds of the exploration.
type Params struct {
	Limit    int64 `json:"limit"`
	WindowMS int64 `json:"window_ms"`
	Burst    int64 `json:"burst"`
	Cost     int64 `json:"cost"`
	Clients  int   `json:"clients"`
	Requests int   `json:"requests"`
}

// Kind says what happens in a step.
type Kind string

// The kinds of steps: those of clients first, then the events of the environment.
const (
	Command     Kind = "command"     // one command, or one script, in one trip
	Transaction Kind = "transaction" // MULTI, the commands, EXEC in one trip
	Watch       Kind = "watch"       // WATCH
	ReadClock   Kind = "read-clock"  // the client reads its own clock; nothing is sent

	Tick       Kind = "tick"        // the clock advances
	Evict      Kind = "evict"       // the server evicts a key
	Failover   Kind = "failover"    // a replica takes over that has not heard of the last writes
	LoseState  Kind = "lose-state"  // the server restarts empty
	LostReply  Kind = "lost-reply"  // the request ran, its reply was lost, and the client reports an error
	Resend     Kind = "resend"      // the request ran, its reply was lost, and the client library will send it again
	Abandon    Kind = "abandon"     // the client gives up on a request that is still on its way
	LateEffect Kind = "late-effect" // an abandoned request arrives and takes effect
	ForgetLua  Kind = "forget-lua"  // the server forgets its scripts
	StepClock  Kind = "step-clock"  // the server's clock is set to another time
	ClientDies Kind = "client-dies" // a client does no more
)

// Step is one step of a schedule.
type Step struct {
	// Actor is the client, "A" to "Z", or "clock", "server", "network".
	Actor string `json:"actor"`
	Kind  Kind   `json:"kind"`
	// Role is what the client plays in a pattern: "reader"; empty in a limiter.
	Role string `json:"role,omitempty"`
	// Request counts the requests of the client, from 1; 0 for the environment.
	Request int `json:"request,omitempty"`
	// TMS is milliseconds after T0US, with microseconds behind the point.
	TMS float64 `json:"t_ms"`
	// Commands are sent to the server.
	Commands [][]string `json:"commands,omitempty"`
	// Op says what is done: the command as in redis-cli, or the event in words.
	Op string `json:"op"`
	// Reply is what the client gets, as redis-cli prints it but on one line; empty if
	// it gets none.
	Reply string `json:"reply,omitempty"`
	// After is the keyspace after the step.
	After []modelredis.Entry `json:"keyspace_after"`
	// Outcome is the end of a request in this step: allowed, denied, failed, unknown, or
	// what a pattern's role answers. Empty if the request goes on.
	Outcome string `json:"outcome,omitempty"`
}
