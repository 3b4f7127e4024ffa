// Package algorithms is the vocabulary of rate limiters: Limit, Decision,
// Limiter, Model, Contract, Technique and Algorithm.
//
// An algorithm is one pure sequential Model and the Contract it promises; its
// techniques are different programs against a Redis connection that claim to
// refine that Model when many clients call them at once. The packages below
// this one hold one algorithm each; none imports another.
package algorithms

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// Limiter decides whether a request of cost n on a key may pass.
//
// The error says that no decision was reached; OutcomeOf classes it. An error is
// never a denial. Allow is safe for concurrent use and keeps no state of its own
// between calls: what it knows is in the server, so that several processes share
// it and the explorer can replay it.
type Limiter interface {
	Allow(ctx context.Context, key string, n int64) (Decision, error)
}

// Instant is a time on the server's clock: microseconds since the Unix epoch.
// Zero means not known.
type Instant int64

// Add returns the instant d later, rounded down to a microsecond.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d/time.Microsecond) }

// Sub returns the time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Microsecond }

// Milli returns the instant in whole milliseconds, as PEXPIRETIME reports it,
// rounded down.
func (i Instant) Milli() int64 { return int64(i) / 1000 }

// InstantOf converts a client's wall-clock reading.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Values of Decision fields that are not a quantity.
const (
	// NotKnown stands in Remaining, RetryAfter and ResetAfter where a technique
	// would need one more round trip to know.
	NotKnown = -1
	// Never is the RetryAfter of a request that costs more than the limiter ever
	// admits at once.
	Never = time.Duration(math.MaxInt64)
)

// Decision is the answer to one request.
type Decision struct {
	Allowed bool
	// Limit is the most cost admitted at once: L of a window or log, B of a bucket.
	Limit int64
	// Remaining is the cost that would still be admitted at the same instant,
	// after this decision; NotKnown where the technique does not learn it.
	Remaining int64
	// RetryAfter is 0 if allowed; else the time until the same cost would be
	// admitted if nobody else asked, Never, or NotKnown. Exact to the contract's
	// granularity g: denied just before it, allowed at RetryAfter + g.
	RetryAfter time.Duration
	// ResetAfter is the time until the limiter is as if never used; or NotKnown.
	ResetAfter time.Duration
	// At is the time of the decision on the clock that the technique decides by;
	// zero where it decides without reading one.
	At Instant
	// ResetAt is the instant, reported by the server itself (PEXPIRETIME), at which
	// the window that this decision was counted in expires: it names the window.
	// Zero where there is no window or the technique does not ask. It is never a
	// client's clock plus a PTTL: that would give one window several names.
	ResetAt Instant
	// By is not the limiter where a failure policy decided in its stead.
	By By
}

// Outcome is how an operation ended, as histories record it.
type Outcome uint8

const (
	// Unknown: an error after which the request may have been charged.
	Unknown Outcome = iota
	// Failed: an error that proves that nothing was charged.
	Failed
	Denied
	Allowed
)

// String is the word used in histories and results.
func (o Outcome) String() string {
	switch o {
	case Failed:
		return "failed"
	case Denied:
		return "denied"
	case Allowed:
		return "allowed"
	}
	return "unknown"
}

// ErrConflict is the error of a technique whose optimistic transaction was
// aborted until the operation's context ended. Nothing was charged: every
// attempt ended in a nil EXEC. An error that wraps it has a class of its own: the last
// attempt was cut short, and the server answered those before.
var ErrConflict = drivers.WithClass(drivers.Failed, errors.New("transaction aborted on every attempt until the deadline"))

// OutcomeOf names what Allow returned.
func OutcomeOf(d Decision, err error) Outcome {
	switch {
	case err != nil && drivers.ClassOf(err) == drivers.Failed:
		return Failed
	case err != nil:
		return Unknown
	case d.Allowed:
		return Allowed
	}
	return Denied
}

// Limit configures a limiter. The rate of the buckets is L per W, kept as this
// fraction: an emission interval rounded to whole microseconds would be another
// rate whenever L does not divide W.
type Limit struct {
	L int64         `json:"limit"`     // cost per window, >= 1
	W time.Duration `json:"window_ns"` // window, a whole number of milliseconds
	B int64         `json:"burst"`     // burst of the buckets, >= 1; the windows ignore it
}

// NewLimit returns the limit with the default burst, B = L.
func NewLimit(l int64, w time.Duration) Limit { return Limit{L: l, W: w, B: l} }

// maxScaled is the largest B*W in request-microseconds for which the scripts'
// arithmetic in IEEE doubles stays exact: 2^52 leaves a factor of two for sums.
const maxScaled = 1 << 52

// Validate says in one sentence what is wrong with the limit, or nil.
func (l Limit) Validate() error {
	switch {
	case l.L < 1:
		return fmt.Errorf("limit must be at least 1, got %d", l.L)
	case l.B < 1:
		return fmt.Errorf("burst must be at least 1, got %d", l.B)
	case l.W < time.Millisecond:
		return fmt.Errorf("window must be at least 1ms, got %s", l.W)
	case l.W%time.Millisecond != 0:
		return fmt.Errorf("window must be a whole number of milliseconds, got %s: Redis expires keys in milliseconds", l.W)
	case max(l.L, l.B) > maxScaled/l.W.Microseconds():
		return fmt.Errorf("limit x window is too large for exact arithmetic in a script: at most %d for a window of %s", maxScaled/l.W.Microseconds(), l.W)
	}
	return nil
}

// Env is what a technique may use besides its connection. A program that owns
// every other input is deterministic given its replies: the explorer relies on it.
type Env struct {
	// Now reads the client's wall clock.
	Now func() time.Time
	// ID returns a text that no other call of any process returns.
	ID func() string
	// Probe asks for what exact judging needs and users do not: At and ResetAt in
	// every decision, where the technique would not learn them by itself.
	Probe bool
}

// Key returns the name of one of a limiter's keys for a user's key: "rl", the user in
// braces, so that all keys of one user key share a Cluster slot, then the name
// of the algorithm's state. A closing brace or percent sign in the user's key is
// escaped, and an empty one becomes "%", because Redis hashes the whole name if
// the braces are empty and stops at the first closing one.
func Key(user, state string) string {
	if user == "" {
		user = "%"
	} else if strings.ContainsAny(user, "}%") {
		user = strings.NewReplacer("%", "%25", "}", "%7D").Replace(user)
	}
	return "rl{" + user + "}:" + state
}

// Text formats an integer argument of a command.
func Text[T ~int | ~int64](v T) string { return strconv.FormatInt(int64(v), 10) }

// ErrCost is the error of a request whose cost is below 1. Nothing was sent.
var ErrCost = drivers.WithClass(drivers.Failed, errors.New("cost of a request must be at least 1"))
