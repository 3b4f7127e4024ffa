// Package drivertest is the conformance suite of adapters: what drivers.Conn
// promises, put to one adapter on a real server and on servers that misbehave.
package drivertest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// poolSize is the pool of a connection under test: small enough to be exhausted.
const poolSize = 4

// RunEverywhere starts a server, a Sentinel group and a Cluster, and puts the suite to
// the driver on all three at the same time, for it mostly waits.
func RunEverywhere(t *testing.T, d drivers.Driver) {
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() {
		t.Run("standalone", func(t *testing.T) { Run(t, d, providertest.Redis(t)) })
	})
	done.Go(func() {
		t.Run("sentinel", func(t *testing.T) {
			at, kill := providertest.Sentinel(t)
			RunGroup(t, d, at, kill)
		})
	})
	done.Go(func() {
		t.Run("cluster", func(t *testing.T) {
			at, kill := providertest.Cluster(t)
			RunGroup(t, d, at, kill)
		})
	})
}

// Run puts the suite to the driver, under each client profile that it provides. addr
// is a standalone Redis from 6.0 on, for the suite alone: it writes keys, flushes
// scripts and makes users.
func Run(t *testing.T, d drivers.Driver, addr string) {
	run(t, d, drivers.Endpoints{Addrs: []string{addr}})
}

// RunGroup puts the suite to the driver on servers that work together, from 7.0 on:
// three of them and their sentinels, or a Cluster of three primaries with a replica
// each. They are for the suite alone: it moves a slot and has replicas promoted. kill
// ends one of them, so that the sentinels or the other nodes replace it.
func RunGroup(t *testing.T, d drivers.Driver, at drivers.Endpoints, kill func(addr string)) {
	run(t, d, at)
	bounded := suite{driver: d, with: drivers.Clients(poolSize)[0], at: at}
	t.Run("promotion", func(t *testing.T) { bounded.failover(t, bounded.promote) })
	t.Run("death", func(t *testing.T) {
		bounded.failover(t, func(t *testing.T, primary string) { kill(primary) })
	})
}

func run(t *testing.T, d drivers.Driver, at drivers.Endpoints) {
	for _, with := range variants(d) {
		t.Run(with.Client, func(t *testing.T) {
			s := suite{driver: d, with: with, at: at}
			t.Run("replies", s.replies)
			t.Run("eval", s.eval)
			t.Run("transactions", s.transactions)
			t.Run("watch", s.watch)
			t.Run("opening", s.opening)
			t.Run("lost connections", s.lost)
			t.Run("deadlines", s.deadlines)
			t.Run("closing", s.closing)
			t.Run("concurrency", s.concurrency)
			t.Run("waiting", s.waiting)
			if at.Mode == drivers.Cluster {
				t.Run("slots", s.slots)
				t.Run("moving slot", s.movingSlot)
			}
		})
	}
}

// variants are the profiles that a driver is tested under: those that its client
// provides, each way of working once.
func variants(d drivers.Driver) (list []drivers.Options) {
	same := func(a, b drivers.Options) bool {
		a, b = d.Resolve(a), d.Resolve(b)
		a.Client = b.Client
		return a == b
	}
	for _, with := range drivers.Clients(poolSize) {
		tested := slices.ContainsFunc(list, func(o drivers.Options) bool { return same(o, with) })
		if drivers.Provides(d, with) && !tested {
			list = append(list, with)
		}
	}
	return list
}

// suite is one driver under one set of options. All keys but those of the cases on
// slots have one tag, {t}.
type suite struct {
	driver drivers.Driver
	with   drivers.Options
	at     drivers.Endpoints
}

// open connects to the real servers and closes at the end of the test.
func (s suite) open(t testing.TB) drivers.Conn {
	t.Helper()
	return s.openAt(t, s.at)
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
