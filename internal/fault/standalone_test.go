package fault

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/topology"
)

func TestStandalone(t *testing.T) {
	t.Parallel()
	start(t, topology.Standalone{}, goredis.Driver{}).each(t, []test{
		{"kill", killed}, {"pause", paused}, {"cut-clients", cutOff}, {"delay", lateAnswers}, {"loss", lostPackets},
		{"lost-reply", lostReplies}, {"restart-empty", emptied}, {"keys and scan", slow}, {"debug-sleep", asleep}, {"script-flush", scriptless}, {"what is not possible", impossible},
	})
}

// Whatever a client does with its connections, it survives faults of them, and a
// command that it takes for run or not run is.
func TestEveryDriver(t *testing.T) {
	for _, driver := range all.Drivers() {
		t.Run(driver.Name(), func(t *testing.T) {
			t.Parallel()
			d := start(t, topology.Standalone{}, driver)
			for _, one := range []struct {
				fault Fault
				count int
			}{{Delay{}, 2}, {LostReply{}, 3 * lostEvery}, {Loss{}, 2}, {CutClients{}, 1}} {
				t.Run(one.fault.Name(), func(t *testing.T) { d.survive(t, one.fault, one.count) })
			}
		})
	}
}

func (d deployment) survive(t *testing.T, f Fault, count int) {
	key := f.Name() // of its own: what an earlier fault held back may still arrive
	in := d.inject(t, f)
	ran, unknown := int64(0), int64(0)
	for range count {
		_, err := d.do(t, "INCR", key)
		switch {
		case err == nil:
			ran++
		case drivers.ClassOf(err) == drivers.Unknown:
			unknown++
		}
	}
	in.mend(t)
	if r := d.awaitDo(t, "INCRBY", key, "0"); r.Int < ran || r.Int > ran+unknown {
		t.Errorf("counted %d, want %d and up to %d more", r.Int, ran, unknown)
	}
}

// killed: the port is closed, and what was in memory is gone.
func killed(t *testing.T, d deployment) {
	n := d.primary(t)
	d.awaitDo(t, "SET", key, "1")
	in := d.inject(t, Kill{})
	if in.Node != n.Name {
		t.Errorf("hit %q, want %s", in.Node, n.Name)
	}
	if r, err := d.do(t, "GET", key); err == nil {
		t.Errorf("a killed server answers %v", r)
	}
	in.mend(t)
	if r := d.awaitDo(t, "GET", key); !r.IsNil() {
		t.Errorf("after the restart GET answers %v", r)
	}
}

// paused: what was sent meanwhile runs when the server goes on.
func paused(t *testing.T, d deployment) {
	d.awaitDo(t, "SET", key, "1")
	in := d.inject(t, Pause{})
	d.refused(t, drivers.Unknown, "INCR", key)
	in.mend(t)
	awaitCount(t, d.primary(t), "2")
}

// cutOff: only the clients lose the server, and what they sent arrives in the end.
func cutOff(t *testing.T, d deployment) {
	n := d.primary(t)
	d.awaitDo(t, "SET", key, "1")
	in := d.inject(t, CutClients{})
	if in.Node != n.Name {
		t.Errorf("hit %q, want %s", in.Node, n.Name)
	}
	d.refused(t, drivers.Unknown, "INCR", key)
	d.refused(t, drivers.Failed, "INCR", key) // over a new connection, which cannot be made
	if got := ask(t, n, "GET", key).Text; got != "1" {
		t.Errorf("%q has arrived through the cut", got)
	}
	in.mend(t)
	awaitCount(t, n, "2")
	d.awaitDo(t, "PING")
}

// lateAnswers: an answer takes longer by the delay, and only while it lasts.
func lateAnswers(t *testing.T, d deployment) {
	trip := func() time.Duration {
		began := time.Now()
		if _, err := d.do(t, "PING"); err != nil {
			t.Error(err)
		}
		return time.Since(began)
	}
	in := d.inject(t, Delay{})
	for range 2 {
		if took := trip(); took < delayed {
			t.Errorf("answered after %s, want %s or more", took, delayed)
		}
	}
	in.mend(t)
	for limit := time.Now().Add(soon); trip() >= delayed; {
		if time.Now().After(limit) {
			t.Fatal("answers are late after the heal")
		}
	}
}

// lostPackets: the client's only connection is silent; the next one is not.
func lostPackets(t *testing.T, d deployment) {
	d.awaitDo(t, "SET", key, "1")
	in := d.inject(t, Loss{})
	d.refused(t, drivers.Unknown, "INCR", key)
	if r, err := d.do(t, "GET", key); err != nil || r.Text != "1" {
		t.Errorf("over another connection GET answers %v, %v", r, err)
	}
	in.mend(t)
	awaitCount(t, d.primary(t), "2")
}

// lostReplies: a command whose answer is lost has run, and once.
func lostReplies(t *testing.T, d deployment) {
	d.awaitDo(t, "SET", key, "0")
	in := d.inject(t, LostReply{})
	ran, lost := 0, 0
	for range 10 * lostEvery {
		_, err := d.do(t, "INCR", key)
		if err == nil || drivers.ClassOf(err) == drivers.Unknown {
			ran++
		}
		if err != nil {
			lost++
		}
	}
	if lost < 10 || lost > 20 {
		t.Errorf("%d of %d answers were lost, want one in %d of these and of handshakes", lost, 10*lostEvery, lostEvery)
	}
	in.mend(t)
	if r := d.awaitDo(t, "GET", key); r.Text != strconv.Itoa(ran) {
		t.Errorf("counted %s of %d commands that may have run", r.Text, ran)
	}
}

// emptied: another process answers at once and knows nothing, unless it would know.
func emptied(t *testing.T, d deployment) {
	n := d.primary(t)
	d.awaitDo(t, "SET", key, "1")
	id := field(t, n, "run_id")
	ask(t, n, "CONFIG", "SET", "save", "3600 1")
	if _, err := (RestartEmpty{}).Inject(t.Context(), d.target()); err == nil || !strings.Contains(err.Error(), `save "3600 1"`) {
		t.Errorf("restart empty with persistence: %v", err)
	}
	if now := field(t, n, "run_id"); now != id {
		t.Error("the server was started again in spite of its persistence")
	}
	ask(t, n, "CONFIG", "SET", "save", "")
	if in := d.inject(t, RestartEmpty{}); in.Heal != nil || in.Node != n.Name {
		t.Errorf("injected %+v, want one that is over, on %s", in, n.Name)
	}
	if now := field(t, n, "run_id"); now == id {
		t.Error("the server was not started again")
	}
	if r := d.awaitDo(t, "GET", key); !r.IsNil() {
		t.Errorf("after the restart GET answers %v", r)
	}
}

// impossible: a single node says what it lacks, and nothing is left done.
func impossible(t *testing.T, d deployment) {
	for f, want := range map[Fault]string{
		CutPeers{}:   "cut-peers: redis-1 is alone: use the topology sentinel or cluster",
		TrapClient{}: "trap-client: redis-1 is alone: use the topology sentinel or cluster",
		Promote{}:    "promote: this deployment has no replica that could be promoted: use the topology sentinel or cluster",
		Reshard{}:    "reshard: this deployment has no slots that could be moved: use the topology cluster",
	} {
		if _, err := f.Inject(t.Context(), d.target()); err == nil || err.Error() != want {
			t.Errorf("%s says %q, want %q", f.Name(), err, want)
		}
	}
	if d.links.armed.Load() != nil {
		t.Error("a fault that was not possible is armed")
	}
	if _, err := d.do(t, "PING"); err != nil {
		t.Error(err)
	}
}
