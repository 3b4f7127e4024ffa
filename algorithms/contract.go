package algorithms

import "time"

// Kind is the form of a contract. Checkers are chosen by it.
type Kind string

// The kinds of contracts.
const (
	// Window: a window opens at the first charged request and lasts W; each admits
	// cost <= L.
	Window Kind = "window"
	// AlignedWindow: windows are [kW, (k+1)W) of the server's clock; each admits
	// cost <= L.
	AlignedWindow Kind = "aligned-window"
	// Log: every half-open interval of length W holds admitted cost <= L.
	Log Kind = "log"
	// Bucket: for all s <= t, the cost admitted in [s, t] <= B + (L/W)(t - s).
	Bucket Kind = "bucket"
	// EnvelopeOnly: overshoot is judged as for Bucket; false rejection is unknown.
	EnvelopeOnly Kind = "envelope"
	// Unlimited: a control that admits everything; there is nothing to overshoot.
	Unlimited Kind = "unlimited"
)

// Contract is what an algorithm promises, as public data stored with every
// history, so that a history can be judged without the code that wrote it.
type Contract struct {
	Kind  Kind  `json:"kind"`
	Limit Limit `json:"limit"`
	// Granularity g is the resolution of the clock that ends windows: 1 ms where a
	// key's expiry does, 1 us where TIME does.
	Granularity time.Duration `json:"granularity_ns"`
	// ChargesDenied says that a denied request is charged like an allowed one.
	ChargesDenied bool `json:"charges_denied"`
}

// Model is the pure, sequential meaning of an algorithm: a value whose zero use
// is "never used". Step must not modify its receiver. Models are comparable, so
// that a test can hold the state stored in Redis equal to the model's.
type Model interface {
	// Step decides a request of cost n >= 1 at an instant that is not before the
	// last one, and returns the state after it. States that decide alike from then
	// on are equal values. A request that is never admitted charges nothing under
	// any contract: it only brings the state to that instant.
	Step(at Instant, n int64) (Model, Decision)
	// Envelope is the most cost that any closed interval of length d may admit.
	Envelope(d time.Duration) int64
	// Forget is the time from at until the state no longer matters: a key may
	// expire then, and must not before. 0 if the state is that of a limiter never
	// used.
	Forget(at Instant) time.Duration
}

// Snapshot is the state that a limiter has stored for one key, read atomically.
type Snapshot struct {
	Model Model
	// At is the server's TIME when the state was read.
	At Instant
	// Exists says that there is a key at all; TTL is its remaining time to live,
	// NotKnown if it has none.
	Exists bool
	TTL    time.Duration
}
