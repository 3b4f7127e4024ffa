package fixedwindow

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func connect(t *testing.T) drivers.Conn {
	t.Helper()
	at := drivers.Endpoints{Addrs: []string{providertest.Redis(t)}}
	conn, err := redigo.Driver{}.Open(t.Context(), at, drivers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// slow is put before the script: it waits, inside the script, until TIME is past
// the deadline of the key, which stays alive because expiry stands still there.
const slow = `
local last = redis.call('PEXPIRETIME', KEYS[1])
repeat local t = redis.call('TIME') until t[1] * 1000 + math.floor(t[2] / 1000) > last
`

// A script that sees a live key may read a TIME at which the key is dead. It must
// date its decision to when the key was alive.
func TestDecisionIsMadeWhileItsWindowIsOpen(t *testing.T) {
	conn := connect(t)
	limit := algorithms.NewLimit(5, 20*time.Millisecond)
	probe := algorithms.Env{Probe: true}
	open, late := newLua(conn, limit, probe), newLua(conn, limit, probe).(algorithms.Scripted)
	late.Script = drivers.NewScript(slow + source)
	first, err := open.Allow(t.Context(), "user", 1)
	if err != nil {
		t.Fatal(err)
	}
	second, err := late.Allow(t.Context(), "user", 1)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := model{limit: limit}.step(first.At, 1)
	if _, want := m.step(second.At, 1); second != want {
		t.Errorf("decision is\n %+v, the model's is\n %+v", second, want)
	}
}

// mortal is a connection whose client dies before it sends a PEXPIRE.
type mortal struct{ drivers.Conn }

var errDied = drivers.WithClass(drivers.Failed, errors.New("the client is dead"))

func (c mortal) Do(ctx context.Context, cmd ...string) (drivers.Reply, error) {
	if cmd[0] == "PEXPIRE" {
		return drivers.Reply{}, errDied
	}
	return c.Conn.Do(ctx, cmd...)
}

// The counter that a dead client leaves behind never resets: the known fault of
// INCR and EXPIRE in two trips. It must be seen as what it is by the audit.
func TestNaiveLeavesAKeyForEver(t *testing.T) {
	conn := connect(t)
	limit := algorithms.NewLimit(5, time.Second)
	d, err := newNaive(mortal{conn}, limit, algorithms.Env{}).Allow(t.Context(), "user", 2)
	if o := algorithms.OutcomeOf(d, err); o != algorithms.Unknown || !errors.Is(err, errDied) {
		t.Errorf("outcome is %s with error %v, want unknown: INCRBY has charged", o, err)
	}
	snap, err := load(t.Context(), conn, limit, "user")
	if err != nil {
		t.Fatal(err)
	}
	if snap.TTL != algorithms.NotKnown || snap.Model.Forget(snap.At) != algorithms.Never {
		t.Errorf("the audit sees a time to live of %s and a state that matters for %s, want none and for ever",
			snap.TTL, snap.Model.Forget(snap.At))
	}
}

// A number of short windows is that of a long one years ahead: what is stored must mean
// the same under every window.
func TestLongerWindowGoesOnFromTheShorterOne(t *testing.T) {
	conn, window := connect(t), 24*time.Hour
	allow := func(w time.Duration) algorithms.Decision {
		d, err := newLuaBucketTime(conn, algorithms.NewLimit(5, w), algorithms.Env{}).Allow(t.Context(), "changed", 1)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	before, after := allow(time.Hour), allow(window)
	if after.ResetAfter <= 0 || after.ResetAfter > window {
		t.Errorf("after the change the window of %s ends in %s", window, after.ResetAfter)
	}
	day := algorithms.Instant(window.Microseconds())
	if before.At/day == after.At/day && after.Remaining != 3 {
		t.Errorf("%d remain of 5, want 3: both were admitted in one window", after.Remaining)
	}
}
