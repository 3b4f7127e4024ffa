// Package engine runs trials: the only place where limiters are called under
// load. It opens a client, warms it, plays a schedule, counts what the server and
// the process used, and returns a history. It judges nothing and writes no file.
package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/scenarios"
)

// Bench is a deployment under test with what trials on it share.
type Bench struct {
	at      drivers.Endpoints
	drivers []drivers.Driver
	admin   drivers.Conn
	clock   Clock
	prefix  string
	ids     atomic.Uint64
}

// New connects an administrator's connection of its own, which reads INFO and
// audits keys, so that neither waits behind the load.
func New(ctx context.Context, at drivers.Endpoints, list []drivers.Driver) (*Bench, error) {
	admin, err := list[0].Open(ctx, at, drivers.Clients(2)[0])
	if err != nil {
		return nil, err
	}
	return &Bench{at: at, drivers: list, admin: admin, clock: NewClock(), prefix: rand.Text()[:10]}, nil
}

// Close closes the administrator's connection.
func (b *Bench) Close() error { return b.admin.Close() }

// trial is one cell being run.
type trial struct {
	*Bench
	cell    scenarios.Cell
	conn    drivers.Conn
	limiter algorithms.Limiter
	meter   *meter
	keys    []string
	out     history.History
}

// Trial runs one cell and returns its history. If ctx ends, the schedule is cut
// short, running operations finish, and the error is the context's: a cell is
// recorded whole or not at all.
func (b *Bench) Trial(ctx context.Context, cell scenarios.Cell) (*history.History, error) {
	t := &trial{Bench: b, cell: cell, meter: &meter{}}
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	defer t.conn.Close()
	if err := t.warm(ctx); err != nil {
		return nil, fmt.Errorf("warm up %s: %w", cell.Cell, err)
	}
	t.describe()
	if err := t.measure(ctx); err != nil {
		return nil, err
	}
	if err := t.audit(ctx); err != nil {
		return nil, fmt.Errorf("audit keys of %s: %w", cell.Cell, err)
	}
	return &t.out, nil
}

func (t *trial) open(ctx context.Context) error {
	driver, err := t.driver()
	if err != nil {
		return err
	}
	options, err := t.options()
	if err != nil {
		return err
	}
	at := t.at
	at.Dial = t.meter.dial(at.Dial)
	if t.conn, err = driver.Open(ctx, at, options); err != nil {
		return err
	}
	t.limiter = t.cell.Subject.Technique.New(t.conn, t.cell.Scenario.Limit, algorithms.Env{Now: time.Now, ID: t.id})
	return nil
}

func (t *trial) driver() (drivers.Driver, error) {
	for _, d := range t.drivers {
		if d.Name() == t.cell.Driver {
			return d, nil
		}
	}
	return nil, fmt.Errorf("open client: no driver %q", t.cell.Driver)
}

// options returns the client profile of the cell. Its pool holds a connection
// for every worker of a closed loop.
func (t *trial) options() (drivers.Options, error) {
	return ClientOptions(t.cell.Client, t.cell.Scenario)
}

// pool is the number of connections of an open loop: enough for a burst to be
// truly concurrent, few enough for a server's defaults.
const pool = 64

// ClientOptions returns the options of a client profile in a scenario.
func ClientOptions(client string, s scenarios.Scenario) (drivers.Options, error) {
	for _, o := range drivers.Clients(max(pool, s.Workers)) {
		if o.Client == client {
			return o, nil
		}
	}
	return drivers.Options{}, fmt.Errorf("open client: no client profile %q", client)
}

// id returns a text that no other call, trial or process returns.
func (b *Bench) id() string { return b.prefix + strconv.FormatUint(b.ids.Add(1), 36) }

// describe fills in what is known before the first operation.
func (t *trial) describe() {
	s := t.cell.Scenario
	t.out.Trial = history.Trial{
		Schema: history.Schema, Cell: t.cell.Cell, Seed: t.cell.Seed, Whole: true,
		NoServer: t.cell.Subject.Technique.NoServer,
		Serial:   t.cell.Subject.Technique.Serial, OneScript: t.cell.Subject.Technique.OneScript,
		Contract: t.cell.Subject.Algorithm.Contract(s.Limit),
		Expected: t.cell.Expectation().Verdict,
		Load:     history.Load{Workers: s.Workers, InFlight: s.InFlight(), Deadline: s.Deadline},
	}
}

// name makes the users' keys of the trial, new ones in every trial.
func (t *trial) name(n int) {
	prefix := t.id()
	t.keys = make([]string, n)
	for i := range t.keys {
		t.keys[i] = prefix + "." + strconv.Itoa(i)
	}
	t.out.Trial.Keys = t.keys
}

// measure runs the load between two readings of all counters. The client's are
// the inner ones, so that reading the server's costs the subject nothing.
func (t *trial) measure(ctx context.Context) error {
	serverBefore, err := t.readServer(ctx)
	if err != nil {
		return err
	}
	load := t.plan()
	runtime.GC() // the garbage of the last trial must not be collected in this one
	t.readClock()
	clientBefore := t.readClient()
	recorded, err := load(ctx)
	if err != nil {
		return err
	}
	t.out.Trial.Client = t.readClient().since(clientBefore)
	t.out.Ops = history.Merge(recorded...)
	serverAfter, err := t.readServer(ctx)
	if err != nil {
		return err
	}
	t.out.Trial.Server = serverAfter.since(serverBefore)
	t.readClock()
	return nil
}

func (t *trial) readClock() {
	t.out.Trial.Clock = append(t.out.Trial.Clock, t.clock.Pair())
}
