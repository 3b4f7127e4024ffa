package algorithms

import (
	"errors"
	"fmt"
	"time"
)

// By says who made a decision: the limiter, or a failure policy in its stead, and then
// what became of the limiter's own call.
type By uint8

const (
	// ByLimiter: the limiter decided.
	ByLimiter By = iota
	// AfterUnknown: the policy did. The limiter's own call ended in an error, after which
	// the request may have been charged in the server.
	AfterUnknown
	// AfterFailed: the policy did, after an error that proves that nothing was charged.
	AfterFailed
	// Unasked: the policy did, and had not asked the limiter.
	Unasked
)

// String is the word used in histories.
func (b By) String() string {
	switch b {
	case AfterUnknown:
		return "policy after unknown"
	case AfterFailed:
		return "policy after failed"
	case Unasked:
		return "policy unasked"
	}
	return "limiter"
}

// Own is what became of the limiter's own call, given how the operation ended: what
// the limiter alone would have answered, with a request that it was never asked about
// as one that certainly was not charged.
func (b By) Own(end Outcome) Outcome {
	switch b {
	case AfterUnknown:
		return Unknown
	case AfterFailed, Unasked:
		return Failed
	}
	return end
}

// Policy is what is done with a request whose limiter does not decide: a limiter around
// any other. Without one the error is passed on.
type Policy struct {
	// Name is the word used in cells and flags; About says in one sentence what it does.
	Name, About string
	// Wrap builds the limiter that asks another one and decides where the server fails that;
	// such a decision says so in By. An error of the caller's own, or ErrConflict, is passed
	// on. One that holds something is an io.Closer. A request of cost below 1 gets ErrCost
	// whatever the policy.
	Wrap func(asked Limiter, with Means) (Limiter, error)
	// Modelled says that it decides by the model of the algorithm, which not every
	// algorithm from elsewhere has.
	Modelled bool
	// Counts says that what it denies is denied for what was charged before. The denials of
	// one that does not are refusals: nobody decided by the contract.
	Counts bool
	// Bound is what it promises about all that is admitted, by whomever.
	Bound Bound
}

// Means is what a policy may use.
type Means struct {
	Limit Limit
	// Unused is the model of a key that was never used; nil if the algorithm has none.
	Unused Model
	// Now reads the wall clock.
	Now func() time.Time
	// Patience is how long the limiter is waited for; Cooldown how long after an error, or
	// after some, it is not asked any more.
	Patience, Cooldown time.Duration
	// Database is the path of the file that all processes of a host share to count in.
	Database string
}

// Bound says in how many places at most requests are counted one beside the other, each
// of which keeps the contract by itself: the cost admitted in any interval of length d is at
// most so many times the contract's envelope of d. It holds for a limiter that keeps its
// contract while nothing fails.
type Bound struct {
	// None: there is no bound.
	None bool `json:"none,omitempty"`
	// Shared is the number of places besides Redis in which all processes count together,
	// Own the number that each process has for itself.
	Shared int `json:"shared,omitempty"`
	Own    int `json:"own,omitempty"`
}

// Times is the multiple of the envelope for a number of processes, if the server loses
// its state a number of times; 0 if there is no bound.
func (b Bound) Times(processes, losses int) int {
	if b.None {
		return 0
	}
	return 1 + losses + b.Shared + processes*b.Own
}

// Validate says in one sentence what is wrong with the description, or nil.
func (p Policy) Validate() error {
	switch {
	case !name.MatchString(p.Name):
		return fmt.Errorf("policy %q: a name is lower-case letters, digits and . _ - only", p.Name)
	case p.About == "":
		return fmt.Errorf("policy %s: its About must say in one sentence what it does", p.Name)
	case p.Wrap == nil:
		return fmt.Errorf("policy %s has no Wrap", p.Name)
	case p.Bound.Shared < 0 || p.Bound.Own < 0:
		return errors.New("policy " + p.Name + ": its Bound counts fewer than no places")
	}
	return nil
}
