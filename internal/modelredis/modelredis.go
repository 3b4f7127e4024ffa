// Package modelredis is a small deterministic Redis in memory: a pure function from
// a keyspace, an instant and a request to the keyspace after it and the replies. It is
// what the explorer steps through; that it does what Redis does is confirmed on real
// servers, request by request.
//
// It has only the commands that techniques use. Any other is an UnknownCommand, never
// a guess. There is no connection, no thread and no clock in it: the caller owns time,
// and says with Store.Expire which keys are gone.
package modelredis

import (
	"strings"

	"github.com/rlbench/rlbench/drivers"
)

// Kind says how the commands of a Request belong together.
type Kind string

// The kinds of requests. Each is one atomic step of a server.
const (
	// Command is a single command. A script is one too: EVALSHA.
	Command Kind = "command"
	// Transaction is MULTI, the commands and EXEC, sent together.
	Transaction Kind = "transaction"
	// Watch is WATCH of the keys in the one command, and changes no key.
	Watch Kind = "watch"
)

// Request is what a client sends in one step.
type Request struct {
	Kind     Kind
	Commands []drivers.Command
}

// Reply is what a server answers to one command.
type Reply struct {
	drivers.Reply
	// Err is the text of an error reply, as the server spells it; empty if it is none.
	Err string
}

// Result is the effect of a request.
type Result struct {
	// Replies has one per command. If a transaction was discarded because a command
	// could not be queued, it is the one reply of EXEC.
	Replies []Reply
	// Store is the keyspace after it.
	Store Store
	// Touched lists the keys, in order, of which a WATCH by anybody is broken now.
	Touched []string
}

// Entry is one key as people and other servers see it.
type Entry struct {
	Key string `json:"key"`
	// Type is the word of TYPE: string, hash, zset, ...
	Type string `json:"type"`
	// Value is the value as text: a string itself, "field=value ..." in order of the
	// fields, "member@score ..." in order of the scores.
	Value string `json:"value"`
	// Deadline is the reply of PEXPIRETIME: milliseconds since 1970, -1 for none.
	Deadline int64 `json:"deadline_ms"`
}

// UnknownCommand is the error of a command, or of an option of one, that the model
// does not have.
type UnknownCommand struct{ Name string }

// Error names what is missing: a command by its name alone, anything else in words.
func (e *UnknownCommand) Error() string {
	if strings.Contains(e.Name, " ") {
		return "the model of Redis does not have " + e.Name
	}
	return "the model of Redis does not have the command " + e.Name
}

// Defect is a fault that is seeded into a model, to prove that the comparison with a
// real server would notice it.
type Defect string

// The defects.
const (
	None Defect = ""
	// EarlyExpiry lets a key die one millisecond too early: at its deadline, not after.
	EarlyExpiry Defect = "early-expiry"
	// DeafWatch lets EXEC run although a watched key has changed.
	DeafWatch Defect = "deaf-watch"
)
