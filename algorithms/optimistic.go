package algorithms

import (
	"context"

	"github.com/rlbench/rlbench/drivers"
)

// Optimistic is the Limiter of a technique that steps its Model on the client, in
// an optimistic transaction (see Transact), by the server's TIME.
type Optimistic struct {
	Conn drivers.Conn
	// State is the second half of the key's name, see Key.
	State string
	// Reads are the commands that read the state of a key.
	Reads func(key string) []drivers.Command
	// Decide makes a decision of cost n of the replies to Reads and of the time, and
	// the commands that store the state after it: none if it is as before.
	Decide func(key string, state []drivers.Reply, at Instant, n int64) (Decision, []drivers.Command, error)
}

// Allow decides in at least three trips: WATCH, the reads, EXEC.
func (o Optimistic) Allow(ctx context.Context, user string, n int64) (Decision, error) {
	if n < 1 {
		return Decision{}, ErrCost
	}
	key := Key(user, o.State)
	// TIME comes after the state, and after WATCH in every attempt: a clock read
	// before would be stale on a retry, and could lie before the state.
	reads := append(o.Reads(key), drivers.Cmd("TIME"))
	var d Decision
	_, err := Transact(ctx, o.Conn, key, reads, func(r []drivers.Reply) (write []drivers.Command, err error) {
		last := len(r) - 1
		at, err := TimeOf(r[last])
		if err != nil {
			return nil, err
		}
		d, write, err = o.Decide(key, r[:last], at, n)
		if len(write) == 0 {
			write = []drivers.Command{drivers.Cmd("EXISTS", key)} // a denial is confirmed too
		}
		return write, err
	})
	if err != nil {
		return Decision{}, err
	}
	return d, nil
}
