package explore

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// Whoever runs the edges of a graph on a server one by one must know each keyspace before
// it is needed, and need not turn the clock back.
func TestEdgesCanBeRunOneByOne(t *testing.T) {
	for _, c := range []struct{ subject, scenario string }{
		{"fixedwindow/naive", "window"}, {"fixedwindow/lua", "deadline"}, {"fixedwindow/multi", "race"}, {"slidinglog/add-then-remove", "race-3"},
		{"slidinglog/lua", "window"}, {"gcra/cas", "race"}, {"gcra/naive", "window"}, {"tokenbucket/lua-client-clock", "clock-ahead"},
		{"tokenbucket/abort-ignored", "race"}, {"session/get-expire", "window"}, {"cacheaside/lease", "window"},
	} {
		x := exploration(t, c.subject, 2)
		r := runner{t: t, of: x, model: modelredis.New(), known: map[int]bool{0: true}}
		requests, ticks := 0, 0
		err := x.EachEdge(scenario(t, c.scenario), func(e Edge) bool {
			if e.Request.Kind == "" {
				ticks++
			} else {
				requests++
			}
			return r.check(e)
		})
		if err != nil {
			t.Error(err)
		}
		if requests == 0 || (ticks > 0) != (scenario(t, c.scenario).Ticks != "") {
			t.Errorf("%v has %d requests and %d ticks", c, requests, ticks)
		}
	}
}

// Every different step of a graph is an effect, and the effects can be run one by one too,
// each on a keyspace that was made for it; so can those which only an event leads to.
func TestEffectsAreTheDifferentEdges(t *testing.T) {
	for _, name := range []string{"fixedwindow/naive", "gcra/multi", "cacheaside/lease"} {
		x := exploration(t, name, 2)
		explore(t, x, scenario(t, "window"))
		edges := map[string]bool{}
		if err := x.EachEdge(scenario(t, "window"), func(e Edge) bool {
			if e.Request.Kind != modelredis.Watch {
				edges[fmt.Sprint(e)] = true
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		if effects := effectsOf(t, x); !maps.Equal(effects, edges) {
			t.Errorf("%s has %d effects and %d different edges", name, len(effects), len(edges))
		}
		explore(t, x, scenario(t, "eviction"))
		if effects := effectsOf(t, x); len(effects) <= len(edges) {
			t.Errorf("%s has no more effects when keys are evicted", name)
		}
	}
}

// effectsOf runs every effect on a model of its own.
func effectsOf(t *testing.T, x *Exploration) map[string]bool {
	t.Helper()
	r, seen := runner{t: t, of: x, model: modelredis.New(), known: map[int]bool{}}, map[string]bool{}
	x.EachEffect(func(e Edge) bool {
		if text := fmt.Sprint(e); seen[text] || e.Request.Kind == modelredis.Watch {
			t.Errorf("effect %s comes again, or is a WATCH", text)
		} else {
			seen[text] = true
		}
		r.known[e.From] = true
		return r.check(e)
	})
	n := 0
	x.EachEffect(func(Edge) bool { n++; return n < 3 })
	if n != 3 {
		t.Errorf("%d effects after the third was enough", n)
	}
	return seen
}

// A clock that nobody reads and a death add no step; a pattern has its own clients.
func TestScenariosOfTheSameStepsRepeat(t *testing.T) {
	for _, c := range []struct {
		subject, scenario, earlier string
		repeats                    bool
	}{
		{"gcra/naive", "race-3", "race", false},
		{"cacheaside/lease", "race-3", "race", true},
		{"gcra/naive", "death", "window", true},
		{"gcra/naive", "death", "again", false},
		{"fixedwindow/naive", "clock-ahead", "window", true},
		{"tokenbucket/lua-client-clock", "clock-ahead", "window", false},
		{"gcra/naive", "eviction", "again", false},
	} {
		x := exploration(t, c.subject, 1)
		explore(t, x, scenario(t, c.earlier))
		if got := x.Repeats(scenario(t, c.scenario), []Scenario{scenario(t, c.earlier)}); got != c.repeats {
			t.Errorf("%s: %s repeats %s: %t", c.subject, c.scenario, c.earlier, got)
		}
	}
}

// runner runs edges on a model of its own.
type runner struct {
	t     *testing.T
	of    *Exploration
	model *modelredis.Model
	known map[int]bool // keyspaces that were made
	last  Edge
}

func (r *runner) check(e Edge) bool {
	r.t.Helper()
	if !r.known[e.From] || e.At < r.last.At {
		r.t.Errorf("%s: edge %+v after %+v: its keyspace is not there, or its instant is over", r.of.subject.Name, e, r.last)
		return false
	}
	r.known[e.To], r.last = true, e
	store, replies := r.of.Keyspace(e.From), e.Replies
	switch e.Request.Kind {
	case "":
		store, _ = r.model.Expire(store, e.At)
	case modelredis.Watch:
	default:
		for _, s := range r.of.Scripts() {
			r.model.Load(s)
		}
		did, err := r.model.Run(store, e.At, e.Request)
		if err != nil {
			r.t.Error(err)
			return false
		}
		store, replies = did.Store, did.Replies
	}
	if store.Encode() != r.of.Keyspace(e.To).Encode() || !reflect.DeepEqual(replies, e.Replies) {
		r.t.Errorf("%s: edge %+v leads to %v with %v", r.of.subject.Name, e, store.Entries(), replies)
		return false
	}
	return true
}

func TestEachEdgeStops(t *testing.T) {
	for _, name := range []string{"fixedwindow/naive", "cacheaside/lease"} { // the first edges of a pattern make its keyspace
		for most := 1; most < 40; most++ {
			n := 0
			err := exploration(t, name, 1).EachEdge(scenario(t, "window"), func(Edge) bool { n++; return n < most })
			if err != nil || n != most {
				t.Errorf("%s: %d calls, error %v, want %d", name, n, err, most)
			}
		}
	}
}

// An EXEC that finds its WATCH broken does nothing on any server: no edge says otherwise.
func TestAbortedTransactionsAreNoEdges(t *testing.T) {
	onlyFirst := func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
		return "", conn.Watch(ctx, []string{"k"}, func(tx drivers.Tx) error {
			r, err := tx.Read(ctx, drivers.Cmd("GET", "k"))
			if err != nil || !r[0].IsNil() {
				return err
			}
			_, err = tx.Exec(ctx, drivers.Cmd("SET", "first", "1", "PX", "100"))
			return err
		})
	}
	x := New(roles(nil, onlyFirst, sends(drivers.Cmd("SET", "k", "1", "PX", "100"))), limit(1), DefaultBudget)
	transactions := 0
	err := x.EachEdge(Scenario{}, func(e Edge) bool {
		if e.Request.Kind == modelredis.Transaction {
			transactions++
			if len(x.Keyspace(e.From).Entries()) > 0 {
				t.Errorf("a transaction runs on %v", x.Keyspace(e.From).Entries())
			}
		}
		return true
	})
	if err != nil || transactions == 0 {
		t.Errorf("%d transactions, error %v", transactions, err)
	}
}

// A failover needs its writes, a WATCH its connection: neither is in an edge.
func TestWatchesAreToldFromOtherPrograms(t *testing.T) {
	for name, watches := range map[string]bool{"fixedwindow/multi": true, "fixedwindow/watch-late": true, "fixedwindow/multi-ttl": false, "gcra/lua": false} {
		x := exploration(t, name, 1)
		explore(t, x, scenario(t, "race"))
		if x.Watches() != watches {
			t.Errorf("%s watches: %t", name, x.Watches())
		}
	}
}
