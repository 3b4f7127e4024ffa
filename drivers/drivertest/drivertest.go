// Package drivertest is the conformance suite of adapters: what drivers.Conn
// promises, put to one adapter on a real server and on servers that misbehave.
package drivertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// poolSize is the pool of a connection under test: small enough to be exhausted.
const poolSize = 4

// Run puts the suite to the driver, under each client profile and each pipelining
// it has. addr is a standalone Redis from 6.0 on, for the suite alone: it writes
// keys, flushes scripts and makes users.
func Run(t *testing.T, d drivers.Driver, addr string) {
	for _, with := range variants(d) {
		t.Run(with.Client+pipelining(with), func(t *testing.T) {
			s := suite{driver: d, with: with, addr: addr}
			t.Run("replies", s.replies)
			t.Run("eval", s.eval)
			t.Run("transactions", s.transactions)
			t.Run("watch", s.watch)
			t.Run("opening", s.opening)
			t.Run("lost connections", s.lost)
			t.Run("deadlines", s.deadlines)
			t.Run("closing", s.closing)
			t.Run("concurrency", s.concurrency)
		})
	}
}

// variants are the settings that a driver is tested under.
func variants(d drivers.Driver) []drivers.Options {
	profiles := drivers.Clients(poolSize)
	all := slices.Clone(profiles)
	for _, with := range profiles {
		shipped := d.Resolve(with).Pipelining
		for _, with.Pipelining = range []drivers.Pipelining{drivers.Pipelined, drivers.Unpipelined} {
			if with.Pipelining != shipped && canPipeline(d, with.Pipelining) {
				all = append(all, with)
			}
		}
	}
	return all
}

// canPipeline asks the driver itself.
func canPipeline(d drivers.Driver, p drivers.Pipelining) bool {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := d.Open(ctx, drivers.Endpoints{Addrs: []string{"127.0.0.1:1"}}, drivers.Options{Pipelining: p})
	return err.Error() != drivers.ErrNoPipelining(d.Name()).Error()
}

func pipelining(with drivers.Options) string {
	if with.Pipelining == drivers.AsShipped {
		return ""
	}
	return "-pipelining-" + string(with.Pipelining)
}

// suite is one driver under one set of options.
type suite struct {
	driver drivers.Driver
	with   drivers.Options
	addr   string
}

// open connects to the real server and closes at the end of the test.
func (s suite) open(t testing.TB) drivers.Conn {
	t.Helper()
	return s.openAt(t, drivers.Endpoints{Addrs: []string{s.addr}})
}

func (s suite) openAt(t testing.TB, at drivers.Endpoints) drivers.Conn {
	t.Helper()
	conn, err := s.driver.Open(within(t), at, s.with)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return conn
}

// within is a context for operations that must succeed: long enough for a loaded
// machine, short enough for a hung test to say where.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
