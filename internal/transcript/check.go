package transcript

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/rlbench/rlbench/internal/modelredis"
)

// Bounds of what is plausible, so that sums of what was read do not overflow.
const (
	maxClients = 26            // they have letters
	maxSteps   = 10_000        // the longest schedules that are searched have some dozens
	maxUS      = 1 << 56       // microseconds: the year 4253
	maxMS      = maxUS / 1_000 // milliseconds
)

// check finds what cannot be the record of a schedule.
func (t Trace) check() error {
	if err := checkSchema(t.Schema); err != nil {
		return err
	}
	for _, check := range []func() error{t.checkParams, t.checkTimes, t.checkScripts, t.checkSeed, t.checkSteps, t.checkCounts, t.checkCrashed} {
		if err := check(); err != nil {
			return fmt.Errorf("trace: %w", err)
		}
	}
	return nil
}

func (t Trace) checkParams() error {
	p := t.Params
	for _, number := range []struct {
		name string
		is   int64
	}{{"limit", p.Limit}, {"window", p.WindowMS}, {"burst", p.Burst}, {"cost", p.Cost}, {"number of requests", int64(p.Requests)}} {
		if number.is < 0 || number.is > maxMS {
			return fmt.Errorf("the %s is %d, which it cannot be", number.name, number.is)
		}
	}
	if p.Clients < 1 || p.Clients > maxClients {
		return fmt.Errorf("there are %d clients, want 1 to %d", p.Clients, maxClients)
	}
	return nil
}

func (t Trace) checkTimes() error {
	if t.T0US < 0 || t.T0US > maxUS {
		return fmt.Errorf("t0 is %d us, which it cannot be", t.T0US)
	}
	last := int64(0)
	for i, at := range t.Ticks {
		if at < last || at > maxUS {
			return fmt.Errorf("tick %d is at %d us, want %d or later", i+1, at, last)
		}
		last = at
	}
	for _, name := range slices.Sorted(maps.Keys(t.Skew)) {
		if !t.has(name) {
			return fmt.Errorf("the clock of %q is off, but there is no such client", name)
		}
		if by := t.Skew[name]; by > maxUS || by < -maxUS {
			return fmt.Errorf("the clock of %s is off by %d us, which it cannot be", name, by)
		}
	}
	return nil
}

func (t Trace) checkScripts() error {
	for _, digest := range slices.Sorted(maps.Keys(t.Scripts)) {
		sum := sha1.Sum([]byte(t.Scripts[digest]))
		if is := hex.EncodeToString(sum[:]); is != digest {
			return fmt.Errorf("script %q has the digest %s", digest, is)
		}
	}
	return nil
}

func (t Trace) checkSeed() error {
	for i, cmd := range t.Seed {
		if len(cmd) == 0 {
			return fmt.Errorf("command %d of the seed is empty", i+1)
		}
	}
	return checkEntries(t.Final)
}

func (t Trace) checkSteps() error {
	if len(t.Steps) > maxSteps {
		return fmt.Errorf("it has %d steps, want %d at most", len(t.Steps), maxSteps)
	}
	last := 0.0
	for i, s := range t.Steps {
		err := t.checkStep(s)
		switch {
		case err != nil:
		case !(s.TMS >= 0 && s.TMS <= maxMS):
			err = fmt.Errorf("its time is %v ms, which it cannot be", s.TMS)
		case s.TMS < last:
			err = fmt.Errorf("it is at %v ms, before the step ahead of it at %v ms", s.TMS, last)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		last = s.TMS
	}
	return nil
}

func (t Trace) checkStep(s Step) error {
	if err := t.checkActor(s); err != nil {
		return err
	}
	if s.Request < 0 || s.Request > t.Params.Requests {
		return fmt.Errorf("it is of request %d, but each client makes %d", s.Request, t.Params.Requests)
	}
	if s.Kind.sends() && len(s.Commands) == 0 {
		return fmt.Errorf("a %s has no command", s.Kind)
	}
	for _, cmd := range s.Commands {
		if len(cmd) == 0 {
			return fmt.Errorf("a command is empty")
		}
	}
	return checkEntries(s.After)
}

func (t Trace) checkActor(s Step) error {
	if !slices.Contains(kinds, s.Kind) {
		return fmt.Errorf("there is no kind %q", s.Kind)
	}
	environment := slices.Contains([]string{"clock", "server", "network"}, s.Actor)
	switch {
	case !t.has(s.Actor) && !environment:
		return fmt.Errorf("there is no actor %q among %d clients", s.Actor, t.Params.Clients)
	case environment && (s.Kind.sends() || s.Kind == ReadClock || s.Kind == ClientDies):
		return fmt.Errorf("%s is of a client, not of the %s", s.Kind, s.Actor)
	}
	return nil
}

func checkEntries(list []modelredis.Entry) error {
	for _, e := range list {
		if e.Deadline < -1 || e.Deadline > maxMS {
			return fmt.Errorf("key %q has the deadline %d, which it cannot have", e.Key, e.Deadline)
		}
	}
	return nil
}

func (t Trace) checkCounts() error {
	switch {
	case t.Events < 0 || t.Events > len(t.Steps)+len(t.Crashed):
		return fmt.Errorf("it says that it has %d events in %d steps", t.Events, len(t.Steps))
	case t.Preemptions < 0 || t.Preemptions > len(t.Steps):
		return fmt.Errorf("it says that it has %d preemptions in %d steps", t.Preemptions, len(t.Steps))
	case len(t.Schedule) != len(t.Steps):
		return fmt.Errorf("its schedule has %d choices for %d steps", len(t.Schedule), len(t.Steps))
	}
	return nil
}

func (t Trace) checkCrashed() error {
	for i, name := range t.Crashed {
		if !t.has(name) {
			return fmt.Errorf("%q crashed, but there is no such client", name)
		}
		if slices.Contains(t.Crashed[:i], name) {
			return fmt.Errorf("%s crashed twice", name)
		}
	}
	return nil
}

// has says whether a name is of one of the clients.
func (t Trace) has(name string) bool {
	return len(name) == 1 && name[0] >= 'A' && int(name[0]-'A') < t.Params.Clients
}

var kinds = []Kind{
	Command, Transaction, Watch, ReadClock,
	Tick, Evict, Failover, LoseState, LostReply, Resend, Abandon, LateEffect, ForgetLua, StepClock, ClientDies,
}

// sends says whether a step of this kind is a trip to the server and nothing else.
func (k Kind) sends() bool { return k == Command || k == Transaction || k == Watch }
