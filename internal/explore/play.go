package explore

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/internal/transcript"
)

// VerifyBroken is Verify for a trace that must be a counterexample, of a scenario that
// there is.
func VerifyBroken(s Subject, t transcript.Trace) error {
	known := func(sc Scenario) bool { return sc.Name == t.Scenario }
	switch {
	case t.Scenario != OwnScenario && !slices.ContainsFunc(Scenarios(), known):
		return fmt.Errorf("there is no scenario %q", t.Scenario)
	case t.Violation == "":
		return fmt.Errorf("the trace does not say how %q is broken", t.Property)
	}
	return Verify(s, t)
}

// Verify plays the schedule of a trace again and compares the record. The error says
// what is not as the trace has it: the subject is another one by now, or somebody has
// edited the trace.
func Verify(s Subject, t transcript.Trace) error {
	again, err := Play(s, t)
	if err != nil {
		return err
	}
	for i, step := range t.Steps {
		if i >= len(again.Steps) {
			return fmt.Errorf("the trace has %d steps, but its schedule takes %d", len(t.Steps), len(again.Steps))
		}
		if field, was, is := differs(step, again.Steps[i]); field != "" {
			return fmt.Errorf("step %d of the trace is not what %s does: its %s is %s, and should be %s", i+1, s.Name, field, was, is)
		}
	}
	// What the trace was not played to find is taken from it.
	again.Scenario, again.ServerVersion, again.TimeEmulated = t.Scenario, t.ServerVersion, t.TimeEmulated
	if field, was, is := differs(t, again); field != "" {
		return fmt.Errorf("the trace is not what %s does: its %s is %s, and should be %s", s.Name, field, was, is)
	}
	return nil
}

// differs names the first field in which two values differ as JSON.
func differs(a, b any) (field, was, is string) {
	x, y := fieldsOf(a), fieldsOf(b)
	for _, f := range x {
		if i := slices.IndexFunc(y, func(g [2]string) bool { return g[0] == f[0] }); i < 0 || y[i][1] != f[1] {
			is := "absent"
			if i >= 0 {
				is = y[i][1]
			}
			return f[0], f[1], is
		}
	}
	for _, g := range y {
		if !slices.ContainsFunc(x, func(f [2]string) bool { return f[0] == g[0] }) {
			return g[0], "absent", g[1]
		}
	}
	return "", "", ""
}

// fieldsOf are the names and texts of a value's fields, in order of the names.
func fieldsOf(v any) (list [][2]string) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a trace that was read is JSON
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		panic(err)
	}
	for name, raw := range fields {
		list = append(list, [2]string{name, string(raw)})
	}
	slices.SortFunc(list, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return list
}

// Play plays the schedule of a trace on the model and returns its record. The error
// says which choice cannot be made.
func Play(s Subject, t transcript.Trace) (_ transcript.Trace, err error) {
	l, err := limitOf(t.Params)
	if err != nil {
		return transcript.Trace{}, fmt.Errorf("play trace: %w", err)
	}
	b, err := boundsOf(s, l, t)
	if err != nil {
		return transcript.Trace{}, fmt.Errorf("play trace: %w", err)
	}
	x := New(s, l, DefaultBudget)
	defer x.catch(&err)
	r := x.newRecorder(b)
	if err := r.play(t.Schedule); err != nil {
		return transcript.Trace{}, fmt.Errorf("play trace: %w", err)
	}
	again := r.trace()
	again.Property = t.Property
	again.Violation = r.violation(Property(t.Property))
	return again, nil
}

// limitOf is the limit of a trace; any for a pattern, which knows none.
func limitOf(p transcript.Params) (algorithms.Limit, error) {
	if p.Limit == 0 && p.WindowMS == 0 && p.Burst == 0 {
		return algorithms.NewLimit(1, time.Second), nil
	}
	l := algorithms.Limit{L: p.Limit, W: time.Duration(p.WindowMS) * time.Millisecond, B: p.Burst}
	if l.W.Milliseconds() != p.WindowMS {
		return l, fmt.Errorf("a window of %d ms is too long", p.WindowMS)
	}
	return l, l.Validate()
}

// lastInstant is the last that a history can hold, in nanoseconds, and that a script
// can compute with, in microseconds: in the year 2255.
const lastInstant = 1 << 53

// boundsOf are the bounds in which a trace can be played.
func boundsOf(s Subject, l algorithms.Limit, t transcript.Trace) (b bounds, err error) {
	if c := t.Params.Clients; c < 1 || c > MaxClients {
		return b, fmt.Errorf("it has %d clients, want 1 to %d", c, MaxClients)
	}
	b = Scenario{Clients: t.Params.Clients, Requests: t.Params.Requests, Deaths: MaxClients}.bounds(s, l)
	if b.clients != t.Params.Clients || b.requests != t.Params.Requests {
		return b, fmt.Errorf("%s has %d clients with %d requests, the trace %d with %d", s.Name, b.clients, b.requests, t.Params.Clients, t.Params.Requests)
	}
	b.instants = nil
	last := int64(0)
	for i, tick := range append([]int64{0}, t.Ticks...) {
		if t.T0US < 0 || t.T0US > lastInstant || tick < last || tick > lastInstant-t.T0US {
			return b, fmt.Errorf("its instant %d is %d us after %d us, want later ones in order, %d us at most", i, tick, t.T0US, int64(lastInstant))
		}
		b.instants, last = append(b.instants, algorithms.Instant(t.T0US+tick)), tick
	}
	if err := b.setSkew(t.Skew); err != nil {
		return b, err
	}
	return b.replaying(t.Schedule), nil
}

func (b *bounds) setSkew(skew map[string]int64) error {
	if len(skew) > 1 {
		return fmt.Errorf("the clocks of %d clients are off, want one at most", len(skew))
	}
	for name, us := range skew {
		i := slices.Index(clientNames[:b.clients], name)
		if i < 0 || us < -int64(b.instants[0]) || us > lastInstant {
			return fmt.Errorf("the clock of %q cannot be off by %d us", name, us)
		}
		b.skewed[i], b.skew = true, time.Duration(us)*time.Microsecond
	}
	return nil
}

// replaying are the bounds in which exactly the events of a schedule may happen. What may
// happen has to be the same whenever a schedule is played: the names of ids depend on it,
// for none is free that occurs in a keyspace which a failover may bring back.
func (b bounds) replaying(schedule []string) bounds {
	b.left, b.losses = [events]uint8{}, 1
	for _, word := range schedule {
		kind, rest, _ := strings.Cut(word, " ")
		if len(kind) == 1 { // a client
			kind = rest
		}
		e := eventOf(transcript.Kind(kind))
		if e < events && b.left[e] < math.MaxUint8 {
			b.left[e]++
		}
		if n, err := strconv.Atoi(rest); e == Failover && err == nil {
			b.losses = min(max(b.losses, n), math.MaxInt8)
		}
	}
	b.left[Tick] = uint8(min(len(b.instants)-1, math.MaxInt8))
	return b
}

// play takes the choices of a schedule.
func (r *recorder) play(schedule []string) error {
	for i, word := range schedule {
		a, err := r.parse(word)
		if err != nil {
			return fmt.Errorf("choice %d, %q: %w", i+1, word, err)
		}
		r.take(a)
	}
	return nil
}

// parse reads a choice as spell writes it, and checks that it can be made now.
func (r *recorder) parse(word string) (a action, err error) {
	first, rest, _ := strings.Cut(word, " ")
	if len(first) == 1 {
		return r.parseStep(int(first[0]-'A'), transcript.Kind(rest))
	}
	a.kind = transcript.Kind(first)
	ways := 0
	switch e := eventOf(a.kind); {
	case a.kind == transcript.LateEffect:
		ways = len(r.tables.abandoned.values[r.state.late])
	case e < events && !a.isStep() && r.state.left[e] > 0:
		ways = r.ways(&r.state, e)
	}
	which := 0
	switch a.kind {
	case transcript.Evict:
		which = slices.Index(r.tables.stores.values[r.state.store].mortal, rest)
	case transcript.Failover, transcript.LateEffect:
		n, err := strconv.Atoi(rest)
		if which = n - 1; err != nil {
			which = -1
		}
	}
	if which < 0 || which >= min(ways, math.MaxInt8+1) {
		return a, fmt.Errorf("it cannot happen there")
	}
	a.which = int8(which)
	return a, nil
}

func (r *recorder) parseStep(i int, kind transcript.Kind) (action, error) {
	a := action{kind: kind, who: int8(i)}
	if kind == "" {
		a.kind = transcript.Command
	}
	if i < 0 || i >= r.bounds.clients {
		return a, fmt.Errorf("there is no such client")
	}
	if r.state.clients[i].done() {
		return a, fmt.Errorf("the client has ended its requests")
	}
	if !a.isStep() {
		return a, fmt.Errorf("it is nothing that a client can do")
	}
	e := eventOf(a.kind)
	if begun := r.begun(r.state, i); a.isEvent() && (r.state.left[e] == 0 || !r.loseable(&begun, i, e)) {
		return a, fmt.Errorf("it cannot happen there")
	}
	return a, nil
}
