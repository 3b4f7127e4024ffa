package tokenbucket

import (
	"context"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// kept are the techniques that are evidence: what is found in the world. All decide
// requests of cost 1, in keys of their own, and count in credits as the canonical ones
// do: the rounding of a rate is not what they are about. multi and lua repair them.
func kept() []algorithms.Technique {
	return []algorithms.Technique{luaClientClock(), luaSeconds(), fixedTTL(), abortIgnored()}
}

// scripted decides by a script whose ARGV are the limit, the window in milliseconds, the
// burst and what more says, and which answers whether it admits and the level after it.
func scripted(conn drivers.Conn, script *drivers.Script, state string, l algorithms.Limit, more func() []string) algorithms.Limiter {
	fixed := []string{algorithms.Text(l.L), algorithms.Text(l.W.Milliseconds()), algorithms.Text(l.B)}
	return algorithms.Single{State: state, Decide: func(ctx context.Context, key string) (algorithms.Decision, error) {
		args := append(fixed[:len(fixed):len(fixed)], more()...)
		answer := make([]int64, 2)
		if err := conn.Eval(ctx, script, []string{key}, args, answer); err != nil {
			return algorithms.Decision{}, err
		}
		return algorithms.Untimed(answer[0] == 1, l.B, answer[1]/l.Credits(1)), nil
	}}
}

// nothing more is told to a script.
func nothing() []string { return nil }
