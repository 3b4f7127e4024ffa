package drivertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

// operation is one way to increment a key, once.
type operation struct {
	name string
	run  func(ctx context.Context, conn drivers.Conn) error
}

var increment = drivers.NewScript("return redis.call('INCR', KEYS[1])")

func operations() []operation { return increments(marker, "unmarked{t}") }

// increments are the ways to increment a key, once. spare is a key of the same slot.
func increments(key, spare string) []operation {
	incr := drivers.Cmd("INCR", key)
	watched := func(ctx context.Context, conn drivers.Conn, step func(drivers.Tx) ([]drivers.Reply, error)) error {
		return conn.Watch(ctx, []string{spare}, func(tx drivers.Tx) error {
			_, err := step(tx)
			return err
		})
	}
	return []operation{
		{"do", func(ctx context.Context, conn drivers.Conn) error {
			_, err := conn.Do(ctx, incr...)
			return err
		}},
		{"multi", func(ctx context.Context, conn drivers.Conn) error {
			_, err := conn.Multi(ctx, incr)
			return err
		}},
		{"eval", func(ctx context.Context, conn drivers.Conn) error {
			return conn.Eval(ctx, increment, []string{key}, nil, make([]int64, 1))
		}},
		{"exec", func(ctx context.Context, conn drivers.Conn) error {
			return watched(ctx, conn, func(tx drivers.Tx) ([]drivers.Reply, error) { return tx.Exec(ctx, incr) })
		}},
		{"read", func(ctx context.Context, conn drivers.Conn) error {
			return watched(ctx, conn, func(tx drivers.Tx) ([]drivers.Reply, error) { return tx.Read(ctx, incr) })
		}},
	}
}

// behindProxy opens a connection through a proxy and warms it with op, so that
// the script is loaded and no handshake meets the fault. direct sees the server of the key,
// without the timeouts under test.
func (s suite) behindProxy(t *testing.T, op operation) (p *proxy, conn, direct drivers.Conn) {
	p, direct = newProxy(t), s.direct(t)
	must(t, direct, "SET", marker, "0")
	at := s.at
	at.Dial = p.dial
	conn = s.openAt(t, at)
	err := op.run(within(t), conn)
	for n := 0; n < tries && err != nil; n++ {
		err = op.run(within(t), conn)
	}
	if err != nil {
		t.Fatalf("warm up: %v", err)
	}
	must(t, direct, "SET", marker, "0")
	return p, conn, direct
}

func (s suite) lost(t *testing.T) {
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			t.Run("request", func(t *testing.T) { s.lostOnce(t, op, dropRequest, 0) })
			t.Run("reply", func(t *testing.T) { s.lostOnce(t, op, dropReply, 1) })
			t.Run("reply then error", func(t *testing.T) { s.lostThenError(t, op) })
			t.Run("reply then refused", func(t *testing.T) { s.lostThenRefused(t, op) })
			t.Run("reconnect", func(t *testing.T) { s.reconnects(t, op) })
			t.Run("refused", func(t *testing.T) { s.refusedDial(t, op) })
		})
	}
}

// lostOnce: once a command was written the client cannot know whether it ran,
// and must not send it again: ran is how often the server ran it per attempt.
func (s suite) lostOnce(t *testing.T, op operation, treat treatment, ran int) {
	p, conn, direct := s.behindProxy(t, op)
	p.set(treat)
	err := op.run(within(t), conn)
	wantError(t, err, drivers.Unknown, "")
	attempts := 1 + max(0, s.driver.Resolve(s.with).Retries)
	if n := p.arrived(); n < 1 || n > attempts {
		t.Errorf("the command arrived %d times, want 1 to %d", n, attempts)
	}
	if got, want := must(t, direct, "GET", marker).Text, fmt.Sprint(ran*p.arrived()); got != want {
		t.Errorf("counter is %s, want %s", got, want)
	}
}

// lostThenError: the command ran once, to the highest counter there is. A client
// that repeats it gets an error reply, which proves nothing either.
func (s suite) lostThenError(t *testing.T, op operation) {
	p, conn, direct := s.behindProxy(t, op)
	must(t, direct, "SET", marker, "9223372036854775806")
	p.set(dropFirstReply)
	wantError(t, op.run(within(t), conn), drivers.Unknown, "")
	if got, want := must(t, direct, "GET", marker).Text, "9223372036854775807"; got != want {
		t.Errorf("counter is %s, want %s", got, want)
	}
}

// lostThenRefused: the command ran, and what a client that repeats by itself saw
// last, a refused dial, proves nothing. Only an attempt over a connection that
// the client had yet to make was certainly not sent.
func (s suite) lostThenRefused(t *testing.T, op operation) {
	p, conn, direct := s.behindProxy(t, op)
	p.set(dropReply)
	p.refuse()
	for range tries {
		err := op.run(within(t), conn)
		if p.arrived() == 0 {
			wantError(t, err, drivers.Failed, "")
			continue
		}
		wantError(t, err, drivers.Unknown, "")
		if got := must(t, direct, "GET", marker); got.Text != "1" {
			t.Errorf("counter is %s, want 1", got.Text)
		}
		return
	}
	if s.with.PoolSize != drivers.Unpooled { // which has no warm connection
		t.Error("the warm connection was never used")
	}
}

// tries is how often an operation is repeated until it meets, or no longer meets,
// one connection among those of a pool or those that a client pipelines over.
const tries = 16 * poolSize

// reconnects: a pool may hand out each of its dead connections once.
func (s suite) reconnects(t *testing.T, op operation) {
	p, conn, _ := s.behindProxy(t, op)
	p.cut()
	var err error
	for range tries {
		if err = op.run(within(t), conn); err == nil {
			return
		}
	}
	t.Errorf("no success after the connections were cut: %v", err)
}

// refusedDial: without a server no operation succeeds, and once the dead
// connections are used up the client knows that nothing was sent. An operation
// that met a dying connection may still have arrived: it must not say Failed, and
// what counts is the one that does.
func (s suite) refusedDial(t *testing.T, op operation) {
	p, conn, direct := s.behindProxy(t, op)
	p.shut()
	var err error
	var before string
	for range tries {
		p.set(forward)
		before = must(t, direct, "GET", marker).Text
		if err = op.run(soon(t), conn); err == nil || drivers.ClassOf(err) == drivers.Failed {
			break
		}
	}
	wantError(t, err, drivers.Failed, "")
	if got := must(t, direct, "GET", marker); got.Text != before || p.arrived() != 0 {
		t.Errorf("counter went from %s to %s, %d commands arrived, want none", before, got.Text, p.arrived())
	}
}
