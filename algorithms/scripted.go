package algorithms

import (
	"context"

	"github.com/rlbench/rlbench/drivers"
)

// Scripted is the Limiter of a technique whose decision is one Lua script.
//
// The script gets one key, and as ARGV the Args, an id if ID is set, the cost unless
// it is 1, and "1" if Probe is set; the cost is always there before that. It answers
// Answers integers, and if Probe is set two more: At and ResetAt. They must be whole
// before they are returned: Redis cuts a Lua number in a reply to an integer.
//
// What every decision has to send and receive is what users pay for: arguments and
// answers are as few and as short as the script and Decide can do with.
type Scripted struct {
	Conn   drivers.Conn
	Script *drivers.Script
	// State is the second half of the key's name, see Key.
	State string
	// Args are the arguments that are the same in every call, at most maxArgs.
	// They are formatted once, when the limiter is made.
	Args []string
	// ID is called once per decision by a technique that stores unique members.
	ID func() string
	// Probe is the Env's.
	Probe bool
	// Answers is the number of integers that the script answers without Probe, at most
	// maxAnswers. Decide makes the decision of cost n out of them, and may use At and
	// ResetAt, which follow them if Probe is set; it need not copy these.
	Answers int
	Decide  func(n int64, answer []int64) Decision
}

const (
	maxArgs    = 3
	maxAnswers = 3
	probes     = 2
)

// call holds everything that Eval wants by reference, in a single allocation.
type call struct {
	keys  [1]string
	args  [maxArgs + 3]string
	reply [maxAnswers + probes]int64
}

// Allow runs the script. Its error is the driver's, classed there: only the
// adapter can tell a script that never ran from one that failed midway.
func (s Scripted) Allow(ctx context.Context, key string, n int64) (Decision, error) {
	if n < 1 {
		return Decision{}, ErrCost
	}
	c := call{keys: [1]string{Key(key, s.State)}}
	args := append(c.args[:0], s.Args...)
	if s.ID != nil {
		args = append(args, s.ID())
	}
	if n != 1 || s.Probe {
		args = append(args, Text(n))
	}
	answer := c.reply[:s.Answers]
	if s.Probe {
		args, answer = append(args, "1"), c.reply[:s.Answers+probes]
	}
	if err := s.Conn.Eval(ctx, s.Script, c.keys[:], args, answer); err != nil {
		return Decision{}, err
	}
	d := s.Decide(n, answer)
	if s.Probe {
		d.At, d.ResetAt = Instant(answer[s.Answers]), Instant(answer[s.Answers+1])
	}
	return d, nil
}
