package explore

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/drivers"
)

// A failover may lose as many of the last writes as there were, and no more than may be.
func TestFailoverLosesTheLastWrites(t *testing.T) {
	incr, get := drivers.Cmd("INCR", "k"), drivers.Cmd("GET", "k")
	writer := sends(incr, get, incr, get, incr, incr)
	for losses, want := range map[int]string{
		1: "6", // none, or after one of the first five steps
		2: "9", // and two where there were two: after three of them
		3: "10",
	} {
		g := explore(t, New(roles(nil, writer), limit(1), DefaultBudget), Scenario{Losses: losses, Events: map[Event]int{Failover: 1}})
		if g.Schedules.String() != want {
			t.Errorf("losing %d: %v schedules, want %s", losses, g.Schedules, want)
		}
	}
	for word, want := range map[string]string{"failover 1": "k=1", "failover 2": ""} {
		tr := played(t, roles(nil, writer), nil, "A", "A", "A", word)
		if got := strings.Join(values(tr), " "); got != want {
			t.Errorf("%s leaves %q, want %q", word, got, want)
		}
	}
}

// A lost keyspace comes back as it was, and what has expired since is gone at once.
func TestFailoverBringsNothingBackThatHasExpired(t *testing.T) {
	of := roles(nil, sends(drivers.Cmd("SET", "k", "1", "PX", "100"), drivers.Cmd("SET", "j", "1", "PX", "5000"), drivers.Cmd("DEL", "j"), drivers.Cmd("GET", "k")))
	tr := played(t, of, []int64{200_000}, "A", "A", "A", "tick", "failover 1", "A")
	if got := values(tr); !slices.Equal(got, []string{"j=1"}) {
		t.Errorf("there is %v, want the one that has not expired", got)
	}
}

// After a restart the first client that sends a script teaches it to the server again.
func TestScriptsAreLearnedAgain(t *testing.T) {
	one, two := drivers.NewScript("return 1"), drivers.NewScript("return 2")
	runs := func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
		var n [1]int64
		for _, s := range []*drivers.Script{one, two, one} {
			if err := conn.Eval(ctx, s, nil, nil, n[:]); err != nil {
				return "", err
			}
		}
		return "done", nil
	}
	for event, want := range map[string]string{
		"forget-lua": "EVALSHA EVAL EVALSHA EVAL EVALSHA",
		"lose-state": "EVALSHA EVAL EVALSHA EVAL EVALSHA",
		"tick":       "EVALSHA EVALSHA EVALSHA",
	} {
		schedule := append([]string{event}, slices.Repeat([]string{"A"}, len(strings.Fields(want)))...)
		tr := played(t, roles(nil, runs), []int64{1}, schedule...)
		var sent []string
		for _, s := range tr.Steps[1:] {
			sent = append(sent, s.Commands[0][0])
		}
		if strings.Join(sent, " ") != want || tr.Steps[len(tr.Steps)-1].Outcome != "done" {
			t.Errorf("after %s it sends %v, want %s", event, sent, want)
		}
	}
}

// What a request of a client that died has charged, or will, is not known: nobody is
// denied without need on its account.
func TestRequestsOfTheDeadMayHaveCharged(t *testing.T) {
	s := scenario(t, "death")
	s.Requests, s.Ticks = 1, Still
	g := explore(t, exploration(t, "fixedwindow/incr-expire", 1), s)
	if !g.Bad[1].IsZero() || g.Bad[2].IsZero() {
		t.Errorf("%v false rejections and %v keys without a time to live, want none and some", g.Bad[1], g.Bad[2])
	}
}

// The server's clock is its own: setting it moves no client's, and ends what is over.
func TestServerClockIsSet(t *testing.T) {
	ahead := func(e patterns.End) string {
		if e.Now == Epoch.Add(limit(1).W) {
			return "twice half a window"
		}
		return ""
	}
	of := roles(ahead, func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
		if _, err := conn.Do(ctx, "SET", "k", "1", "PX", "400"); err != nil {
			return "", err
		}
		if algorithms.InstantOf(env.Now()) != Epoch {
			return "moved", nil
		}
		_, err := conn.Do(ctx, "GET", "k")
		return "stayed", err
	})
	tr := played(t, of, nil, "A", "step-clock", "A", "A")
	if last := tr.Steps[3]; last.Outcome != "stayed" || last.Reply != "(nil)" || len(tr.Final) > 0 {
		t.Errorf("the client's clock %s, and GET is answered %s", last.Outcome, last.Reply)
	}
	// It is set before one of the three steps: never in 1 way, once in 3, twice in 6.
	g := explore(t, New(of, limit(1), DefaultBudget), Scenario{Events: map[Event]int{StepClock: 2}})
	if g.Schedules.String() != "10" || g.Bad[3].String() != "6" {
		t.Errorf("%v of %v schedules end a window ahead, want 6 of 10", g.Bad[3], g.Schedules)
	}
}

// No event takes rows of a database away, and none makes one a key without a time to live.
func TestRowsAreDurable(t *testing.T) {
	of := subject(t, "cacheaside/delete")
	tr := played(t, of, nil, "A", "A", "A", "lose-state")
	if got := strings.Join(values(tr), " "); got != "db{1}=old" {
		t.Errorf("after a restart there is %q, want the row alone", got)
	}
	x := New(of, limit(1), DefaultBudget)
	g := explore(t, x, scenario(t, "eviction"))
	for _, s := range x.tables.stores.values {
		if slices.ContainsFunc(s.mortal, func(key string) bool { return strings.HasPrefix(key, "db") }) {
			t.Errorf("of %v the keys %v may be evicted", s.Entries(), s.mortal)
		}
	}
	if !g.Bad[2].IsZero() {
		t.Errorf("%v schedules end with a key without a time to live", g.Bad[2])
	}
}
