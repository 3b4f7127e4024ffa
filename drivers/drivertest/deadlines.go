package drivertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// soon is a deadline that passes while the server stalls.
func soon(t testing.TB) context.Context { return after(t, 200*time.Millisecond) }

func after(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// deadlines: the socket timeouts are so long that only the deadline can end an
// operation in the time that a test has.
func (s suite) deadlines(t *testing.T) {
	if !s.driver.Resolve(s.with).HonourDeadline {
		t.Run("socket timeout", s.socketTimeout)
		return
	}
	s.with.ReadTimeout, s.with.WriteTimeout = time.Hour, time.Hour
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) { s.stalled(t, op) })
	}
	t.Run("pool", s.exhausted)
}

// stalled: the command was written, and runs when the server resumes. On a loaded
// machine the deadline may pass before the command was written: then the next
// one is longer.
func (s suite) stalled(t *testing.T, op operation) {
	p, conn, direct := s.behindProxy(t, op)
	p.set(hold)
	for d := 100 * time.Millisecond; p.arrived() == 0; d *= 2 {
		err := op.run(after(t, d), conn)
		if err == nil {
			t.Fatal("success without an answer")
		}
		if p.arrived() > 0 {
			wantError(t, err, drivers.Unknown, "")
		}
	}
	p.release()
	hung := within(t)
	for must(t, direct, "GET", marker).Text != fmt.Sprint(p.arrived()) {
		if hung.Err() != nil {
			t.Fatal("the command did not run when the server resumed")
		}
	}
	if err := op.run(within(t), conn); err != nil {
		t.Errorf("after the stall: %v", err)
	}
}

// socketTimeout ends an operation of a client that ignores deadlines.
func (s suite) socketTimeout(t *testing.T) {
	s.with.ReadTimeout, s.with.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			p, conn, _ := s.behindProxy(t, op)
			p.set(hold)
			wantError(t, op.run(within(t), conn), drivers.Unknown, "")
		})
	}
}

// exhausted: whoever waits for a connection until the deadline has sent nothing.
func (s suite) exhausted(t *testing.T) {
	s.with.PoolSize = 1
	conn := s.open(t)
	err := conn.Watch(within(t), []string{"k{t}"}, func(drivers.Tx) error {
		err := conn.Watch(soon(t), []string{"k{t}"}, func(drivers.Tx) error { return errors.New("fn ran") })
		wantError(t, err, drivers.Failed, "")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
