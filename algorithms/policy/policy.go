// Package policy holds failure policies: what is done with a request whose limiter does
// not decide, because its server is down, cut off, full or locked. Each is a limiter
// around any other, whatever its technique and client.
//
//	fail-closed  denies it
//	fail-open    admits it
//	fail-local   decides in the memory of the process, for a while
//	fail-sql     counts in an embedded SQL database, for a while
//	breaker      denies it, and after several failures asks no more for a while
//
// No policy waits for the limiter as long as the operation may last: its patience is
// short, or nobody would be answered in time. That takes a client which honours the
// deadline of a context.
//
// A policy is for a server that fails, and for nothing else. A caller who hangs up, or
// whose deadline is over, gets the limiter's error, and so does one whose key others keep
// changing (algorithms.ErrConflict), for that takes a server which answered while it was
// tried, and it is the caller who says how long such a key is tried. A server that goes
// silent at the last attempt is met by the next request: the time limit alone often ends
// an EXEC that a healthy one would have answered. Neither begins a cool-down nor counts
// for a breaker. A caller with a deadline shorter than the patience therefore never sees
// the policy decide after an error: keep the patience below all deadlines.
//
// A decision made by a policy says so (algorithms.By). It counts as availability, or as
// the want of it, and never against the limiter.
//
// # What is admitted at most
//
// Each place in which requests are counted keeps the contract by itself, so that in any
// interval of length d at most so many times Envelope(d) is admitted, for k processes
// and a limiter that keeps its contract while nothing fails:
//
//	                          the server keeps its state   it comes back empty
//	fail-closed, breaker      1                            2
//	fail-local                1 + k                        2 + k
//	fail-sql                  2                            3
//	fail-open                 no bound                     no bound
//
// A request whose own call may have been charged, and which the policy admits, is one
// admission; one that it denies has used up what others could have had.
package policy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

const (
	// Patience is how long a limiter is waited for, unless a scenario says otherwise: half
	// of the time within which an answer counts as one in time.
	Patience = 50 * time.Millisecond
	// Cooldown is how long it is not asked any more, unless a scenario says otherwise.
	Cooldown = 30 * time.Second
)

// All returns every policy in the order of tables and charts.
func All() []algorithms.Policy {
	return []algorithms.Policy{closed(), open(), local(), sqlite(), breaker()}
}

// Named returns the policy of that name; the zero one, which passes errors on, for none.
func Named(name string) (algorithms.Policy, error) {
	for _, p := range append(All(), algorithms.Policy{}) {
		if p.Name == name {
			return p, nil
		}
	}
	return algorithms.Policy{}, fmt.Errorf("there is no policy %q", name)
}

// asked is a limiter that is waited for so long and no longer.
type asked struct {
	limiter  algorithms.Limiter
	patience time.Duration
}

// allow asks the limiter. By says whose the request is after that: the limiter's, whose
// answer is passed on, be it an error; or the policy's, and then what the error proves.
func (a asked) allow(ctx context.Context, key string, n int64) (d algorithms.Decision, by algorithms.By, err error) {
	for again := true; again; {
		d, by, again, err = a.once(ctx, key, n)
	}
	return d, by, err
}

// once asks for as long as the patience lasts; again says that it ended with the key
// changed by others at every attempt, and nothing charged.
func (a asked) once(ctx context.Context, key string, n int64) (d algorithms.Decision, by algorithms.By, again bool, err error) {
	deadline, set := ctx.Deadline()
	hasty := set && time.Until(deadline) <= a.patience
	patient, cancel := context.WithTimeout(ctx, a.patience)
	defer cancel()
	d, err = a.limiter.Allow(patient, key, n)
	failed := algorithms.OutcomeOf(d, err) == algorithms.Failed
	switch {
	case err == nil, ctx.Err() != nil:
	case hasty && drivers.SymptomOf(err) == drivers.Timeout: // a client may notice before the context does
	case errors.Is(err, algorithms.ErrConflict):
		again = failed && !hasty && patient.Err() != nil
	case failed:
		by = algorithms.AfterFailed
	default:
		by = algorithms.AfterUnknown
	}
	return d, by, again, err
}

// always is a policy that gives every request the same answer.
type always struct {
	asked
	allowed bool
	limit   int64
}

func (p always) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if n < 1 {
		return algorithms.Decision{}, algorithms.ErrCost
	}
	d, by, err := p.allow(ctx, key, n)
	if by == algorithms.ByLimiter {
		return d, err
	}
	return blind(p.allowed, p.limit, by), nil
}

// blind is a decision that rests on nothing.
func blind(allowed bool, limit int64, by algorithms.By) algorithms.Decision {
	d := algorithms.Decision{Allowed: allowed, Limit: limit, Remaining: algorithms.NotKnown, ResetAfter: algorithms.NotKnown, By: by}
	if !allowed {
		d.RetryAfter = algorithms.NotKnown
	}
	return d
}
