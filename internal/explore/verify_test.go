package explore

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// sample is the trace of a counterexample.
func sample(t testing.TB, name, in string, p Property) transcript.Trace {
	t.Helper()
	x := exploration(t, name, 1)
	g, err := x.Explore(t.Context(), scenario(t, in))
	if err != nil {
		t.Fatal(err)
	}
	way, err := g.Minimal(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := g.Trace(p, way)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// Whatever somebody changes in a trace is noticed, and the error says where.
func TestVerifyRefusesWhatWasEdited(t *testing.T) {
	naive := subject(t, "fixedwindow/naive")
	for _, c := range []struct {
		name string
		edit func(*transcript.Trace)
		want string
	}{
		{"a reply", func(t *transcript.Trace) { t.Steps[1].Reply = `"7"` }, `step 2 of the trace is not what fixedwindow/naive does: its reply is "\"7\"", and should be `},
		{"a command", func(t *transcript.Trace) { t.Steps[0].Commands[0][1] = "other" }, "step 1 of the trace is not what fixedwindow/naive does: its commands is "},
		{"a keyspace", func(t *transcript.Trace) { t.Steps[3].After[0].Value = "0" }, "step 4 of the trace is not what fixedwindow/naive does: its keyspace_after is "},
		{"an outcome", func(t *transcript.Trace) { t.Steps[len(t.Steps)-1].Outcome = "denied" }, `its outcome is "denied", and should be "allowed"`},
		{"the last keyspace", func(t *transcript.Trace) { t.Final = []modelredis.Entry{} }, "the trace is not what fixedwindow/naive does: its final_keyspace is []"},
		{"the schedule's order", func(t *transcript.Trace) { t.Schedule[3], t.Schedule[4] = "A", "B" }, `step 4 of the trace is not what fixedwindow/naive does: its actor is "B", and should be "A"`},
		{"a choice less", func(t *transcript.Trace) { t.Schedule = t.Schedule[1:] }, "step 1 of the trace is not what fixedwindow/naive does"},
		{"no choices", func(t *transcript.Trace) { t.Schedule = nil }, "the trace has 5 steps, but its schedule takes 0"},
		{"a step less", func(t *transcript.Trace) { t.Steps = t.Steps[:4] }, "the trace is not what fixedwindow/naive does: its steps is "},
		{"a choice more", func(t *transcript.Trace) { t.Schedule = append(t.Schedule, "C") }, `play trace: choice 6, "C": there is no such client`},
		{"no client", func(t *transcript.Trace) { t.Schedule[0] = "" }, `play trace: choice 1, "": it cannot happen there`},
		{"an event of no client", func(t *transcript.Trace) { t.Schedule[0] = "A evict" }, `play trace: choice 1, "A evict": it is nothing that a client can do`},
		{"a read that is sent again", func(t *transcript.Trace) { t.Schedule[0] = "A resend" }, `play trace: choice 1, "A resend": it cannot happen there`},
		{"an eviction of nothing", func(t *transcript.Trace) { t.Schedule[0] = "evict key" }, `play trace: choice 1, "evict key": it cannot happen there`},
		{"a failover without writes", func(t *transcript.Trace) { t.Schedule[0] = "failover 1" }, `play trace: choice 1, "failover 1": it cannot happen there`},
		{"a failover of none", func(t *transcript.Trace) { t.Schedule[0] = "failover 0" }, `play trace: choice 1, "failover 0": it cannot happen there`},
		{"an arrival of nothing", func(t *transcript.Trace) { t.Schedule[0] = "late-effect 1" }, `play trace: choice 1, "late-effect 1": it cannot happen there`},
		{"a tick that is not there", func(t *transcript.Trace) { t.Schedule[0] = "tick" }, `play trace: choice 1, "tick": it cannot happen there`},
		{"an unused tick", func(t *transcript.Trace) { t.Ticks = []int64{5} }, "the trace is not what fixedwindow/naive does: its ticks is [5], and should be []"},
		{"the limit", func(t *transcript.Trace) { t.Params.Limit = 2 }, "the trace is not what fixedwindow/naive does: its promise is "},
		{"a limit of none", func(t *transcript.Trace) { t.Params.Limit = 0 }, "play trace: "},
		{"the window", func(t *transcript.Trace) { t.Params.WindowMS = 2000 }, `step 4 of the trace is not what fixedwindow/naive does: its commands is [["PEXPIRE","rl{u}:w","1000"]], and should be [["PEXPIRE","rl{u}:w","2000"]]`},
		{"a window that overflows", func(t *transcript.Trace) { t.Params.WindowMS = math.MaxInt64 / 4 }, "play trace: a window of 2305843009213693951 ms is too long"},
		{"the cost", func(t *transcript.Trace) { t.Params.Cost = 2 }, "the trace is not what fixedwindow/naive does: its params is "},
		{"no clients", func(t *transcript.Trace) { t.Params.Clients = 0 }, "play trace: it has 0 clients, want 1 to 5"},
		{"many clients", func(t *transcript.Trace) { t.Params.Clients = 9 }, "play trace: it has 9 clients, want 1 to 5"},
		{"no requests", func(t *transcript.Trace) { t.Params.Requests = 0 }, "0 requests of each client, want 1 to 255"},
		{"many requests", func(t *transcript.Trace) { t.Params.Requests = 256 }, "256 requests of each client, want 1 to 255"},
		{"a skew that nobody sees", func(t *transcript.Trace) { t.Skew = map[string]int64{"A": 5} }, ""},
		{"a skew of nobody", func(t *transcript.Trace) { t.Skew = map[string]int64{"": 5} }, `play trace: the clock of "" cannot be off by 5 us`},
		{"a skew of no client", func(t *transcript.Trace) { t.Skew = map[string]int64{"C": 5} }, `play trace: the clock of "C" cannot be off by 5 us`},
		{"a skew beyond time", func(t *transcript.Trace) { t.Skew = map[string]int64{"A": math.MaxInt64} }, `play trace: the clock of "A" cannot be off by 9223372036854775807 us`},
		{"two skews", func(t *transcript.Trace) { t.Skew = map[string]int64{"A": 5, "B": 5} }, "play trace: the clocks of 2 clients are off, want one at most"},
		{"a microsecond that nobody sees", func(t *transcript.Trace) { t.T0US++ }, ""},
		{"another millisecond", func(t *transcript.Trace) { t.T0US += 1000 }, "step 4 of the trace is not what fixedwindow/naive does: its keyspace_after is "},
		{"an instant before time", func(t *transcript.Trace) { t.T0US = -1 }, "play trace: its instant 0 is 0 us after -1 us"},
		{"an instant beyond time", func(t *transcript.Trace) { t.T0US = math.MaxInt64 }, "play trace: its instant 0 is 0 us after 9223372036854775807 us"},
		{"a tick beyond time", func(t *transcript.Trace) { t.Ticks = []int64{math.MaxInt64} }, "play trace: its instant 1 is 9223372036854775807 us after"},
		{"a tick back", func(t *transcript.Trace) { t.Ticks = []int64{5, 4} }, "play trace: its instant 2 is 4 us after"},
		{"many ticks", func(t *transcript.Trace) { t.Ticks = make([]int64, 200) }, "the clock stops at 201 instants, want 127 at most"},
		{"the property", func(t *transcript.Trace) { t.Property = string(WithoutTTL) }, "the trace is not what fixedwindow/naive does: its violation is "},
		{"the violation", func(t *transcript.Trace) { t.Violation = "2" }, `its violation is "2", and should be "2 requests were admitted at the same instant, where the promise lets 1 through"`},
		{"the events", func(t *transcript.Trace) { t.Events = 1 }, "the trace is not what fixedwindow/naive does: its events is 1, and should be 0"},
		{"the preemptions", func(t *transcript.Trace) { t.Preemptions = 0 }, "the trace is not what fixedwindow/naive does: its preemptions is 0, and should be 1"},
		{"a client that died", func(t *transcript.Trace) { t.Crashed = []string{"A"} }, `its crashed is ["A"], and should be absent`},
		{"a script", func(t *transcript.Trace) { t.Scripts = map[string]string{"x": "y"} }, "the trace is not what fixedwindow/naive does: its scripts is "},
		{"the schema", func(t *transcript.Trace) { t.Schema = 0 }, "its schema is 0, and should be 1"},
		{"the server", func(t *transcript.Trace) { t.ServerVersion, t.TimeEmulated = "7.0.15", true }, ""},
		{"nothing", func(*transcript.Trace) {}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := sample(t, "fixedwindow/naive", "race", Overshoot)
			c.edit(&tr)
			err := Verify(naive, tr)
			if c.want == "" && err == nil {
				return
			}
			if c.want == "" || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v\nwant  %s", err, c.want)
			}
		})
	}
}

func TestVerifyRefusesAnotherSubject(t *testing.T) {
	tr := sample(t, "fixedwindow/naive", "race", Overshoot)
	for name, want := range map[string]string{
		"fixedwindow/lua":   `play trace: choice 3, "B": the client has ended its requests`,
		"fixedwindow/multi": "step 1 of the trace is not what fixedwindow/multi does: its commands is ",
		"slidinglog/naive":  "step 1 of the trace is not what slidinglog/naive does: its commands is ",
		"session/get-setex": `play trace: choice 3, "B": the client has ended its requests`,
	} {
		if err := Verify(subject(t, name), tr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	tr.Params.Requests = 2
	if err := Verify(subject(t, "session/get-setex"), tr); err == nil || !strings.Contains(err.Error(), "has 2 clients with 1 requests, the trace 2 with 2") {
		t.Errorf("error %v, want that a pattern's bounds are its own", err)
	}
}

// The instants of a trace are its own: a tick less is another schedule.
func TestVerifyRefusesOtherTicks(t *testing.T) {
	good := sample(t, "fixedwindow/multi-ttl", "window", FalseRejection)
	for name, edit := range map[string]func(*transcript.Trace){
		"a tick less":  func(t *transcript.Trace) { t.Ticks = t.Ticks[:1] },
		"another tick": func(t *transcript.Trace) { t.Ticks[0]++ },
		"no ticks":     func(t *transcript.Trace) { t.Ticks = nil },
		"a choice less": func(t *transcript.Trace) {
			t.Schedule = slices.DeleteFunc(t.Schedule, func(w string) bool { return w == "tick" })
		},
	} {
		tr := good
		tr.Ticks, tr.Schedule = slices.Clone(good.Ticks), slices.Clone(good.Schedule)
		edit(&tr)
		if err := Verify(subject(t, tr.Subject), tr); err == nil {
			t.Errorf("%s is not noticed", name)
		}
	}
}

// A trace is the same when it is played by somebody who knows nothing but the trace,
// whatever was explored when it was found: names of ids, scripts, what may happen.
func TestTracesStandAlone(t *testing.T) {
	for _, c := range []struct {
		subject, scenario string
		property          Property
	}{
		{"slidinglog/add-then-remove", "race-3", FalseRejection}, // ids whose names are free again
		{"slidinglog/add-then-remove", "failover", Overshoot},
		{"slidinglog/multi-add-first", "eviction", Overshoot},
		{"gcra/cas", "death", WithoutTTL}, // one of two scripts runs
		{"gcra/cas", "empty-restart", Overshoot},
		{"fixedwindow/lua", "empty-restart", Overshoot},
		{"fixedwindow/incr-expire", "late-effect", WithoutTTL},
		{"cacheaside/lease", "failover", Promise},
		{"tokenbucket/lua-client-clock", "clock-behind", FalseRejection},
	} {
		if err := Verify(subject(t, c.subject), sample(t, c.subject, c.scenario, c.property)); err != nil {
			t.Errorf("%s in %s: %v", c.subject, c.scenario, err)
		}
	}
}

// A server that forgot its scripts before anybody sent one knows none.
func TestForgettingScriptsThatNobodySentYet(t *testing.T) {
	tr := transcript.Trace{Params: transcript.Params{Limit: 1, WindowMS: 1000, Burst: 1, Cost: 1, Clients: 2, Requests: 1},
		T0US: int64(Epoch), Schedule: []string{"forget-lua", "A", "A", "A", "A", "A"}}
	played, err := Play(subject(t, "cacheaside/lease"), tr)
	if err != nil {
		t.Fatal(err)
	}
	if last := played.Steps[4].Reply; !strings.Contains(last, "NOSCRIPT") {
		t.Errorf("the script is answered %q, want NOSCRIPT", last)
	}
	if last := played.Steps[5]; last.Commands[0][0] != "EVAL" || last.Outcome != "old" {
		t.Errorf("then %+v, want EVAL to work", last)
	}
}

// Whatever is decoded from JSON is played or refused, and never panics.
func FuzzPlay(f *testing.F) {
	samples := []transcript.Trace{
		sample(f, "fixedwindow/multi-ttl", "window", FalseRejection), sample(f, "fixedwindow/incr-expire", "late-effect", WithoutTTL),
		sample(f, "slidinglog/multi-add-first", "eviction", Overshoot), sample(f, "gcra/cas", "failover", WithoutTTL),
		sample(f, "tokenbucket/lua-client-clock", "clock-behind", FalseRejection), sample(f, "cacheaside/lease", "failover", Promise),
	}
	subjects := map[string]Subject{}
	for _, tr := range samples {
		subjects[tr.Subject] = subject(f, tr.Subject)
		var b bytes.Buffer
		if err := transcript.Write(&b, tr); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
		for _, edit := range []func(*transcript.Trace){
			func(t *transcript.Trace) { t.Skew = map[string]int64{"": math.MinInt64} },
			func(t *transcript.Trace) { t.Skew, t.T0US = map[string]int64{"A": -1}, 0 },
			func(t *transcript.Trace) { t.T0US, t.Params.WindowMS = lastInstant, math.MaxInt64 },
			func(t *transcript.Trace) {
				t.T0US, t.Ticks, t.Schedule = lastInstant-1, []int64{0, 1}, []string{"tick", "A", "tick", "A", "B"}
			},
			func(t *transcript.Trace) { t.Ticks = make([]int64, 300) },
			func(t *transcript.Trace) { t.Params.Requests = math.MaxInt },
			func(t *transcript.Trace) {
				t.Schedule = slices.Repeat([]string{"step-clock", "forget-lua", "lose-state"}, 200)
			},
			func(t *transcript.Trace) { t.Schedule = []string{"A", "failover 9223372036854775807"} },
		} {
			odd := tr
			edit(&odd)
			raw, err := json.Marshal(odd)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var tr transcript.Trace
		if json.Unmarshal(raw, &tr) != nil || len(tr.Schedule) > 1000 {
			return
		}
		of, known := subjects[tr.Subject]
		if !known {
			of = subjects["gcra/cas"]
		}
		played, err := Play(of, tr)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %v", err)
			}
			return
		}
		// What was played is its own record.
		if err := Verify(of, played); err != nil {
			t.Errorf("%v\n%s", err, raw)
		}
	})
}

// A trace that breaks nothing is no counterexample, and neither is one of a scenario that
// nobody knows.
func TestCounterexamplesBreakSomething(t *testing.T) {
	for name, edit := range map[string]func(*transcript.Trace){
		"breaks":                       func(*transcript.Trace) {},
		"does not say how \"promise\"": func(t *transcript.Trace) { t.Property, t.Violation = "promise", "" },
		"its violation is":             func(t *transcript.Trace) { t.Property = "promise" },
		"no scenario \"lies\"":         func(t *transcript.Trace) { t.Scenario = "lies" },
	} {
		tr := sample(t, "fixedwindow/naive", "race", Overshoot)
		edit(&tr)
		err := VerifyBroken(subject(t, "fixedwindow/naive"), tr)
		if (err == nil) != (name == "breaks") || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %s", err, name)
		}
	}
}
