// Package engine runs trials: the only place where limiters are called under
// load. It opens a client, warms it, plays a schedule, counts what the server and
// the process used, and returns a history. It judges nothing and writes no file.
package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/fault"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/provider"
	"github.com/rlbench/rlbench/internal/trace"
	"github.com/rlbench/rlbench/scenarios"
)

// Bench is a deployment under test with what trials on it share.
type Bench struct {
	at      drivers.Endpoints
	drivers []drivers.Driver
	admin   drivers.Conn
	servers []drivers.Conn // to each server that holds keys; the administrator's where there is one
	own     *meter         // counts all of these connections
	traits  provider.Traits
	clock   Clock
	prefix  string
	ids     atomic.Uint64
	watcher Watcher // nil for none
}

// New connects an administrator's connection of its own, which reads INFO and
// audits keys, so that neither waits behind the load. primaries are the addresses that
// the servers announce which hold keys, each of which is asked for its part; none where
// the endpoints are that one server.
func New(ctx context.Context, at drivers.Endpoints, primaries []string, traits provider.Traits, list []drivers.Driver) (*Bench, error) {
	own, metered := &meter{}, at
	metered.Dial = own.dial(at.Dial)
	admin, err := list[0].Open(ctx, metered, patient())
	if err != nil {
		return nil, unreached(err)
	}
	b := &Bench{at: at, drivers: list, admin: admin, own: own, traits: traits, clock: NewClock(), prefix: rand.Text()[:10]}
	if len(primaries) == 0 {
		b.servers = []drivers.Conn{admin}
		return b, nil
	}
	if err := b.connect(ctx, primaries); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// unreached is why there is no connection of the administrator's, whose client is none
// that is measured.
func unreached(err error) error { return fmt.Errorf("connect to %w", drivers.Reason(err)) }

// connect opens a connection to each of several servers, by the dial function and with
// the credentials of them all.
func (b *Bench) connect(ctx context.Context, addrs []string) error {
	one := b.at
	one.Mode, one.Dial = drivers.Standalone, b.own.dial(b.at.Dial)
	for _, addr := range addrs {
		one.Addrs = []string{addr}
		conn, err := b.drivers[0].Open(ctx, one, patient())
		if err != nil {
			return unreached(err)
		}
		b.servers = append(b.servers, conn)
	}
	return nil
}

// patient settings are the administrator's: a server that is busy with the load it has
// just been given may answer late, and that is no reason to end a run.
func patient() drivers.Options {
	options := drivers.Clients(2)[0]
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = 5*time.Second, 10*time.Second, 10*time.Second
	return options
}

// NewRemote is a bench without servers, for limiters that run as services: there is
// nothing to read INFO of, and no key to audit.
func NewRemote() *Bench { return &Bench{clock: NewClock(), prefix: rand.Text()[:10]} }

// Close closes the bench's own connections.
func (b *Bench) Close() error {
	var errs []error
	for _, conn := range b.servers {
		if conn != b.admin {
			errs = append(errs, conn.Close())
		}
	}
	if b.admin != nil {
		errs = append(errs, b.admin.Close())
	}
	return errors.Join(errs...)
}

// trial is one cell being run.
type trial struct {
	*Bench
	cell    scenarios.Cell
	client  io.Closer // what the limiter talks through
	limiter algorithms.Limiter
	meter   *meter
	// prefix begins the name of every user of this trial, and is part of no other name.
	prefix string
	keys   []string
	out    history.History
	// links are where faults strike the client's connections; nil without faults and delay.
	links *fault.Links
	// traced says that every operation notes where it was charged.
	traced bool
	// replica is the address of the one that answers reads; empty for none.
	replica string
	watch   Watch // nil for none
	// database is the file that the policy counts in; empty without one.
	database string
	policed  io.Closer // what the policy holds; nil for nothing
}

// Trial runs one cell and returns its history. If ctx ends, the schedule is cut
// short, running operations finish, and the error is the context's: a cell is
// recorded whole or not at all.
func (b *Bench) Trial(ctx context.Context, cell scenarios.Cell) (*history.History, error) {
	t := b.trial(cell)
	if err := t.makeRoom(); err != nil {
		return nil, err
	}
	defer t.clearRoom()
	t.describe()
	play := t.alone
	if cell.Scenario.Instances > 0 {
		play = t.instances
	}
	if err := play(ctx); err != nil {
		return nil, err
	}
	if t.keyless() {
		return &t.out, nil
	}
	if err := t.audit(ctx); err != nil {
		return nil, fmt.Errorf("audit keys of %s: %w", cell.Cell, err)
	}
	return &t.out, t.Clean(ctx) // the next trial meets a server without keys
}

// alone plays the trial by this process.
func (t *trial) alone(ctx context.Context) error {
	if err := t.open(ctx); err != nil {
		return err
	}
	defer t.close()
	if !t.cell.Scenario.Cold {
		if err := t.warm(ctx); err != nil {
			return fmt.Errorf("warm up %s: %w", t.cell.Cell, err)
		}
	}
	if err := t.guard(); err != nil {
		return err
	}
	return t.measure(ctx)
}

func (b *Bench) trial(cell scenarios.Cell) *trial {
	t := &trial{Bench: b, cell: cell, meter: &meter{}, prefix: b.id() + "."}
	if by := cell.Scenario.Delay; by > 0 {
		t.links = fault.Late(by)
	}
	return t
}

func (t *trial) open(ctx context.Context) error {
	options, err := t.options()
	if err != nil {
		return err
	}
	at := t.at
	at.Dial = t.links.Dial(t.meter.dial(at.Dial))
	if t.cell.Subject.Technique.Open != nil {
		return t.openOwn(ctx, at, options)
	}
	driver, err := t.driver()
	if err != nil {
		return err
	}
	if t.cell.Subject.Technique.Lazy != nil {
		t.openLazy(driver, at, options)
		return nil
	}
	conn, err := driver.Open(ctx, at, options)
	if err == nil && t.replica != "" {
		conn, err = t.scaleReads(ctx, driver, at, options, conn)
	}
	if err != nil {
		return err
	}
	t.client = conn
	if t.traced {
		conn = trace.Wrap(conn)
	}
	t.limiter = t.limiterOn(conn)
	return nil
}

func (t *trial) env() algorithms.Env {
	return algorithms.Env{Now: time.Now, ID: t.id, Probe: t.cell.Scenario.Probe}
}

// openOwn opens a limiter that brings its own client.
func (t *trial) openOwn(ctx context.Context, at drivers.Endpoints, options drivers.Options) (err error) {
	if t.limiter, err = t.cell.Subject.Technique.Open(ctx, at, options, t.cell.Scenario.Limit); err != nil {
		return fmt.Errorf("open %s: %w", t.cell.Cell.Subject(), err)
	}
	t.client = closerOf(t.limiter)
	return nil
}

// openLazy leaves it to the limiter when it connects. It has one connection, as stores
// have that make it by themselves: each connect is one that the server sees.
func (t *trial) openLazy(driver drivers.Driver, at drivers.Endpoints, options drivers.Options) {
	options.PoolSize = 1
	connect := func(ctx context.Context) (drivers.Conn, error) { return driver.Open(ctx, at, options) }
	t.limiter = t.cell.Subject.Technique.Lazy(connect, t.cell.Scenario.Limit, t.env())
	t.client = closerOf(t.limiter)
}

// closerOf is what there is to close of a limiter.
func closerOf(l algorithms.Limiter) io.Closer {
	if c, ok := l.(io.Closer); ok {
		return c
	}
	return nothing{}
}

// nothing is what there is to close of a limiter that cannot be closed.
type nothing struct{}

func (nothing) Close() error { return nil }

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

const (
	// pool is the number of connections of an open loop: enough for a burst to be
	// truly concurrent, few enough for a server's defaults.
	pool = 64
	// cohortPool is that of each client in a cohort, of which there are dozens, and of
	// each instance.
	cohortPool = 16
)

// poolOf is the number of connections of a client in a scenario.
func poolOf(s scenarios.Scenario) int {
	if s.Faults != nil || s.Instances > 0 {
		return cohortPool
	}
	return max(pool, s.Workers)
}

// ClientOptions returns the options of a client profile in a scenario.
func ClientOptions(client string, s scenarios.Scenario) (drivers.Options, error) {
	for _, o := range drivers.Clients(poolOf(s)) {
		if o.Client == client {
			o.Wait = s.Wait
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
		Schema: history.Schema, Cell: t.cell.Cell, Seed: t.cell.Seed, Whole: s.Former == nil, Former: former(t.cell),
		NoServer: t.cell.Subject.Technique.NoServer, Imitation: t.traits.InProcess, Elsewhere: t.traits.Shared,
		Serial: t.serial(), OneScript: t.cell.Subject.Technique.OneScript, ClientClock: t.cell.Subject.Technique.ClientClock,
		Contract: t.cell.Contract(), Instances: s.Instances, Policy: t.policy(),
		Expected: t.cell.Expectation().Verdict, Most: t.cell.Expectation().Most, Cause: t.cell.Expectation().Cause,
		Load: history.Load{
			Workers: s.Workers, InFlight: s.InFlight(), Deadline: s.Deadline, Overloads: s.Overloads,
			Skew: s.Skew, ReadReplica: s.ReadReplica,
		},
	}
}

// serial says whether the technique's claim holds here. It is made for the clock of one
// server: among several, the one that decides may be another at any time, unless each
// operation notes which. Instances that ask no server decide each for itself.
func (t *trial) serial() bool {
	if t.cell.Subject.Technique.NoServer && t.cell.Scenario.Instances > 1 {
		return false
	}
	return t.cell.Subject.Technique.Serial && (t.at.Mode == drivers.Standalone || t.traced)
}

// measure runs the load between two readings of all counters. The client's are
// the inner ones, so that reading the server's costs the subject nothing.
func (t *trial) measure(ctx context.Context) error {
	load := t.plan()
	t.readClock()
	filled, err := t.ahead(ctx)
	if err != nil {
		return err
	}
	serverBefore, err := t.readServer(ctx)
	if err != nil {
		return err
	}
	defer t.watched()()
	runtime.GC() // the garbage of what was before must not be collected in the load
	clientBefore := t.readClient()
	recorded, err := load(ctx)
	if err != nil {
		return err
	}
	t.out.Trial.Client = t.readClient().since(clientBefore)
	if t.traits.InProcess {
		t.out.Trial.Client.CPUus, t.out.Trial.Client.Allocs = nil, nil
	}
	debug.FreeOSMemory() // what the client threw away makes room for the merged history
	t.out.Ops = history.Merge(append(filled, recorded...)...)
	t.keepUsedKeys()
	serverAfter, err := t.readServer(ctx)
	if err != nil {
		return err
	}
	t.out.Trial.Server = t.attribute(serverBefore, serverAfter)
	t.readClock()
	return nil
}

func (t *trial) readClock() {
	t.out.Trial.Clock = append(t.out.Trial.Clock, t.clock.Pair())
}
