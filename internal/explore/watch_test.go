package explore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

func modelCommand(cmd drivers.Command) modelredis.Request {
	return modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}}
}

// watcher watches k, reads it, and adds one in a transaction.
func watcher(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
	err := conn.Watch(ctx, []string{"k"}, func(tx drivers.Tx) error {
		if _, err := tx.Read(ctx, drivers.Cmd("GET", "k")); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, drivers.Cmd("INCR", "done"), drivers.Cmd("PEXPIRE", "done", "5000"))
		return err
	})
	if errors.Is(err, drivers.ErrAborted) {
		return "aborted", nil
	}
	return "done", err
}

// played plays a schedule of a subject whose window is a second.
func played(t *testing.T, of Subject, ticks []int64, words ...string) transcript.Trace {
	t.Helper()
	p := transcript.Params{Limit: 1, WindowMS: 1000, Burst: 1, Cost: 1, Clients: len(of.roles), Requests: 1}
	tr, err := Play(of, transcript.Trace{Params: p, T0US: int64(Epoch), Ticks: ticks, Schedule: words})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// values are the keys that are left, and their values.
func values(tr transcript.Trace) (list []string) {
	for _, e := range tr.Final {
		list = append(list, e.Key+"="+e.Value)
	}
	return list
}

// A watched key is broken by whatever changes it, whoever does: and by nothing else.
func TestWhatBreaksAWatch(t *testing.T) {
	set, other, again := drivers.Cmd("SET", "k", "1", "PX", "100"), drivers.Cmd("SET", "x", "1", "PX", "100"), drivers.Cmd("SET", "k", "2", "PX", "5000")
	for _, c := range []struct {
		name     string
		second   run
		ticks    []int64
		schedule []string
		want     string // the outcome of A
	}{
		{"nothing", sends(set), nil, []string{"B", "A", "A", "A"}, "done"},
		{"a write after the WATCH", sends(set), nil, []string{"A", "B", "A", "A"}, "aborted"},
		{"a write after the read", sends(set), nil, []string{"A", "A", "B", "A"}, "aborted"},
		{"the same value again", sends(set, set), nil, []string{"B", "A", "A", "B", "A"}, "aborted"},
		{"a write to another key", sends(other), nil, []string{"A", "A", "B", "A"}, "done"},
		{"a read", sends(drivers.Cmd("GET", "k")), nil, []string{"A", "A", "B", "A"}, "done"},
		{"a deletion of nothing", sends(drivers.Cmd("DEL", "k")), nil, []string{"A", "A", "B", "A"}, "done"},
		{"its expiry", sends(set), []int64{200_000}, []string{"B", "A", "A", "tick", "A"}, "aborted"},
		{"its expiry before the WATCH", sends(set), []int64{200_000}, []string{"B", "tick", "A", "A", "A"}, "done"},
		{"no expiry in its deadline's millisecond", sends(set), []int64{100_000}, []string{"B", "A", "A", "tick", "A"}, "done"},
		{"the expiry of another key", sends(other), []int64{200_000}, []string{"B", "A", "A", "tick", "A"}, "done"},
		{"its eviction", sends(set), nil, []string{"B", "A", "A", "evict k", "A"}, "aborted"},
		{"the eviction of another key", sends(other), nil, []string{"B", "A", "A", "evict x", "A"}, "done"},
		{"a failover", sends(other), nil, []string{"B", "A", "A", "failover 1", "A"}, "aborted"},
		{"a failover before the WATCH", sends(set, again), nil, []string{"B", "B", "failover 1", "A", "A", "A"}, "done"},
		{"a restart", sends(other), nil, []string{"A", "B", "A", "lose-state", "A"}, "aborted"},
		{"an abandoned write that arrives", sends(set), nil, []string{"B abandon", "A", "A", "late-effect 1", "A"}, "aborted"},
		{"an abandoned write that does not", sends(set), nil, []string{"A", "A", "B abandon", "A"}, "done"},
		{"a write whose reply is lost", sends(set), nil, []string{"A", "A", "B lost-reply", "A"}, "aborted"},
	} {
		tr := played(t, roles(nil, watcher, c.second), c.ticks, c.schedule...)
		last := tr.Steps[len(tr.Steps)-1]
		if last.Outcome != c.want || (last.Reply == "(nil)") != (c.want == "aborted") {
			t.Errorf("%s: EXEC is answered %s, and the request ends %q, want %q", c.name, last.Reply, last.Outcome, c.want)
		}
		if ran := slices.Contains(values(tr), "done=1"); ran != (c.want == "done") {
			t.Errorf("%s: in the end there is %v", c.name, values(tr))
		}
	}
}

// An EXEC that its client gave up keeps its connection, which watches on.
func TestAbandonedExec(t *testing.T) {
	set := drivers.Cmd("SET", "k", "1", "PX", "100")
	for _, c := range []struct {
		name     string
		ticks    []int64
		schedule []string
		ran      bool
	}{
		{"nothing has changed", nil, []string{"A", "A", "A abandon", "late-effect 1"}, true},
		{"it does not arrive", nil, []string{"A", "A", "A abandon"}, false},
		{"the key has changed before", nil, []string{"A", "A", "B", "A abandon", "late-effect 1"}, false},
		{"the key has changed since", nil, []string{"A", "A", "A abandon", "B", "late-effect 1"}, false},
		{"the key has expired since", []int64{200_000}, []string{"B", "A", "A", "A abandon", "tick", "late-effect 1"}, false},
		{"the key was evicted since", nil, []string{"B", "A", "A", "A abandon", "evict k", "late-effect 1"}, false},
		{"the connection is gone", nil, []string{"B", "A", "A", "A abandon", "lose-state", "late-effect 1"}, false},
	} {
		tr := played(t, roles(nil, watcher, sends(set, drivers.Cmd("GET", "k"))), c.ticks, c.schedule...)
		if ran := slices.Contains(values(tr), "done=1"); ran != c.ran {
			t.Errorf("%s: in the end there is %v", c.name, values(tr))
		}
	}
}

// Several requests that were given up arrive in any order, and each keeps its own watch.
func TestSeveralAbandonedRequests(t *testing.T) {
	second := sends(drivers.Cmd("SET", "x", "1", "PX", "100"), drivers.Cmd("SET", "k", "1", "PX", "100"))
	of := roles(nil, watcher, second, sends(drivers.Cmd("INCR", "k")))
	s := Scenario{Events: map[Event]int{Abandon: 2}}
	x := New(of, limit(1), DefaultBudget)
	g := explore(t, x, s)
	all, bad, err := x.enumerate(s, 100_000)
	if err != nil || g.Schedules != countOf(uint64(all)) || g.Bad[2] != countOf(uint64(bad[2])) || all == 0 {
		t.Errorf("%v schedules in the graph, %d by enumeration, error %v", g.Schedules, all, err)
	}
	// C's write arrives while A's EXEC and its watch are on their way.
	for _, order := range [][]string{{"late-effect 1", "late-effect 1"}, {"late-effect 2", "late-effect 1"}} {
		tr := played(t, of, nil, append([]string{"A", "A", "A abandon", "C abandon"}, order...)...)
		first := tr.Steps[4].Commands[0][0]
		if ran := slices.Contains(values(tr), "done=1"); ran != (first != "INCR" || len(tr.Steps[4].Commands) > 1) {
			t.Errorf("%v: %s arrives first, and in the end there is %v", order, first, values(tr))
		}
	}
}

// What was given up may arrive when everybody is done. Nobody is left who would set a
// time to live.
func TestArrivalAfterEverybodyIsDone(t *testing.T) {
	x := New(roles(nil, sends(drivers.Cmd("INCR", "k")), sends(drivers.Cmd("GET", "k"))), limit(1), DefaultBudget)
	s := Scenario{Events: map[Event]int{Abandon: 1}}
	g := explore(t, x, s)
	found := 0
	for _, words := range [][]string{{"A abandon", "B", "late-effect 1"}, {"B", "A abandon", "late-effect 1"}} {
		tr := played(t, x.subject, nil, words...)
		if slices.Contains(values(tr), "k=1") {
			found++
		}
	}
	// A or B first: 2. A given up: its request arrives before B, after it, or after both
	// where B was first: 3. Whatever happens the key has no time to live.
	if g.Schedules.String() != "5" || g.Bad[2].String() != "5" || found != 2 {
		t.Errorf("%v schedules, %v bad, %d of 2 arrive", g.Schedules, g.Bad[2], found)
	}
}

// No client library sends an EXEC again: its WATCH was lost with the connection.
func TestExecIsNotResent(t *testing.T) {
	of := roles(nil, watcher, sends(drivers.Cmd("GET", "k")))
	_, err := Play(of, transcript.Trace{Params: transcript.Params{Limit: 1, WindowMS: 1000, Burst: 1, Clients: 2, Requests: 1},
		T0US: int64(Epoch), Schedule: []string{"A", "A", "A resend"}})
	if err == nil || !strings.Contains(err.Error(), "it cannot happen there") {
		t.Errorf("error %v, want that it cannot happen", err)
	}
}
