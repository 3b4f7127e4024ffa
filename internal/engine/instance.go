package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/policy"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/history"
	"github.com/rlbench/rlbench/internal/workload"
	"github.com/rlbench/rlbench/scenarios"
)

// instanceName is the first word of an instance's command line, by which the program
// knows its role.
const instanceName = "rlbench-instance"

// order is what an instance is told on its standard input. A command line would show
// the passwords in it to everybody.
type order struct {
	// Trial is described as the trial of all instances is; the cell names the limiter.
	Trial    history.Trial
	Limit    algorithms.Limit
	Probe    bool
	Traced   bool // every operation notes where it was charged
	Wait     int
	At       drivers.Endpoints
	IDs      string            // begins every id that the instance makes
	Schedule workload.Schedule // its share
	Database string            // that all instances of a policy count in
}

// answer is what an instance says before the load: nothing if it is ready.
type answer struct{ Error string }

// Main returns at once unless this process was started as an instance; then it plays
// its share of a trial and does not return. It must be called before anything else by
// every main function and TestMain of a program that plays cells with instances, with
// the lists of that program.
func Main(list []algorithms.Algorithm, with []drivers.Driver) {
	if len(os.Args) != 2 || os.Args[0] != instanceName {
		return
	}
	if err := serve(list, with, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve reads the order, makes ready, says so, reads the instant at which all
// instances start, plays, and writes the history.
func serve(list []algorithms.Algorithm, with []drivers.Driver, in io.Reader, out io.Writer) error {
	told := json.NewDecoder(bufio.NewReader(in))
	var o order
	if err := told.Decode(&o); err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	start := make(chan int64)
	go listen(told, start)
	ctx := context.Background()
	t, err := o.ready(ctx, list, with)
	said := answer{}
	if err != nil {
		said.Error = err.Error()
	}
	if err := errors.Join(err, json.NewEncoder(out).Encode(said)); err != nil {
		return err
	}
	if err := t.playShare(ctx, o.Schedule, start); err != nil {
		return err
	}
	return history.Write(out, &t.out)
}

// listen passes on the start, and ends this process when its parent has ended, in
// whatever way: the kernel closes the pipe.
func listen(told *json.Decoder, start chan<- int64) {
	for {
		var at int64
		if err := told.Decode(&at); err != nil {
			os.Exit(1)
		}
		start <- at
	}
}

// ready opens and warms the client.
func (o *order) ready(ctx context.Context, list []algorithms.Algorithm, with []drivers.Driver) (*trial, error) {
	t, err := o.trial(list, with)
	if err != nil {
		return nil, err
	}
	for range openTries {
		if err = t.open(ctx); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if err := t.warm(ctx); err != nil {
		return nil, fmt.Errorf("warm up: %w", err)
	}
	return t, t.guard()
}

// openTries is how often a client is opened that all instances open at the same time,
// as they start: on a busy machine a handshake may time out.
const openTries = 4

// trial is the instance's part of the trial.
func (o *order) trial(list []algorithms.Algorithm, with []drivers.Driver) (*trial, error) {
	cell := o.Trial.Cell
	i := slices.IndexFunc(list, func(a algorithms.Algorithm) bool { return a.Name == cell.Algorithm })
	if i < 0 {
		return nil, fmt.Errorf("this program has no algorithm %q", cell.Algorithm)
	}
	technique, err := list[i].Technique(cell.Technique)
	if err != nil {
		return nil, err
	}
	guard, err := policy.Named(cell.Policy)
	if err != nil {
		return nil, err
	}
	b := &Bench{at: o.At, drivers: with, clock: NewClock(), prefix: o.IDs}
	t := &trial{Bench: b, meter: &meter{}, keys: o.Trial.Keys, database: o.Database, traced: o.Traced, cell: scenarios.Cell{
		Cell:    cell,
		Subject: scenarios.Subject{Algorithm: list[i], Technique: technique, Driver: cell.Driver, Client: cell.Client, Policy: guard},
		Scenario: scenarios.Scenario{
			Limit: o.Limit, Probe: o.Probe, Wait: o.Wait, Deadline: o.Trial.Load.Deadline, Instances: o.Trial.Instances,
		},
	}}
	if p := o.Trial.Policy; p != nil {
		t.cell.Scenario.Patience, t.cell.Scenario.Cooldown = p.Patience, p.Cooldown
	}
	t.out.Trial = o.Trial
	return t, nil
}

// playShare waits for the start, and plays.
func (t *trial) playShare(ctx context.Context, s workload.Schedule, start <-chan int64) error {
	defer t.close()
	crew := newCrew(t, largestBurst(s.Arrivals))
	runtime.GC()
	at := <-start
	before := t.readClient()
	recorded, err := t.openLoop(ctx, at, s, crew)
	if err != nil {
		return err
	}
	t.out.Trial.Client = t.readClient().since(before)
	t.out.Ops = history.Merge(recorded...)
	return nil
}
