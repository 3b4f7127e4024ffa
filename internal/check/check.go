// Package check judges a recorded history against the contract it was recorded
// under. It is pure: no server, no clock, no randomness, so committed evidence
// can be judged again for ever.
//
// Judge is the way in. It refuses a malformed history, runs the checkers that the
// contract calls for (one file each: overshoot, false rejection, starvation, lost
// windows, replay, keys, power), and withholds the verdict if the trial itself was not
// what it set out to be (assume.go). Every Invalid is certain: no choice of the
// instants at which the operations took effect, within [Inv, Ret] and within the
// error of the clocks (slack.go), keeps the contract. Where the order of decisions on
// the server is known, none is left to choose: they are replayed (replay.go).
//
// Servers that fail break contracts too. Where the steps were traced, each server is
// judged by itself (chains.go), and the cause of a broken contract is told (cause.go).
//
// A failure policy decides in a limiter's stead. What it decided is left out of all that
// judges the limiter, and what was admitted by both together is held against the bound
// that the policy states (guarded.go).
//
// Measurements live in package metrics, except Report.Nominal, which needs the same
// arithmetic.
package check

import (
	"github.com/rlbench/rlbench/internal/history"
)

// Verdict judges the limiter, never the harness.
type Verdict string

// The verdicts, in order of severity as Worst uses it: invalid, unknown, valid.
const (
	Valid   Verdict = "valid"
	Invalid Verdict = "invalid"
	Unknown Verdict = "unknown"
)

// Checker judges one aspect of a history.
type Checker interface {
	// Name is the word that reports use: overshoot, false-rejection, ...
	Name() string
	// Check judges h. It must be sound: Invalid only if no choice of effect
	// instants satisfies the contract.
	Check(h *history.History) Finding
}

// Finding is what one checker says.
type Finding struct {
	Checker string
	Verdict Verdict
	// Reason is one sentence; empty if Valid.
	Reason string
	// Abstained says that the checker had no right to judge, because the contract
	// or the history leaves its question open: Verdict is Unknown, Reason says why,
	// and the finding does not count in Report.Verdict.
	Abstained bool
	// Overshoot is set by the overshoot checkers.
	Overshoot *Overshoot
	// FalseRejections is set by the false-rejection checkers: how many denials are
	// certainly false.
	FalseRejections *int64
	// Compared is set by replay: how many decisions were compared with the contract.
	Compared int64
}

// Overshoot is how much more than the contract was admitted.
type Overshoot struct {
	// Certain is the largest excess cost in one witness interval, under every choice
	// of effect instants; Possible bounds from above what some choice may show.
	Certain, Possible int64
	// Witness is the interval of the largest certain excess; nil if Certain is 0.
	Witness *Witness
	// Attribution is the cause of the certain excess, a word; empty if there is none.
	Attribution string
}

// Witness is an interval in which more was admitted than permitted, and the
// operations that prove it. A person can check it in the stored history.
type Witness struct {
	// Key is the user's key.
	Key string
	// FromNS and ToNS bound the interval, CLOCK_MONOTONIC.
	FromNS, ToNS int64
	// Admitted is the cost admitted for certain, Permitted what the contract lets
	// through at most, slack included.
	Admitted, Permitted int64
	// Ops are positions in History.Ops.
	Ops []int
	// Why names the rule in one sentence.
	Why string
}

// Report is the judgement of one history.
type Report struct {
	Verdict  Verdict
	Findings []Finding
	// Nominal is the overshoot against the nominal rate L per W: the largest cost
	// admitted for certain in any interval of length W on one key, over L, minus 1; 0
	// if it never exceeds L. It is a property of the algorithm under this load and no
	// failure: a lawful window or bucket may reach nearly 1. What a former limiter admitted
	// on the same keys is part of it.
	Nominal float64
	// Lost is how many acknowledged admissions were forgotten; nil without a fault, and
	// if the steps of the limiter were not traced.
	Lost *Lost
	// Executed is the number of steps that the servers ran, Repeated of those that no
	// operation asked for; nil if the steps of the limiter were not traced.
	Executed, Repeated *int64
	// Visible is the most overshoot that could have been seen of a loss of state; nil
	// without a fault that may lose any.
	Visible *int64
	// Guarded is what was admitted under a failure policy; nil without one.
	Guarded *Guarded
	// Void is not empty if the trial could not have shown anything: the verdict is
	// Unknown and the trial is to be repeated.
	Void string
}
