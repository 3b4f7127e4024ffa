// Package algotest is the conformance suite of algorithms. It holds the Model
// equal to its contract by enumeration, and every technique equal to the Model,
// on every driver: at exact virtual instants on an in-process imitation of Redis,
// and on a real redis-server at whatever instants come.
//
// An algorithm's test is one call of Run, an outside one's too. What is peculiar
// to one algorithm is tested beside it.
package algotest

import (
	"context"
	"math"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// Run tests the algorithm with every technique on every driver. It starts a
// redis-server of its own. A technique that is not Atomic may leave fields of its
// decision not known; what it states must be true. One that brings its own client is
// tested by its answers alone, and so is one that is kept as evidence and differs from
// the Model on purpose.
//
// Techniques on a driver are compared with the Model and the state that Load reads:
// the algorithm must have both.
func Run(t *testing.T, a algorithms.Algorithm, ds []drivers.Driver) {
	if err := a.Validate(); err != nil {
		t.Fatal(err)
	}
	if a.Model != nil {
		t.Run("model", func(t *testing.T) { laws(t, a) })
	}
	addr := providertest.Redis(t)
	for _, tech := range a.Techniques {
		if tech.Open != nil {
			t.Run(tech.Name+"/"+tech.Driver, func(t *testing.T) { ownClient(t, tech, addr) })
			continue
		}
		if a.Model == nil || a.Load == nil {
			t.Errorf("%s/%s cannot be compared: the algorithm has no Model or no Load", a.Name, tech.Name)
			continue
		}
		for _, d := range ds {
			t.Run(tech.Name+"/"+d.Name(), func(t *testing.T) {
				if differs(tech) {
					alone(t, subject{a, tech, open(t, d, addr), realEnv})
					return
				}
				onDriver(t, a, tech, d, addr)
			})
		}
	}
}

// onDriver compares a technique behind one driver with the model.
func onDriver(t *testing.T, a algorithms.Algorithm, tech algorithms.Technique, d drivers.Driver, addr string) {
	t.Run("virtual", func(t *testing.T) { virtual(t, a, tech, d, true) })
	t.Run("virtual-without-probe", func(t *testing.T) { virtual(t, a, tech, d, false) })
	t.Run("lost-replies", func(t *testing.T) { lostReplies(t, a, tech, d) })
	t.Run("limit-changed", func(t *testing.T) { limitChanged(t, a, tech, d) })
	t.Run("clock-set-back", func(t *testing.T) { clockSetBack(t, a, tech, d) })
	s := subject{a, tech, open(t, d, addr), realEnv}
	t.Run("real", func(t *testing.T) { real(t, s, true) })
	t.Run("real-without-probe", func(t *testing.T) { real(t, s, false) })
	traps(t, s)
	if tech.Atomic {
		t.Run("concurrent", func(t *testing.T) { concurrent(t, s) })
	}
}

// subject is a technique on an open connection.
type subject struct {
	algorithms.Algorithm
	tech algorithms.Technique
	conn drivers.Conn
	env  algorithms.Env
}

// limiter makes a limiter by the machine's clock.
func (s subject) limiter(l algorithms.Limit) algorithms.Limiter {
	return s.tech.New(s.conn, l, s.env)
}

// load reads the stored state of a key.
func (s subject) load(t testing.TB, l algorithms.Limit, key string) algorithms.Snapshot {
	t.Helper()
	snap, err := s.Load(t.Context(), s.conn, l, key)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// connections is how many a driver may open: more than the goroutines of any case.
const connections = 16

func open(t testing.TB, d drivers.Driver, addr string) drivers.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := d.Open(ctx, drivers.Endpoints{Addrs: []string{addr}}, patient())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// patient settings wait longer than any pause of a loaded machine: a timeout is not
// what is tested.
func patient() drivers.Options {
	options := drivers.Clients(connections)[0]
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = time.Minute, time.Minute, time.Minute
	return options
}

// realEnv is what techniques get on a real server.
var realEnv = algorithms.Env{Now: time.Now, ID: ids.next, Probe: true}

// ids makes texts that are unique in the process: ids of entries, names of keys.
var ids = &counter{}

type counter struct{ last atomic.Int64 }

func (c *counter) next() string { return strconv.FormatInt(c.last.Add(1), 36) }

// settle brings a model to an instant: a request that costs more than is ever
// admitted is denied and charges nothing. Two states are the same if they are
// equal when settled at one instant.
func settle(m algorithms.Model, at algorithms.Instant) algorithms.Model {
	m, _ = m.Step(at, math.MaxInt64)
	return m
}

// checkDecision compares a technique's decision with the model's.
func checkDecision(t fataler, tech algorithms.Technique, got, want algorithms.Decision) {
	t.Helper()
	if !tech.Atomic || got.At == 0 {
		want = admitUnknown(got, want)
	}
	if got != want {
		t.Fatalf("decision is\n %+v, the model's is\n %+v", got, want)
	}
}

// admitUnknown blanks what got does not claim to know.
func admitUnknown(got, want algorithms.Decision) algorithms.Decision {
	if got.Remaining == algorithms.NotKnown {
		want.Remaining = algorithms.NotKnown
	}
	if got.RetryAfter == algorithms.NotKnown {
		want.RetryAfter = algorithms.NotKnown
	}
	if got.ResetAfter == algorithms.NotKnown {
		want.ResetAfter = algorithms.NotKnown
	}
	if got.At == 0 {
		want.At = 0
	}
	if got.ResetAt == 0 {
		want.ResetAt = 0
	}
	return want
}

// checkStored holds the stored state equal to the model's, and the key's time to
// live to the rule of the audit: it outlives its state, by at most a second.
func checkStored(t fataler, got algorithms.Snapshot, want algorithms.Model) {
	t.Helper()
	if g, w := settle(got.Model, got.At), settle(want, got.At); g != w {
		t.Fatalf("stored state is\n %+v, the model's is\n %+v", g, w)
	}
	forget := got.Model.Forget(got.At)
	switch {
	case !got.Exists && forget > 0:
		t.Fatalf("the key is gone %s before its state may be forgotten", forget)
	case got.Exists && got.TTL == algorithms.NotKnown:
		t.Fatal("the key has no time to live")
	case got.Exists && (got.TTL < forget || got.TTL > forget+time.Second):
		t.Fatalf("the key lives for %s, its state matters for %s", got.TTL, forget)
	}
}

// fataler is what checks need of *testing.T and of *rapid.T.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}
