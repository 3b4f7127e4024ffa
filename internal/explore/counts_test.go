package explore

import (
	"errors"
	"maps"
	"strconv"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

// A graph must count what walking schedule by schedule counts, for every subject: wherever
// the latter ends soon, and always where three clients, or two that WATCH, make a request each.
func TestGraphsCountWhatEnumerationCounts(t *testing.T) {
	for _, s := range everySubject(t) {
		for l := range int64(2) {
			x := New(s, limit(l+1), Budget{States: 250, Bytes: 1 << 30})
			for _, sc := range Scenarios() {
				must := sc.Name == "race" || sc.Name == "race-3" && l == 0 && !x.Watches()
				compareCounts(t, x, sc, must)
			}
		}
	}
}

func compareCounts(t *testing.T, x *Exploration, s Scenario, must bool) {
	t.Helper()
	const soon, mostEver = 500, 250_000
	g, err := x.Explore(t.Context(), s)
	if errors.Is(err, ErrBound) && !must {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if g.Schedules.Float() > soon && !must {
		return
	}
	all, bad, err := x.enumerate(s, mostEver)
	if err != nil {
		t.Errorf("%s in %s, limit %d: %v", x.subject.Name, s.Name, x.limit.L, err)
	}
	same := g.Schedules == countOf(uint64(all))
	for i := range bad {
		same = same && g.Bad[i] == countOf(uint64(bad[i]))
	}
	if !same {
		t.Errorf("%s in %s, limit %d: the graph has %v schedules, %v bad, enumeration %d, %v",
			x.subject.Name, s.Name, x.limit.L, g.Schedules, g.Bad, all, bad)
	}
}

// Enumeration and graph share each: the number of interleavings of programs of fixed
// lengths does not come from either. It is a multinomial coefficient, whatever they do.
func TestSchedulesOfFixedProgramsAreMultinomial(t *testing.T) {
	for _, c := range []struct {
		lengths []int
		want    string
	}{
		{[]int{1}, "1"},
		{[]int{2, 3}, "10"},                           // 5! / 2! 3!
		{[]int{4, 4}, "70"},                           // 8! / 4! 4!
		{[]int{2, 3, 4}, "1260"},                      // 9! / 2! 3! 4!
		{[]int{6, 6, 6, 6, 6}, "1370874167589326400"}, // 30! / 6!^5
	} {
		var runs []run
		for client, n := range c.lengths {
			var cmds []drivers.Command
			for range n {
				cmds = append(cmds, drivers.Cmd("GET", "key"+strconv.Itoa(client)))
			}
			runs = append(runs, sends(cmds...))
		}
		g := explore(t, New(roles(nil, runs...), limit(1), DefaultBudget), Scenario{})
		if g.Schedules.String() != c.want {
			t.Errorf("%v: %v schedules, want %s", c.lengths, g.Schedules, c.want)
		}
	}
}

// Sorting clients makes the graph smaller and changes no count.
func TestSymmetryChangesNoCount(t *testing.T) {
	smaller := 0
	for _, c := range []struct{ subject, scenario string }{
		{"fixedwindow/naive", "race-4"}, {"fixedwindow/naive", "death"}, {"fixedwindow/naive", "late-effect"},
		{"fixedwindow/multi", "race-3"}, {"slidinglog/add-then-remove", "race-3"}, {"slidinglog/multi-add-first", "failover"},
		{"gcra/lock", "again"}, {"gcra/cas", "eviction"}, {"tokenbucket/lua-client-clock", "clock-ahead"}, {"cacheaside/lease", "window"},
	} {
		x := exploration(t, c.subject, 1)
		g := explore(t, x, scenario(t, c.scenario))
		whole := unsorted{Graph: g, memo: map[state]paths{}}
		if p := whole.walk(x.start(g.bounds)); p.all != g.Schedules || p.bad != g.Bad {
			t.Errorf("%v: %v schedules, %v bad with symmetry, %v, %v without", c, g.Schedules, g.Bad, p.all, p.bad)
		}
		if len(whole.memo) > g.States {
			smaller++
		}
		if len(whole.memo) < g.States {
			t.Errorf("%v: %d states with symmetry, %d without", c, g.States, len(whole.memo))
		}
	}
	if smaller < 8 {
		t.Errorf("symmetry made %d graphs smaller, want 8 or more", smaller)
	}
}

// unsorted walks a graph in which every client keeps its place.
type unsorted struct {
	*Graph
	memo map[state]paths
}

func (u unsorted) walk(s state) paths {
	if p, known := u.memo[s]; known {
		return p
	}
	p := u.ends(&s)
	u.each(u.bounds, &s, func(next *state, _ action) bool {
		p.add(u.walk(*next))
		return true
	})
	u.memo[s] = p
	return p
}

// What was explored before must not change what a scenario holds.
func TestOrderOfScenariosChangesNothing(t *testing.T) {
	for _, name := range []string{"gcra/cas", "gcra/lock", "cacheaside/lease", "slidinglog/multi-add-first"} {
		forward, backward := exploration(t, name, 1), exploration(t, name, 1)
		outcomes, list := map[string]Outcome{}, Scenarios()[:2]
		for _, s := range Scenarios()[10:] {
			s.Requests = 1
			list = append(list, s)
		}
		for _, s := range list {
			outcomes[s.Name] = explore(t, forward, s).Outcome
		}
		again := map[string]Outcome{}
		for i := range list {
			s := list[len(list)-1-i]
			again[s.Name] = explore(t, backward, s).Outcome
		}
		if !maps.Equal(outcomes, again) {
			t.Errorf("%s: %v in order, %v in reverse", name, outcomes, again)
		}
	}
}
