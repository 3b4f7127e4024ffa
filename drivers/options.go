package drivers

import (
	"fmt"
	"time"
)

// Pipelining says whether a client sends the commands of several goroutines in
// one write.
type Pipelining string

// The settings of automatic pipelining.
const (
	AsShipped   Pipelining = ""    // what the library does by itself
	Pipelined   Pipelining = "on"  // refused by a client that cannot
	Unpipelined Pipelining = "off" // one command, one connection, one trip
)

// Options are the settings of a client that change what a benchmark measures or
// what a failure does. A zero field means "as the library ships".
type Options struct {
	// Client names the profile in cells and flags: "bounded", "pipelined".
	Client string `json:"client"`
	// Retries is how often the client repeats a command by itself: 0 as shipped,
	// NoRetries for never. A hidden retry charges one decision several times.
	Retries int `json:"retries"`
	// PoolSize is the size of the pool from which an operation takes a connection;
	// 0 as shipped. A client that pipelines sends single commands over a few
	// connections of its own beside the pool. In a Cluster go-redis has a pool of this
	// size for each node; the other adapters let as many operations at once take a
	// connection, to whichever nodes.
	// Unpooled opens a connection for each operation; a client that always keeps some
	// refuses it.
	PoolSize int `json:"pool_size"`
	// DialTimeout bounds connecting, ReadTimeout and WriteTimeout one trip on the
	// socket, in ns; 0 as shipped.
	DialTimeout  time.Duration `json:"dial_timeout_ns"`
	ReadTimeout  time.Duration `json:"read_timeout_ns"`
	WriteTimeout time.Duration `json:"write_timeout_ns"`
	// HonourDeadline makes the deadline of the operation's context end it. Two of
	// the three clients ignore it unless told otherwise.
	HonourDeadline bool `json:"honour_deadline"`
	// Pipelining is automatic pipelining across goroutines.
	Pipelining Pipelining `json:"pipelining"`
	// Wait is how many replicas must acknowledge each write before it succeeds, by
	// WAIT; 0: none, and none is asked. WaitTimeout bounds the wait of each write, in
	// ns; 0 for 500 ms. ReadTimeout is longer by that, or it would end the wait first.
	// Writes that wait take a connection each: no automatic pipelining.
	Wait        int           `json:"wait,omitzero"`
	WaitTimeout time.Duration `json:"wait_timeout_ns,omitzero"`
}

// NoRetries in Options.Retries means that the client never repeats a command.
const NoRetries = -1

// Unlimited in PoolSize or a timeout means that there is no bound.
const Unlimited = -1

// Unpooled in PoolSize means that no connection is kept.
const Unpooled = -2

// Clients returns the named profiles in order, the default for measuring first.
// pool is the number of connections that "bounded" may open to a server.
//
//	bounded      no hidden retries, bounded pool and timeouts, deadlines honoured; the
//	             primary is looked up again within about a second, and after errors
//	default      as the library ships
//	pipelined    bounded, with automatic pipelining
//	unpipelined  bounded, without it
//	no-retries   as the library ships, but that it repeats nothing
//	deadline     as the library ships, but that it honours deadlines
//	single       bounded, over one connection
//	unpooled     bounded, over a connection for each operation
func Clients(pool int) []Options {
	bounded := Options{
		Client: "bounded", Retries: NoRetries, PoolSize: pool, HonourDeadline: true,
		DialTimeout: 500 * time.Millisecond, ReadTimeout: 500 * time.Millisecond, WriteTimeout: 500 * time.Millisecond,
	}
	pipelined, unpipelined := bounded, bounded
	pipelined.Client, pipelined.Pipelining = "pipelined", Pipelined
	unpipelined.Client, unpipelined.Pipelining = "unpipelined", Unpipelined
	single, unpooled := bounded, bounded
	single.Client, single.PoolSize = "single", 1
	unpooled.Client, unpooled.PoolSize = "unpooled", Unpooled
	return []Options{
		bounded, {Client: "default"}, pipelined, unpipelined,
		{Client: "no-retries", Retries: NoRetries}, {Client: "deadline", HonourDeadline: true}, single, unpooled,
	}
}

// Lacks says in a clause what the options ask for that a driver's client does not have;
// empty if it has all.
func Lacks(d Driver, with Options) string {
	has := d.Resolve(with)
	switch {
	case with.Pipelining != AsShipped && has.Pipelining != with.Pipelining:
		return "it has no automatic pipelining"
	case with.PoolSize == Unpooled && has.PoolSize != Unpooled:
		return "it always keeps its connections"
	}
	return ""
}

// Provides says whether a driver's client has what the options ask for.
func Provides(d Driver, with Options) bool { return Lacks(d, with) == "" }

// ErrLacks is how an adapter refuses a setting its client does not have.
func ErrLacks(d Driver, with Options) error {
	return fmt.Errorf("open %s: this client has no settings %s: %s", d.Name(), with.Client, Lacks(d, with))
}
