package explore

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/rlbench/rlbench/internal/transcript"
)

// No schedule that breaks the same property may be cheaper than the one that is shown.
// Brute force prices all of them, by a price list of its own.
func TestMinimalIsTheCheapestOfAllSchedules(t *testing.T) {
	for _, c := range []struct {
		subject, scenario string
		limit             int64
		property          Property
		want              Cost
	}{
		{"fixedwindow/naive", "race", 1, Overshoot, Cost{0, 1, 5}},
		{"fixedwindow/naive", "race-3", 2, Overshoot, Cost{0, 1, 7}},
		{"fixedwindow/naive", "death", 1, WithoutTTL, Cost{1, 0, 2}},
		{"fixedwindow/naive", "lost-reply", 1, WithoutTTL, Cost{1, 0, 2}},
		{"fixedwindow/naive", "failover", 1, WithoutTTL, Cost{1, 0, 4}},
		{"fixedwindow/incr-expire", "late-effect", 1, WithoutTTL, Cost{2, 0, 2}},
		{"fixedwindow/multi-ttl", "window", 1, FalseRejection, Cost{2, 0, 5}},
		{"fixedwindow/watch-late", "race-3", 1, Overshoot, Cost{0, 1, 6}},
		{"slidinglog/add-then-remove", "race", 1, FalseRejection, Cost{0, 2, 8}},
		{"slidinglog/multi-add-first", "resend", 1, FalseRejection, Cost{1, 1, 5}},
		{"tokenbucket/lua-client-clock", "window", 1, Overshoot, Cost{1, 1, 9}},
		{"tokenbucket/lua-client-clock", "clock-behind", 1, FalseRejection, Cost{2, 0, 6}},
		{"gcra/lock", "resend", 2, Overshoot, Cost{1, 2, 16}},
		{"session/get-setex", "window", 1, Promise, Cost{0, 1, 3}},
		{"cacheaside/lease", "failover", 1, Promise, Cost{1, 1, 7}},
	} {
		x := exploration(t, c.subject, c.limit)
		g := explore(t, x, scenario(t, c.scenario))
		way, err := g.Minimal(t.Context(), c.property)
		if err != nil {
			t.Errorf("%s in %s: %v", c.subject, c.scenario, err)
			continue
		}
		if cheapest := cheapestOfAll(g, c.property); way.Cost != cheapest || cheapest != c.want {
			t.Errorf("%s in %s: cost %v, the cheapest schedule has %v, want %v", c.subject, c.scenario, way.Cost, cheapest, c.want)
		}
		counterexampleHolds(t, g, c.property, way)
	}
}

func cheapestOfAll(g *Graph, p Property) Cost {
	best := Cost{Events: 1 << 10}
	property := map[Property]int{Overshoot: 0, FalseRejection: 1, WithoutTTL: 2, Promise: 3}[p]
	var walk func(s state, cost Cost, last int)
	walk = func(s state, cost Cost, last int) {
		dead := 0
		for _, c := range s.clients {
			if c.inv != idle {
				dead++
			}
		}
		all := Cost{cost.Events + dead, cost.Preemptions, cost.Steps}
		if onItsWay := g.tables.abandoned.values[s.late]; dead <= g.bounds.deaths && len(onItsWay) == 0 && all.key() < best.key() && g.judge(g.bounds, &s)[property] {
			best = all
		}
		g.each(g.bounds, &s, func(next *state, a action) bool {
			c := cost
			c.Steps++
			switch a.kind {
			case transcript.Command:
			case transcript.LostReply, transcript.Resend, transcript.Abandon:
				c.Events++
			default:
				c.Events++
				walk(*next, c, last)
				return true
			}
			who := int(a.who)
			if who != last && s.clients[who].inv != idle {
				c.Preemptions++
			}
			walk(*next, c, who)
			return true
		})
	}
	walk(g.start(g.bounds), Cost{}, idle)
	return best
}

// counterexampleHolds plays a counterexample again, from its trace alone.
func counterexampleHolds(t *testing.T, g *Graph, p Property, way Way) {
	t.Helper()
	tr, err := g.Trace(p, way)
	if err != nil {
		t.Error(err)
		return
	}
	if tr.Events != way.Events || tr.Preemptions != way.Preemptions || len(tr.Steps) != way.Steps {
		t.Errorf("%s: the trace has %d events, %d preemptions, %d steps, want %v", tr.Subject, tr.Events, tr.Preemptions, len(tr.Steps), way.Cost)
	}
	if err := Verify(g.subject, tr); err != nil {
		t.Error(err)
	}
	again, err := Play(g.subject, tr)
	if err != nil || tr.Violation == "" || again.Violation != tr.Violation || !reflect.DeepEqual(again.Final, tr.Final) {
		t.Errorf("%s: played again it ends in %q, %v, error %v, want %q, %v", tr.Subject, again.Violation, again.Final, err, tr.Violation, tr.Final)
	}
	var file bytes.Buffer
	if err := transcript.Write(&file, tr); err != nil {
		t.Error(err)
		return
	}
	read, err := transcript.Read(&file)
	if err != nil {
		t.Error(err)
		return
	}
	if err := Verify(g.subject, read); err != nil {
		t.Errorf("what was read again is refused: %v", err)
	}
}

func TestMinimalOfNothing(t *testing.T) {
	g := explore(t, exploration(t, "fixedwindow/lua", 1), scenario(t, "race"))
	if _, err := g.Minimal(t.Context(), Overshoot); err == nil || err.Error() != "no schedule breaks overshoot" {
		t.Errorf("error %v, want that there is none", err)
	}
}
