package check

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/history"
)

// process is a server that holds one key of a correct limiter and numbers the steps.
type process struct {
	node int64
	// states are what the key was after each step.
	states []spec
	steps  []*ran
	copied int
}

func (p *process) own() []*ran { return p.steps[p.copied:] }

// ran is a step; its address tells it from others, wherever it was copied to.
type ran struct{ answered, acknowledged bool }

func firstProcess(c algorithms.Contract) *process {
	return &process{node: 1, states: []spec{newSpec(c)}}
}

// successor begins with a copy that ends after some of the steps.
func (p *process) successor(copied int) *process {
	return &process{node: p.node + 1, states: slices.Clone(p.states[:copied+1]), steps: slices.Clone(p.steps[:copied]), copied: copied}
}

// decide runs the step of an event. Its answer is lost if it was drawn as unknown.
func (p *process) decide(c algorithms.Contract, now int64, e *event) {
	lost := e.Outcome == algorithms.Unknown
	state := p.states[len(p.states)-1].clone()
	e.Outcome = answer(decideFully(state, c, now, e))
	p.states = append(p.states, state)
	p.steps = append(p.steps, &ran{!lost, !lost && e.Outcome == algorithms.Allowed})
	e.Node, e.Seq = p.node, int64(len(p.steps))
	if lost {
		e.Op = history.Op{Intended: e.Inv, Inv: e.Inv, Ret: e.Ret, Key: e.Key, Cost: e.Cost}
	}
}

// outage is how one process took over from another.
type outage struct {
	// began to healed is the fault; from took on the next process serves. A split brain
	// lets the one before serve until the fault is healed, else it is dead.
	began, took, healed int64
	split, empty        bool
}

// tinyOutages are one or two, within 30 ms.
func tinyOutages(rng *rand.Rand) (list []outage) {
	at := int64(0)
	for range 1 + rng.IntN(2) {
		o := outage{split: rng.IntN(3) == 0, empty: rng.IntN(4) == 0}
		o.began = at + 5e6 + rng.Int64N(10e6)
		o.took = o.began + rng.Int64N(4e6)
		o.healed = o.took + rng.Int64N(6e6)
		list, at = append(list, o), o.healed
	}
	return list
}

// group is the processes that served a key, one after the other.
type group struct {
	contract algorithms.Contract
	all      []*process
	outages  []outage
	rng      *rand.Rand
	ahead    int64
	// step runs an event on a process; a mutant replaces it.
	step func(*process, *event)
}

func newGroup(rng *rand.Rand, c algorithms.Contract, outages []outage) *group {
	g := &group{contract: c, all: []*process{firstProcess(c)}, outages: outages, rng: rng, ahead: 1e9}
	g.step = func(p *process, e *event) { p.decide(c, g.ahead+e.effect, e) }
	return g
}

// serve sends an event to a process that is alive when it takes effect.
func (g *group) serve(e *event) {
	for len(g.all) <= len(g.outages) && e.effect >= g.outages[len(g.all)-1].took {
		g.promote(g.outages[len(g.all)-1])
	}
	if n := len(g.all); n > 1 {
		if o := g.outages[n-2]; o.split && e.effect < o.healed && g.rng.IntN(2) == 0 {
			g.step(g.all[n-2], e)
			return
		}
	}
	if n := len(g.all); n <= len(g.outages) && !g.outages[n-1].split && e.effect >= g.outages[n-1].began {
		if e.Outcome != algorithms.Unknown {
			e.Outcome = algorithms.Failed
		}
		return
	}
	g.step(g.all[len(g.all)-1], e)
}

// promote loses the last few steps, or all.
func (g *group) promote(o outage) {
	last := g.all[len(g.all)-1]
	copied := max(0, len(last.steps)-g.rng.IntN(5))
	if o.empty {
		copied = 0
	}
	g.all = append(g.all, last.successor(copied))
}

// forgotten counts the acknowledged admissions that the last process which answered does
// not know.
func (g *group) forgotten() (n int64) {
	seen := map[*ran]bool{}
	last := 0
	for i, p := range g.all {
		if slices.ContainsFunc(p.own(), func(s *ran) bool { return s.answered }) {
			last = i
		}
	}
	for _, s := range g.all[last].steps {
		seen[s] = true
	}
	for _, p := range g.all {
		for _, s := range p.steps {
			if s.acknowledged && !seen[s] {
				n++
			}
			seen[s] = true
		}
	}
	return n
}

// history of the events, and the faults in it.
func (g *group) history(events []event) *history.History {
	h := readAt(record(g.contract, 1, events, g.serve), g.ahead)
	for _, o := range g.outages {
		h.Trial.Faults = append(h.Trial.Faults, history.Fault{Name: "kill", BeganNS: o.began, EffectNS: o.began + 1, HealedNS: o.healed})
	}
	return h
}

// tinyGroup is a correct limiter whose servers fail, and what is asked of it.
func tinyGroup(rng *rand.Rand, kind algorithms.Kind) (*group, []event) {
	c := tiny(rng, kind)
	c.Granularity = contractOf(kind, c.Limit).Granularity
	c.ChargesDenied = kind != algorithms.Bucket && rng.IntN(4) == 0
	events := tinyEvents(rng, c, 6+rng.IntN(20), 1)
	for i := range events {
		e := &events[i]
		e.Inv /= 3
		e.Ret = e.Inv + latency(rng)
		e.Intended = e.Inv
		switch {
		case e.effect == never:
		case e.Outcome == algorithms.Unknown:
			e.effect = e.Inv + latency(rng) // its server may have been paused
		default:
			e.effect = e.Inv + rng.Int64N(e.Ret-e.Inv+1)
		}
	}
	// The first process is used before the second, so that the order is known.
	events[0] = event{Op: history.Op{Inv: 1, Ret: 2, Cost: 1}, effect: 1}
	events[0].Outcome = algorithms.Denied
	return newGroup(rng, c, tinyOutages(rng)), events
}

// TestServersThatForget: a correct limiter is never accused of what its servers did, and
// what they forgot is counted.
func TestServersThatForget(t *testing.T) {
	const trials = 10_000
	for _, kind := range replayedKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(11, 0))
			broken, lossy, certain, compared := 0, 0, 0, int64(0)
			for i := range trials {
				g, events := tinyGroup(rng, kind)
				h := g.history(events)
				h.Trial.Cause = causeLostWrites // what does not race can have no other
				r, forgotten := Judge(h), g.forgotten()
				if flaw := unjust(r, forgotten, serversOf(h)); flaw != "" {
					t.Fatalf("history %d: %s; %d were forgotten\n%+v\n%+v\n%+v\n%+v", i, flaw, forgotten, r.Lost, r.Findings, h.Trial, h.Ops)
				}
				if found(r, "cause") {
					broken++
				}
				if forgotten > 0 {
					lossy++
				}
				if r.Lost != nil && r.Lost.Certain > 0 {
					certain++
				}
				for _, f := range r.Findings {
					compared += f.Compared
				}
			}
			t.Logf("%d trials: %d forgot, %d for certain, %d broke the contract, %d decisions replayed", trials, lossy, certain, broken, compared)
			if broken < trials/40 || certain*2 < lossy || compared < trials {
				t.Error("the trials show too little")
			}
		})
	}
}

func found(r Report, checker string) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Checker == checker && f.Verdict == Invalid })
}

func serversOf(h *history.History) int {
	t := traceOf(h)
	if t == nil {
		return 0
	}
	return t.ranks
}

// unjust says what a report says wrongly about a correct limiter; empty if nothing.
func unjust(r Report, forgotten int64, servers int) string {
	for _, f := range r.Findings {
		switch {
		case strings.Contains(f.Reason, "crashed"):
			return f.Reason
		case f.Checker == "cause" && !strings.HasPrefix(f.Reason, "lost writes: "):
			return f.Reason
		case f.Checker == "cause" && forgotten == 0:
			return "a contract is broken although nothing was forgotten"
		case f.Overshoot != nil && f.Overshoot.Certain > 0 && f.Overshoot.Attribution != causeLostWrites:
			return "overshoot by " + f.Overshoot.Attribution
		case f.Verdict == Invalid && (f.Checker == replay || f.Checker == falseRejection):
			return f.Reason
		}
	}
	switch {
	case r.Repeated != nil && *r.Repeated > 0:
		return "a step was repeated"
	case r.Lost != nil && servers == 2 && (r.Lost.Certain > forgotten || r.Lost.Possible < forgotten):
		return "lost admissions are miscounted"
	}
	return ""
}

// TestClientsThatRepeat: nor is a correct limiter accused of what a client did that
// sends commands twice by itself. Its denials may be false.
func TestClientsThatRepeat(t *testing.T) {
	const trials = 3_000
	for _, kind := range replayedKinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(12, 0))
			repeated, broken := 0, 0
			for i := range trials {
				g, events := tinyGroup(rng, kind)
				once := g.step
				ran := int64(0)
				g.step = func(p *process, e *event) {
					ran++
					if rng.IntN(5) == 0 {
						twin := *e
						once(p, &twin)
						ran++
					}
					once(p, e)
				}
				h := g.history(events)
				h.Trial.Cell.Client = "default"
				r := Judge(h)
				for _, f := range r.Findings {
					if f.Verdict == Invalid && (f.Checker == replay || strings.HasPrefix(f.Reason, causeRace)) {
						t.Fatalf("history %d: %s\n%+v\n%+v", i, f.Reason, h.Trial, h.Ops)
					}
				}
				if r.Repeated != nil && *r.Repeated > 0 {
					repeated++
				}
				if r.Executed != nil && *r.Executed > ran {
					t.Fatalf("history %d: %d steps are said to have run, and %d did\n%+v\n%+v", i, *r.Executed, ran, h.Trial, h.Ops)
				}
				if found(r, "cause") {
					broken++
				}
			}
			t.Logf("%d trials: %d repeated for certain, %d broke the contract", trials, repeated, broken)
			if repeated < trials/10 || broken < trials/40 {
				t.Error("the trials show too little")
			}
		})
	}
}
