// Package drivers is the vocabulary between a rate limiter and a Redis client:
// Driver, Conn, Tx, Script, Reply, Options and the classes of errors.
//
// A technique is written once against Conn and runs behind every client that
// has an adapter (the packages below this one), and later in the interleaving
// explorer, which is one more Conn. Nothing here imports a Redis client.
package drivers

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
)

// Driver opens connections with one Redis client library.
type Driver interface {
	// Name is the word used in cells, flags and charts: lower case, no slash.
	Name() string
	// Module is the Go module path of the client library, by which its version
	// is found in the build information.
	Module() string
	// Resolve returns the options that Open would use: every zero or as-shipped
	// field replaced by what the library really does. It is recorded with each
	// result, so that no setting is hidden.
	Resolve(Options) Options
	// Open connects, and fails if no server answers a PING within ctx.
	Open(ctx context.Context, at Endpoints, with Options) (Conn, error)
}

// Conn is one client with its connection pool, safe for concurrent use.
//
// Every method is one step for the explorer: the server runs it atomically or
// not at all. The first argument of a command is its name, the second its key;
// a Cluster adapter routes by that key. Errors are classed, see ClassOf.
type Conn interface {
	// Do sends one command in one round trip. An error reply is an error.
	Do(ctx context.Context, cmd ...string) (Reply, error)
	// Multi sends MULTI, the commands and EXEC together in one round trip and
	// returns one reply per command. All keys share one slot. If a command fails
	// inside the transaction, the first such error is returned, classed Unknown,
	// because Redis keeps what the other commands wrote.
	Multi(ctx context.Context, cmds ...Command) ([]Reply, error)
	// Watch sends WATCH for the keys on a dedicated connection, runs fn once, and
	// leaves nothing watched when fn returns. The loop that retries after
	// ErrAborted belongs to the caller. The error of fn is returned unchanged; an
	// error before fn ran is Failed, for watching changes no key.
	Watch(ctx context.Context, keys []string, fn func(Tx) error) error
	// Eval runs the script by EVALSHA in one round trip, falling back to EVAL once
	// if the server answers NOSCRIPT. The script replies with one integer or an
	// array of integers, exactly as many as dst holds; they are written to dst
	// without allocating. Neither keys nor args is retained.
	Eval(ctx context.Context, script *Script, keys, args []string, dst []int64) error
	// Close releases every connection. Operations after Close fail.
	Close() error
}

// Tx is the connection inside Watch. It must not be used after fn returns.
type Tx interface {
	// Read sends the commands together in one round trip, NOT atomically: another
	// client may write between two of them. The first error reply is an error.
	Read(ctx context.Context, cmds ...Command) ([]Reply, error)
	// Exec sends MULTI, the commands and EXEC together, like Conn.Multi. If a
	// watched key changed, nothing was run and the error is ErrAborted; this
	// holds for a transaction of reads alone too.
	Exec(ctx context.Context, cmds ...Command) ([]Reply, error)
}

// Command is the name of a command, its key, and its further arguments.
type Command []string

// Cmd spells a Command without a composite literal.
func Cmd(args ...string) Command { return args }

// Script is a Lua script and its SHA-1 digest in hexadecimal, as EVALSHA wants it.
type Script struct{ source, sha string }

// NewScript computes the digest of source.
func NewScript(source string) *Script {
	sum := sha1.Sum([]byte(source))
	return &Script{source: source, sha: hex.EncodeToString(sum[:])}
}

// Source is the Lua text that EVAL sends.
func (s *Script) Source() string { return s.source }

// SHA is the digest that EVALSHA sends.
func (s *Script) SHA() string { return s.sha }

// Mode says how the servers of a deployment work together.
type Mode string

// The modes.
const (
	Standalone Mode = ""         // one server
	Sentinel   Mode = "sentinel" // a primary and replicas, watched by sentinels
	Cluster    Mode = "cluster"  // the keys spread over several primaries
)

// Endpoints says where the servers of a deployment are and how to reach them.
type Endpoints struct {
	// Mode decides what the addresses are of.
	Mode Mode
	// Addrs are host:port pairs: the standalone server, all sentinels that are
	// known, or some nodes of the Cluster, from which the client learns the others.
	Addrs []string
	// Primary is the name by which the sentinels know the primary: "mymaster".
	Primary string
	// Username and Password authenticate to the servers that hold keys; both are
	// empty for none.
	Username, Password string
	// SentinelUsername and SentinelPassword authenticate to the sentinels.
	SentinelUsername, SentinelPassword string
	// DB is the number of the database; a server has 0, and 1 to 15 unless set
	// otherwise. A Cluster has no other than 0.
	DB int
	// Dial replaces the client's own dial function when not nil, for sentinels too.
	// It is given the address that the server announces and may dial another one by
	// which it is reached. Adapters apply Options.DialTimeout to the context they
	// pass. Byte and trip counters, and faults, hook in here.
	Dial DialFunc `json:"-"`
}

// problem says what no client could work with, or returns an empty string.
func (e Endpoints) problem() string {
	switch {
	case e.Mode == Standalone && len(e.Addrs) != 1:
		return fmt.Sprintf("a standalone server has one address, got %d", len(e.Addrs))
	case e.Mode != Standalone && e.Mode != Sentinel && e.Mode != Cluster:
		return fmt.Sprintf("there is no mode %q", e.Mode)
	case len(e.Addrs) == 0:
		return fmt.Sprintf("%s needs one address or more, got none", e.Mode)
	case e.Mode == Cluster && e.DB != 0:
		return fmt.Sprintf("a cluster has no database but 0, got %d", e.DB)
	case e.Mode == Sentinel && e.Primary == "":
		return "sentinel needs the name of the primary"
	}
	return ""
}
