package algorithms

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/rlbench/rlbench/drivers"
)

// Technique is one way to program an algorithm against Redis: a file.
type Technique struct {
	// Name is the word used in cells and flags: naive, multi, lua, ...
	Name string
	// About says in one sentence what the program does, trip by trip.
	About string
	// New builds the limiter on an open connection. It is pure. Exactly one of New, Open
	// and Lazy is set.
	New func(conn drivers.Conn, limit Limit, env Env) Limiter
	// Open builds a limiter that brings a Redis client of its own, such as a library:
	// it can be measured and judged, but not explored. The client must connect through
	// at.Dial, where its trips and bytes are counted, and follow the options as far as
	// it can. A limiter that is an io.Closer is closed after the trial.
	Open func(ctx context.Context, at drivers.Endpoints, with drivers.Options, limit Limit) (Limiter, error)
	// Lazy builds a limiter that opens its client by itself, when it is first asked: what
	// is tried is how it does that. A limiter that is an io.Closer is closed after the trial.
	Lazy func(connect func(context.Context) (drivers.Conn, error), limit Limit, env Env) Limiter
	// Driver is the word for the client of a technique with Open in cells, flags and
	// charts: the name of the driver whose client library it uses, or one of its own.
	Driver string
	// Contract replaces the algorithm's where a technique promises something else, for
	// example because it charges denied requests; nil if not.
	Contract func(Limit) Contract
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
	// UnitCost says that the limiter only decides requests of cost 1, as many
	// libraries do: it is left out of scenarios with other costs.
	UnitCost bool
	// ClientClock says that decisions depend on the client's clock, not the server's.
	ClientClock bool
	// Trips is the number of round trips of an admitted decision that meets no
	// conflict, on a key that exists; 0 for a limiter that makes none.
	Trips int
	// NoServer says that the limiter never talks to the server, so that the
	// engine must not demand that its commands arrive there.
	NoServer bool
	// Origin says where a technique was found that is kept as evidence, not as advice. One
	// with an Origin is left out of matrices unless it is named; the explorer tries it
	// always. Zero for the canonical ones.
	Origin Origin
}

// Origin tells the story of a program that is found in the world: a misuse, or what
// repairs one.
type Origin struct {
	// Source says in words where it is found: documentation, a library, a tutorial.
	Source string
	// Flaw is what goes wrong, in one sentence without a full stop; empty for a repair.
	Flaw string
	// Repair names the technique of the same algorithm, or program of the same pattern,
	// that does the same thing right; empty for a repair.
	Repair string
}

// Kept says that a technique is kept as evidence, not as advice: it has an Origin.
func (t Technique) Kept() bool { return t.Origin != Origin{} }

// Validate says in one sentence what is wrong with the description, or nil. Whether
// there is a program of the name of Repair is for its list to tell.
func (o Origin) Validate() error {
	switch {
	case o == Origin{}:
		return nil
	case o.Source == "":
		return errors.New("its Origin must say in Source where it is found")
	case (o.Flaw == "") != (o.Repair == ""):
		return errors.New("its Origin must have both Flaw and Repair, or neither")
	}
	return nil
}

// Algorithm is a named contract with its model and techniques.
type Algorithm struct {
	// Name is the word used in cells and flags; Title the one used in charts.
	Name, Title string
	// Contract states the promise for a limit.
	Contract func(Limit) Contract
	// Model returns the state of a key that was never used. A control has none, and
	// what has none is judged by its contract alone.
	Model func(Limit) Model
	// Load reads the state of a key atomically, with the server's TIME. It serves
	// tests and the audit of keys at the end of a run. Where it is nil, as for a
	// control, the audit looks only for keys without a time to live.
	Load Loader
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

// Loader reads the state that an algorithm has stored for a user's key.
type Loader func(ctx context.Context, conn drivers.Conn, limit Limit, key string) (Snapshot, error)

// ContractOf is what a technique of the algorithm promises for a limit.
func (a Algorithm) ContractOf(t Technique, l Limit) Contract {
	if t.Contract != nil {
		return t.Contract(l)
	}
	return a.Contract(l)
}

// name is the form of a word in cells, flags and folders.
var name = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]*$`)

// Validate says in one sentence what is wrong with the description, or nil.
func (a Algorithm) Validate() error {
	if !name.MatchString(a.Name) {
		return fmt.Errorf("algorithm %q: a name is lower-case letters, digits and . _ - only", a.Name)
	}
	switch {
	case a.Title == "":
		return fmt.Errorf("algorithm %s has no title", a.Name)
	case a.Contract == nil:
		return fmt.Errorf("algorithm %s states no contract", a.Name)
	case len(a.Techniques) == 0:
		return fmt.Errorf("algorithm %s has no technique", a.Name)
	}
	seen := map[string]bool{}
	for _, t := range a.Techniques {
		if err := t.validate(); err != nil {
			return fmt.Errorf("algorithm %s: technique %q: %w", a.Name, t.Name, err)
		}
		if seen[t.Name] {
			return fmt.Errorf("algorithm %s has two techniques named %s", a.Name, t.Name)
		}
		seen[t.Name] = true
	}
	return a.validateRepairs()
}

// validateRepairs finds the technique that repairs a broken one, which must not be
// broken itself.
func (a Algorithm) validateRepairs() error {
	for _, t := range a.Techniques {
		if t.Origin.Repair == "" {
			continue
		}
		repair, err := a.Technique(t.Origin.Repair)
		if err != nil {
			return fmt.Errorf("technique %s is repaired by another: %w", t.Name, err)
		}
		if repair.Origin.Flaw != "" || !repair.Atomic {
			return fmt.Errorf("algorithm %s: technique %s is repaired by %s, which is broken too", a.Name, t.Name, repair.Name)
		}
	}
	return nil
}

func (t Technique) constructors() (n int) {
	for _, set := range []bool{t.New != nil, t.Open != nil, t.Lazy != nil} {
		if set {
			n++
		}
	}
	return n
}

func (t Technique) validate() error {
	switch {
	case !name.MatchString(t.Name):
		return errors.New("a name is lower-case letters, digits and . _ - only")
	case t.About == "":
		return errors.New("its About must say in one sentence what it does")
	case t.constructors() != 1:
		return errors.New("exactly one of New, Open and Lazy must be set")
	case t.Open != nil && !name.MatchString(t.Driver):
		return errors.New("with Open, Driver must name its client in lower-case letters and digits")
	case t.Open == nil && t.Driver != "":
		return errors.New("its Driver is for techniques with Open: one with New runs behind every driver")
	}
	return t.Origin.Validate()
}
