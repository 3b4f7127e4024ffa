package algorithms

import (
	"context"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// Scripted is the Limiter of a technique whose decision is one Lua script.
//
// The script gets one key, and as ARGV the cost, then Args, then an id if ID is
// set. It answers six integers: 1 if allowed or 0; Remaining; RetryAfter in
// microseconds or -1 for never; ResetAfter in microseconds; At; ResetAt. They
// must be whole before they are returned: Redis cuts a Lua number in a reply to
// an integer.
type Scripted struct {
	Conn   drivers.Conn
	Script *drivers.Script
	// State is the second half of the key's name, see Key.
	State string
	// Most is the Decision's Limit: the most cost that is admitted at once.
	Most int64
	// Args are the arguments that are the same in every call, at most maxArgs.
	// They are formatted once, when the limiter is made.
	Args []string
	// ID is called once per decision by a technique that stores unique members.
	ID func() string
}

const maxArgs = 3

// call holds everything that Eval wants by reference, in a single allocation.
type call struct {
	keys  [1]string
	args  [maxArgs + 2]string
	reply [6]int64
}

// Allow runs the script. Its error is the driver's, classed there: only the
// adapter can tell a script that never ran from one that failed midway.
func (s Scripted) Allow(ctx context.Context, key string, n int64) (Decision, error) {
	if n < 1 {
		return Decision{}, ErrCost
	}
	c := call{keys: [1]string{Key(key, s.State)}}
	args := append(append(c.args[:0], Text(n)), s.Args...)
	if s.ID != nil {
		args = append(args, s.ID())
	}
	if err := s.Conn.Eval(ctx, s.Script, c.keys[:], args, c.reply[:]); err != nil {
		return Decision{}, err
	}
	return s.decision(c.reply), nil
}

func (s Scripted) decision(r [6]int64) Decision {
	retry := Never
	if r[2] >= 0 {
		retry = time.Duration(r[2]) * time.Microsecond
	}
	return Decision{
		Allowed:    r[0] == 1,
		Limit:      s.Most,
		Remaining:  r[1],
		RetryAfter: retry,
		ResetAfter: time.Duration(r[3]) * time.Microsecond,
		At:         Instant(r[4]),
		ResetAt:    Instant(r[5]),
	}
}
