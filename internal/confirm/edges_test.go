package confirm

import (
	"errors"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/explore"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/provider/virtual"
)

func model(defect modelredis.Defect) *modelredis.Model {
	m := modelredis.New()
	m.Load(source)
	m.Defect = defect
	return m
}

func TestEveryEdgeIsAsInTheModel(t *testing.T) {
	g := walk(t, model(modelredis.None), requests(), instants(), 200)
	for _, on := range servers(t) {
		t.Run(on.Version, func(t *testing.T) {
			e, err := g.confirm(t, on, source)
			if err != nil {
				t.Fatal(err)
			}
			edges, commands, _ := e.Finish()
			t.Logf("%d edges, %d keyspaces, %d commands", edges, len(g.stores), commands)
			if edges != len(g.edges) {
				t.Errorf("%d edges were confirmed, want %d", edges, len(g.edges))
			}
		})
	}
}

// The comparison has teeth: a model whose keys die a millisecond early is caught.
func TestEarlyExpiryIsCaught(t *testing.T) {
	g := walk(t, model(modelredis.EarlyExpiry), requests(), instants(), 200)
	_, err := g.confirm(t, server(t), source)
	var d *Divergence
	if !errors.As(err, &d) {
		t.Fatalf("confirmed with %v, want a divergence", err)
	}
	t.Log(d)
}

// Each thing that is compared is compared: one wrong edge, one divergence that names it.
func TestWhatDiffersIsNamed(t *testing.T) {
	on := server(t)
	m := model(modelredis.None)
	set := command("SET", "k", "1", "PX", "1000")
	for _, c := range []struct {
		what   string
		change func(e *explore.Edge, to *modelredis.Store)
	}{
		{"reply 1", func(e *explore.Edge, _ *modelredis.Store) { e.Replies = []modelredis.Reply{{Err: "ERR no"}} }},
		{"number of replies", func(e *explore.Edge, _ *modelredis.Store) { e.Replies = nil }},
		{"string k", func(_ *explore.Edge, to *modelredis.Store) { *to = after(t, m, command("SET", "k", "2", "PX", "1000")) }},
		{"hash k", func(_ *explore.Edge, to *modelredis.Store) { *to = after(t, m, command("HSET", "k", "f", "1")) }},
		{"deadline of k", func(_ *explore.Edge, to *modelredis.Store) { *to = after(t, m, command("SET", "k", "1", "PX", "1001")) }},
		{"existence of k", func(_ *explore.Edge, to *modelredis.Store) { *to = after(t, m, command("GET", "other")) }},
	} {
		t.Run(c.what, func(t *testing.T) {
			did, err := m.Run(modelredis.Store{}, virtual.Dawn, set)
			if err != nil {
				t.Fatal(err)
			}
			edge, to := explore.Edge{To: 1, At: virtual.Dawn, Request: set, Replies: did.Replies}, did.Store
			c.change(&edge, &to)
			g := &graph{stores: []modelredis.Store{{}, to}, edges: []explore.Edge{edge}}
			_, err = g.confirm(t, on)
			var d *Divergence
			if !errors.As(err, &d) || d.What != c.what {
				t.Errorf("confirmed with %v, want a divergence in %s", err, c.what)
			}
		})
	}
}

// after is the keyspace that a request makes.
func after(t *testing.T, m *modelredis.Model, r modelredis.Request) modelredis.Store {
	t.Helper()
	did, err := m.Run(modelredis.Store{}, virtual.Dawn, r)
	if err != nil {
		t.Fatal(err)
	}
	return did.Store
}

func TestCheckRefusesWhatItCannotConfirm(t *testing.T) {
	on, none := server(t), func(int) modelredis.Store { return modelredis.Store{} }
	for says, edges := range map[string][]explore.Edge{
		"is not on the server": {{From: 7, At: virtual.Dawn, Request: command("TIME")}},
		"after one at":         {{At: virtual.Dawn + 1, Request: command("TIME")}, {At: virtual.Dawn, Request: command("TIME")}},
		"WATCH":                {{At: virtual.Dawn, Request: modelredis.Request{Kind: modelredis.Watch}}},
	} {
		e, err := NewEdges(t.Context(), on, nil, none)
		if err != nil {
			t.Fatal(err)
		}
		for _, edge := range edges {
			err = e.Check(edge)
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("check: %v, want one that says %q", err, says)
		}
		_ = e.Close()
	}
	if _, err := NewEdges(t.Context(), Target{}, nil, none); !errors.Is(err, errNoVirtualTime) {
		t.Errorf("edges in real time: %v", err)
	}
}

// A walk by keyspaces meets the end of an instant before all of it was seen.
func TestEdgeToALaterInstantWaitsForIt(t *testing.T) {
	m, dead := model(modelredis.None), virtual.Dawn+2_000_000
	g := &graph{model: m, ids: map[string]int{}}
	g.id(modelredis.Store{})
	key := g.run(t, 0, virtual.Dawn, command("SET", "k", "1", "PX", "1000"))
	g.tick([]int{key}, dead)
	g.run(t, key, virtual.Dawn, command("GET", "k"))
	g.run(t, 0, dead, command("GET", "k"))
	g.tick([]int{key}, dead+1)
	e, err := g.confirm(t, server(t))
	if err != nil {
		t.Fatal(err)
	}
	if n, _, _ := e.Finish(); n != 5 || e.now != dead+1 {
		t.Errorf("%d edges were confirmed until %d, want 5 until %d", n, e.now, dead+1)
	}
}

// BenchmarkEdges counts edges of a limiter on one key: half of them write.
func BenchmarkEdges(b *testing.B) {
	var at []algorithms.Instant
	for i := range algorithms.Instant(20) {
		at = append(at, virtual.Dawn+i*100_000)
	}
	g := walk(b, model(modelredis.None), requests(), at, 250)
	on := server(b)
	var edges, commands int
	for b.Loop() {
		e, err := g.confirm(b, on, source)
		if err != nil {
			b.Fatal(err)
		}
		n, c, _ := e.Finish()
		edges, commands = edges+n, commands+c
	}
	b.ReportMetric(float64(edges)/b.Elapsed().Seconds(), "edges/s")
	b.ReportMetric(float64(commands)/b.Elapsed().Seconds(), "commands/s")
	b.ReportMetric(float64(commands)/float64(edges), "commands/edge")
}
