package confirm

import (
	"slices"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/provider/virtual"
)

// graph is every keyspace that some requests lead to, over some instants.
type graph struct {
	model  *modelredis.Model
	stores []modelredis.Store
	ids    map[string]int
	edges  []explore.Edge
}

// walk runs every request at every instant on the keyspaces that it meets, at most so
// many at one instant, for counters have no end.
func walk(t testing.TB, model *modelredis.Model, requests []modelredis.Request, instants []algorithms.Instant, most int) *graph {
	t.Helper()
	g := &graph{model: model, ids: map[string]int{}}
	g.id(modelredis.Store{})
	level := []int{0}
	for i, at := range instants {
		if i > 0 {
			level = g.tick(level, at)
		}
		for n := 0; n < len(level); n++ {
			for _, r := range requests {
				to := g.run(t, level[n], at, r)
				if len(level) < most && !slices.Contains(level, to) {
					level = append(level, to)
				}
			}
		}
	}
	return g
}

func (g *graph) id(s modelredis.Store) int {
	text := s.Encode()
	id, known := g.ids[text]
	if !known {
		id = len(g.stores)
		g.ids[text] = id
		g.stores = append(g.stores, s)
	}
	return id
}

func (g *graph) run(t testing.TB, from int, at algorithms.Instant, r modelredis.Request) int {
	t.Helper()
	did, err := g.model.Run(g.stores[from], at, r)
	if err != nil {
		t.Fatal(err)
	}
	to := g.id(did.Store)
	g.edges = append(g.edges, explore.Edge{From: from, To: to, At: at, Request: r, Replies: did.Replies})
	return to
}

func (g *graph) tick(level []int, at algorithms.Instant) []int {
	var next []int
	for _, from := range level {
		left, _ := g.model.Expire(g.stores[from], at)
		to := g.id(left)
		g.edges = append(g.edges, explore.Edge{From: from, To: to, At: at})
		if !slices.Contains(next, to) {
			next = append(next, to)
		}
	}
	return next
}

func (g *graph) store(id int) modelredis.Store { return g.stores[id] }

// confirm runs the edges on a server.
func (g *graph) confirm(t testing.TB, on Target, scripts ...string) (*Edges, error) {
	t.Helper()
	e, err := NewEdges(t.Context(), on, scripts, g.store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	for _, edge := range g.edges {
		if err := e.Check(edge); err != nil {
			return e, err
		}
	}
	_, _, err = e.Finish()
	return e, err
}

const source = `local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
local t = redis.call('TIME')
return {n, redis.call('PTTL', KEYS[1]), tonumber(t[2])}`

// requests touch every type, in every way that techniques do.
func requests() []modelredis.Request {
	sha := drivers.NewScript(source).SHA()
	return []modelredis.Request{
		command("GET", "rl{u}"),
		command("INCR", "rl{u}"),
		command("PEXPIRE", "rl{u}", "1000", "NX"),
		command("TIME"),
		command("SET", "rl{u}:x", "1", "PX", "700", "NX"),
		command("DEL", "rl{u}"),
		command("EVALSHA", sha, "1", "rl{u}", "1000"),
		transaction(drivers.Cmd("HSET", "rl{u}:h", "n", "1"), drivers.Cmd("PEXPIRE", "rl{u}:h", "500"), drivers.Cmd("INCR", "rl{u}:h")),
		transaction(drivers.Cmd("ZADD", "rl{u}:z", "1700000000100000", "a"), drivers.Cmd("ZADD", "rl{u}:z", "2.5", "b"), drivers.Cmd("ZCARD", "rl{u}:z")),
		transaction(drivers.Cmd("GET", "rl{u}"), drivers.Cmd("GET")),
	}
}

// instants are those of deadlines and their neighbours.
func instants() []algorithms.Instant {
	at := virtual.Dawn
	ms := algorithms.Instant(at.Milli() * 1000)
	return []algorithms.Instant{at, at + 250_000, ms + 500_000, ms + 501_000, ms + 700_999, ms + 701_000, ms + 1_000_999, ms + 1_001_000, ms + 1_250_999, ms + 1_251_000}
}
