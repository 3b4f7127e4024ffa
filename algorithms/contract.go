package algorithms

import (
	"context"
	"fmt"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

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

// Technique is one way to program an algorithm against Redis: a file.
type Technique struct {
	// Name is the word used in cells and flags: naive, multi, lua, ...
	Name string
	// About says in one sentence what the program does, trip by trip.
	About string
	// New builds the limiter on an open connection. It is pure.
	New func(conn drivers.Conn, limit Limit, env Env) Limiter
	// Atomic says that the technique claims to keep the contract under
	// concurrency. A scenario expects invalid of one that does not.
	Atomic bool
	// Serial says that what is charged to one key took effect in the order of the
	// decisions' At, and that each was computed for exactly that instant, so that a
	// history can be replayed. A denial saw every charge of an earlier At, but for
	// the last one if the two operations overlapped: an optimistic transaction
	// reads the clock before it writes.
	Serial bool
	// OneScript says that every decision is one EVALSHA and nothing else, so that the
	// server's count of scripts tells whether a client repeated one by itself.
	OneScript bool
	// ClientClock says that decisions depend on the client's clock, not the server's.
	ClientClock bool
	// Trips is the number of round trips of an admitted decision that meets no
	// conflict, on a key that exists; 0 for a limiter that makes none.
	Trips int
	// NoServer says that the limiter never talks to the server, so that the
	// engine must not demand that its commands arrive there.
	NoServer bool
}

// Algorithm is a named contract with its model and techniques.
type Algorithm struct {
	// Name is the word used in cells and flags; Title the one used in charts.
	Name, Title string
	// Contract states the promise for a limit.
	Contract func(Limit) Contract
	// Model returns the state of a key that was never used; nil for a control.
	Model func(Limit) Model
	// Load reads the state of a key atomically, with the server's TIME. It serves
	// tests and the audit of keys at the end of a run; nil for a control.
	Load func(ctx context.Context, conn drivers.Conn, limit Limit, key string) (Snapshot, error)
	// Control says that it is not a limiter but a yardstick: it is left out of
	// matrices unless named.
	Control bool
	// Techniques in the order of charts and tables.
	Techniques []Technique
}

// Technique returns the technique of that name.
func (a Algorithm) Technique(name string) (Technique, error) {
	for _, t := range a.Techniques {
		if t.Name == name {
			return t, nil
		}
	}
	return Technique{}, fmt.Errorf("algorithm %s has no technique %q", a.Name, name)
}
