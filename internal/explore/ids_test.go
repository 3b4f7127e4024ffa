package explore

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/patterns"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/transcript"
)

// A symbol is seen by nobody but the program that drew the id.
func TestSymbolsStayWithTheirProgram(t *testing.T) {
	named := 0
	for _, c := range []struct{ subject, scenario string }{
		{"slidinglog/naive", "race-3"}, {"slidinglog/multi", "race"}, {"slidinglog/lua", "again-3"}, {"slidinglog/multi-check-add", "failover"},
		{"slidinglog/add-then-remove", "again"}, {"slidinglog/multi-add-first", "late-effect"}, {"slidinglog/lua-client-clock", "resend"},
		{"cacheaside/lease", "lost-reply"},
	} {
		x := exploration(t, c.subject, 2)
		explore(t, x, scenario(t, c.scenario))
		for _, s := range x.tables.stores.values {
			if strings.Contains(s.Encode(), symbolPrefix) {
				t.Errorf("%s: a symbol is in the keyspace %v", c.subject, s.Entries())
			}
			if s.ids > 0 {
				named++
			}
		}
		err := x.Representatives(Scenario{Clients: 2, Requests: 1}, math.MaxInt, func(tr transcript.Trace) bool {
			if text := fmt.Sprintf("%+v", tr); strings.Contains(text, symbolPrefix) {
				t.Errorf("%s: a symbol is in the trace %q", c.subject, text)
			}
			return true
		})
		if err != nil {
			t.Error(err)
		}
	}
	if named == 0 {
		t.Error("no keyspace holds an id")
	}
}

// Clients that draw ids at the same time must not get the same one. Each adds its own to
// a set that loses none: in the end there are as many as were added, in every schedule.
func TestIDsThatLiveTogetherDiffer(t *testing.T) {
	add := func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
		unsent, first, second := env.ID(), env.ID(), env.ID()
		if first == second || unsent == first {
			return "", fmt.Errorf("%q, %q and %q are drawn", unsent, first, second)
		}
		if _, err := conn.Do(ctx, "SADD", "s", second); err != nil {
			return "", err
		}
		r, err := conn.Do(ctx, "SADD", "s", first)
		if err != nil || r.Int != 1 {
			return "twice", err
		}
		return "added", nil
	}
	once := func(e patterns.End) string {
		for _, r := range e.Results {
			if r.Text != "added" {
				return "an id was there before: " + r.Text
			}
		}
		return ""
	}
	all := func(e patterns.End) string {
		if n := len(strings.Fields(e.Keys["s"].Value)); n != 6 {
			return fmt.Sprintf("%d ids are left", n)
		}
		return once(e)
	}
	// A failover loses ids and brings others back. It makes none the same as another.
	for name, c := range map[string]struct {
		judge func(patterns.End) string
		s     Scenario
	}{
		"no events":  {all, Scenario{}},
		"a failover": {once, Scenario{Events: map[Event]int{Failover: 1}, Losses: 4}},
		"two":        {once, Scenario{Events: map[Event]int{Failover: 2}, Losses: 2}},
	} {
		if g := explore(t, New(roles(c.judge, add, add, add), limit(1), DefaultBudget), c.s); !g.Bad[3].IsZero() {
			t.Errorf("%s: %v of %v schedules have the same id twice, or lose one", name, g.Bad[3], g.Schedules)
		}
	}
}

// An id whose key is gone may have its name given to another, unless somebody still
// knows it: here a lock's owner that came too late, and must not delete the next lock.
func TestNamesAreReusedOnlyWhenForgotten(t *testing.T) {
	release := drivers.NewScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`)
	owner := func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
		token := env.ID()
		if r, err := conn.Do(ctx, "SET", "lock", token, "NX", "PX", "400"); err != nil || r.IsNil() {
			return "refused", err
		}
		var released [1]int64
		if err := conn.Eval(ctx, release, []string{"lock"}, []string{token}, released[:]); err != nil {
			return "", err
		}
		if released[0] == 0 {
			return "late", nil
		}
		return "released", nil
	}
	// Whoever got the lock releases it, or finds that it expired: it never releases
	// another's. With one tick at most one lock expires, so at most one comes late.
	stolen := func(e patterns.End) string {
		late := 0
		for _, r := range e.Results {
			if r.Text == "late" {
				late++
			}
		}
		if _, held := e.Keys["lock"]; late > 1 || held {
			return fmt.Sprintf("%d came late, and the lock is held: %t", late, held)
		}
		return ""
	}
	x := New(roles(stolen, owner, owner, owner), limit(1), DefaultBudget)
	g := explore(t, x, Scenario{Ticks: HalfWindow})
	if len(g.Broken()) > 0 {
		t.Errorf("%v of %v schedules: a lock of another was released", g.Bad[3], g.Schedules)
	}
	names := map[string]bool{}
	for _, s := range x.tables.stores.values {
		for _, e := range s.Entries() {
			names[e.Value] = true
		}
	}
	if !names["id0"] || !names["id1"] || len(names) > 3 {
		t.Errorf("the names %v were given, want those of three clients at most", names)
	}
}

// An id that is gone may come back: with a failover, or with a request that was given up.
// Until then nobody else may get its name.
func TestNamesOfWhatMayComeBack(t *testing.T) {
	gone := func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
		if _, err := conn.Do(ctx, "SET", "k", env.ID(), "PX", "5000"); err != nil {
			return "", err
		}
		_, err := conn.Do(ctx, "DEL", "k")
		return "gone", err
	}
	mine := func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
		id := env.ID()
		if _, err := conn.Do(ctx, "SET", "j", id, "PX", "5000"); err != nil {
			return "", err
		}
		r, err := conn.Do(ctx, "GET", "k")
		if r.Text == id {
			return "mine", err
		}
		return "another's: " + r.Text, err
	}
	of := roles(nil, gone, mine)
	for _, schedule := range [][]string{
		{"A", "A", "B", "failover 3", "B"},
		{"A", "A", "B", "failover 2", "B"},
		{"A abandon", "B", "late-effect 1", "B"},
	} {
		tr := played(t, of, nil, schedule...)
		last := tr.Steps[len(tr.Steps)-1]
		if back := last.Reply != "(nil)"; back == (schedule[3] == "failover 3") || strings.Contains(last.Outcome, "mine") {
			t.Errorf("%v: %s, so the id is %s", schedule, last.Reply, last.Outcome)
		}
	}
}

// Nor may anybody get the name of an id that a client in the middle of a request has
// seen: it would take the one for the other.
func TestNamesThatSomebodyHasSeen(t *testing.T) {
	set := func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
		if _, err := conn.Do(ctx, "SET", "k", env.ID(), "PX", "5000"); err != nil {
			return "", err
		}
		_, err := conn.Do(ctx, "DEL", "k")
		return "set", err
	}
	looks := func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
		first, err := conn.Do(ctx, "GET", "k")
		if err != nil {
			return "", err
		}
		second, err := conn.Do(ctx, "GET", "k")
		if first.Text == second.Text {
			return "the same", err
		}
		return "another", err
	}
	of := roles(nil, set, set, looks)
	for _, c := range []struct {
		schedule []string
		want     string
	}{
		{[]string{"A", "C", "A", "B", "C"}, "another"},
		{[]string{"A", "C", "C"}, "the same"},
	} {
		tr := played(t, of, nil, c.schedule...)
		if last := tr.Steps[len(tr.Steps)-1]; last.Outcome != c.want {
			t.Errorf("%v: what is seen is %s, want %s", c.schedule, last.Outcome, c.want)
		}
	}
}

// A length in an encoding may look like a digit. An id before it is still found.
func TestNamesBesideLengthsAreFound(t *testing.T) {
	x := New(roles(nil, sends(drivers.Cmd("GET", "k"))), limit(1), DefaultBudget)
	b := Scenario{}.bounds(x.subject, x.limit)
	s := x.start(b)
	long := strings.Repeat("x", '5') // its length is written as the digit 5
	for _, cmd := range []drivers.Command{drivers.Cmd("HSET", "h", "a", "id3", long, "id41"), drivers.Cmd("SADD", long+"2", "id17")} {
		r := x.tables.requestID(modelCommand(cmd))
		s.store = x.tables.effect(cause{s.store, r, Epoch}).store
	}
	if got, want := x.tables.stores.values[s.store].ids, uint64(1<<3|1<<41|1<<17); got != want {
		t.Errorf("the ids %b are found, want %b", got, want)
	}
	if got := x.free(&s, []uint8{0, unnamed, 1}); got != 2 {
		t.Errorf("the name %d is free, want 2", got)
	}
}

func TestNamesAndSymbolsInTexts(t *testing.T) {
	names := []uint8{4, unnamed, 12}
	for _, c := range []struct{ symbols, names string }{
		{"", ""},
		{"1700-" + symbol(0), "1700-id4"},
		{symbol(2) + ":" + symbol(0), "id12:id4"},
		{"width " + symbol(0) + " idle", "width id4 idle"},
	} {
		if got := spellNames(c.symbols, names); got != c.names {
			t.Errorf("%q is sent as %q, want %q", c.symbols, got, c.names)
		}
		if got := spellSymbols(c.names, names); got != c.symbols {
			t.Errorf("%q is seen as %q, want %q", c.names, got, c.symbols)
		}
	}
	if got := spellSymbols("id1 id41 id99999999999999999999", names); got != "id1 id41 id99999999999999999999" {
		t.Errorf("ids of others are seen as %q", got)
	}
	if got := spellNames(symbol(1), names); got != symbol(1) {
		t.Errorf("an id without a name is sent as %q", got)
	}
}

func TestIDsThatAreAllInUse(t *testing.T) {
	x := New(roles(nil, sends(drivers.Cmd("GET", "k"))), limit(1), DefaultBudget)
	s := x.start(Scenario{}.bounds(x.subject, x.limit))
	cmd := drivers.Cmd("SADD", "s")
	for n := range maxNames {
		cmd = append(cmd, idPrefix+fmt.Sprint(n))
	}
	s.store = x.tables.effect(cause{s.store, x.tables.requestID(modelCommand(cmd)), Epoch}).store
	err := func() (err error) {
		defer x.catch(&err)
		x.free(&s, nil)
		return nil
	}()
	refused(t, err, "explore test/program: ", "more than 64 ids are in use at the same time")
}
