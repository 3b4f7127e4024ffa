// Package patterns holds companions of rate limiters that fail in the same ways, as
// programs for the explorer: a sliding session, a cache beside a database. Each broken
// one has a repaired neighbour.
//
// A database is played by keys whose names begin with Database, on the same server: one
// command is one statement. No event of the environment takes such a key away.
package patterns

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// Database is how the names of keys begin that stand for rows of a durable database.
const Database = "db"

// Program is a few roles, one client each, that run side by side.
type Program struct {
	// Pattern and Name together name the subject: session/get-expire.
	Pattern, Name string
	// About says in one sentence what the roles do, trip by trip.
	About string
	// Origin says where it is found, and what is wrong with it.
	Origin algorithms.Origin
	// Promise is what should hold, in one sentence.
	Promise string
	// Seed makes the keyspace before the first step.
	Seed  []drivers.Command
	Roles []Role
	// Judge says in one sentence how the promise is broken, or nothing. It is pure.
	Judge func(End) string
}

// Role is the program of one client. It is deterministic given its replies and keeps
// nothing between calls, like algorithms.Limiter.
type Role struct {
	// Name is a word: reader, writer, logout.
	Name string
	// Run answers in a word or two what the client ends with: "valid", "logged out".
	Run func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error)
}

// End is what is left when nobody does anything more.
type End struct {
	// Results are in the order of Roles.
	Results []Result
	// Keys holds every key that is left, by name.
	Keys map[string]Key
	// Now is the instant at the end.
	Now algorithms.Instant
}

// Result is how a role ended.
type Result struct {
	// Text is its answer; empty with Err, and if it did not end because its client died.
	Text string
	Err  bool
	// Done says that it ended. Inv and Ret are the instants of its first and last step.
	Done     bool
	Inv, Ret algorithms.Instant
}

// Key is a key that is left.
type Key struct {
	// Value is a string's value.
	Value string
	// Deadline is as PEXPIRETIME says it: milliseconds since 1970, -1 for none.
	Deadline int64
}
