package explore

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/transcript"
)

// A program that cannot be explored is refused with one sentence that says why. Each of
// these would make a result worthless, or the search endless.
func TestProgramsThatCannotBeExplored(t *testing.T) {
	kept := 0
	seen := map[string]string{}
	for i := range 20 {
		seen["key"+strconv.Itoa(i)] = ""
	}
	for _, c := range []struct {
		name string
		run  run
		want string
	}{
		{"reads the machine's clock", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			_, err := conn.Do(ctx, "SET", "k", strconv.FormatInt(time.Now().UnixNano(), 10))
			return "", err
		}, "it is not deterministic: after the same replies it does SET k "},
		{"depends on the order of a map", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			for key := range seen {
				if _, err := conn.Do(ctx, "GET", key); err != nil {
					return "", err
				}
			}
			return "done", nil
		}, "it is not deterministic: after the same replies it does GET key"},
		{"counts its requests", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			kept++
			_, err := conn.Do(ctx, "SET", "k", strconv.Itoa(kept))
			return "", err
		}, "it is not deterministic: after the same replies it does SET k 1 once and SET k 2 another time"},
		{"recovers and ends", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (_ string, _ error) {
			defer func() { _ = recover() }()
			_, err := conn.Do(ctx, "GET", "k")
			return "", err
		}, "it recovers from panics, by which it is stopped between two steps"},
		{"recovers and goes on", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			func() {
				defer func() { _ = recover() }()
				_, _ = conn.Do(ctx, "GET", "k")
			}()
			_, err := conn.Do(ctx, "GET", "k")
			return "", err
		}, "it recovers from panics, by which it is stopped between two steps"},
		{"recovers from a refusal", func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
			_, _ = conn.Do(ctx, "GET", "k")
			defer func() { _ = recover() }()
			for {
				env.ID()
			}
		}, "it recovers from panics, by which it is stopped between two steps"},
		{"waits in a loop", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			for {
				if r, err := conn.Do(ctx, "GET", "k"); err != nil || !r.IsNil() {
					return "", err
				}
			}
		}, "a request takes more than 100 steps: it waits for others in a loop, which cannot be exhausted"},
		{"waits for its clock", func(_ context.Context, _ drivers.Conn, env algorithms.Env) (string, error) {
			for start := env.Now(); env.Now().Sub(start) < time.Hour; {
			}
			return "", nil
		}, "a request takes more than 100 steps"},
		{"sends what the model does not have", sends(drivers.Cmd("GET", "k"), drivers.Cmd("GEOADD", "k", "1", "2", "here")),
			"it sends GEOADD k 1 2 here: the model of Redis does not have the command GEOADD"},
		{"sends it in a transaction", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			_, err := conn.Multi(ctx, drivers.Cmd("INCR", "k"), drivers.Cmd("PFADD", "k", "1"))
			return "", err
		}, "it sends MULTI · INCR k · PFADD k 1 · EXEC: the model of Redis does not have the command PFADD"},
		{"sends it in a script", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			return "", conn.Eval(ctx, drivers.NewScript("return redis.call('PFCOUNT', KEYS[1])"), []string{"k"}, nil, nil)
		}, "the model of Redis does not have the command PFCOUNT"},
		{"does nothing", sends(), "it ends without a step: there is nothing to interleave"},
		{"panics", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			r, err := conn.Do(ctx, "GET", "k")
			return r.Items[3].Text, err
		}, "it panics: runtime error: index out of range [3] with length 0"},
		{"draws many ids", func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
			for range 9 {
				if _, err := conn.Do(ctx, "SET", "k", env.ID(), "PX", "1000"); err != nil {
					return "", err
				}
			}
			return "", nil
		}, "a request draws more than 8 ids"},
		{"makes an id longer", func(ctx context.Context, conn drivers.Conn, env algorithms.Env) (string, error) {
			_, err := conn.Do(ctx, "SET", "k", env.ID()+"7", "PX", "1000")
			return "", err
		}, "it sends an id with a digit right behind it: where the id ends could not be told"},
		{"runs many scripts", func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			for i := range 9 {
				if err := conn.Eval(ctx, drivers.NewScript("return "+strconv.Itoa(i)), nil, nil, make([]int64, 1)); err != nil {
					return "", err
				}
			}
			return "", nil
		}, "it runs more than 8 scripts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(roles(nil, c.run, sends(drivers.Cmd("GET", "k"))), limit(1), DefaultBudget).Explore(t.Context(), Scenario{})
			refused(t, err, "explore test/program: ", c.want)
		})
	}
}

func refused(t *testing.T, err error, prefix, want string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), prefix) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want %s... %s", err, prefix, want)
	}
	if errors.Is(err, ErrBound) {
		t.Error("it is taken for a bound")
	}
}

// Every way into a search refuses a subject, and none leaves it half prepared.
func TestEveryEntryRefuses(t *testing.T) {
	x := New(roles(nil, sends(drivers.Cmd("GET", "k")), sends(drivers.Cmd("LOLWUT"))), limit(1), DefaultBudget)
	for range 2 {
		_, explored := x.Explore(t.Context(), Scenario{})
		_, _, enumerated := x.enumerate(Scenario{}, 10)
		for _, err := range []error{explored, enumerated, x.EachEdge(Scenario{}, nil), x.Representatives(Scenario{}, 1, nil)} {
			refused(t, err, "explore test/program: ", "does not have the command LOLWUT")
		}
	}
	_, err := Suite{Subjects: []Subject{x.subject}, Scenarios: Scenarios(), Limits: []algorithms.Limit{limit(1)}, Budget: DefaultBudget}.Run(t.Context())
	refused(t, err, "explore test/program: ", "does not have the command LOLWUT")
}

// A limiter may keep nothing between requests either, nor share it between clients.
func TestLimiterThatRemembersIsRefused(t *testing.T) {
	a, technique := fixedWindow(t, "naive")
	open := technique.New
	technique.New = func(conn drivers.Conn, l algorithms.Limit, env algorithms.Env) algorithms.Limiter {
		return &remembers{Limiter: open(conn, l, env)}
	}
	s, err := Limiter(a, technique)
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(s, limit(1), DefaultBudget).Explore(t.Context(), scenario(t, "race"))
	refused(t, err, "explore fixedwindow/naive: ", "it is not deterministic")
}

// remembers asks the server every second time.
type remembers struct {
	algorithms.Limiter
	before bool
}

func (r *remembers) Allow(ctx context.Context, key string, n int64) (algorithms.Decision, error) {
	if r.before = !r.before; !r.before {
		return algorithms.Decision{Allowed: true}, nil
	}
	return r.Limiter.Allow(ctx, key, n)
}

func fixedWindow(t *testing.T, technique string) (algorithms.Algorithm, algorithms.Technique) {
	t.Helper()
	a := all.Algorithms()[0]
	found, err := a.Technique(technique)
	if err != nil {
		t.Fatal(err)
	}
	return a, found
}

func TestTechniquesThatAreNoSubjects(t *testing.T) {
	a, open := fixedWindow(t, "naive")
	open.New = nil
	open.Open = func(context.Context, drivers.Endpoints, drivers.Options, algorithms.Limit) (algorithms.Limiter, error) {
		return nil, nil
	}
	_, silent := fixedWindow(t, "naive")
	silent.NoServer = true
	_, err := Limiter(a, open)
	refused(t, err, "fixedwindow/naive", " brings its own Redis client: what it sends cannot be put in order, so it cannot be explored")
	_, err = Limiter(a, silent)
	refused(t, err, "fixedwindow/naive", " never talks to a server: there is nothing to interleave")
}

// What a state has no room for must not wrap around.
func TestScenariosBeyondTheirBounds(t *testing.T) {
	for _, c := range []struct {
		scenario Scenario
		want     string
	}{
		{Scenario{Clients: 0, Requests: 1}, "0 clients, want 1 to 5"},
		{Scenario{Clients: -1, Requests: 1}, "-1 clients, want 1 to 5"},
		{Scenario{Clients: MaxClients + 1, Requests: 1}, "6 clients, want 1 to 5"},
		{Scenario{Clients: 1, Requests: 0}, "0 requests of each client, want 1 to 255"},
		{Scenario{Clients: 1, Requests: 256}, "256 requests of each client, want 1 to 255"},
	} {
		_, err := exploration(t, "fixedwindow/lua", 1).Explore(t.Context(), c.scenario)
		refused(t, err, "explore fixedwindow/lua: ", c.want)
	}
}

// An eviction of the 129th key must not be taken for another.
func TestEventsThatMayHappenInManyWays(t *testing.T) {
	fills := func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
		var cmds []drivers.Command
		for i := range 129 {
			cmds = append(cmds, drivers.Cmd("SET", "key"+strconv.Itoa(i), "1", "PX", "1000"))
		}
		if _, err := conn.Multi(ctx, cmds...); err != nil {
			return "", err
		}
		_, err := conn.Do(ctx, "GET", "key0")
		return "done", err
	}
	x := New(roles(nil, fills), limit(1), DefaultBudget)
	_, err := x.Explore(t.Context(), Scenario{Events: map[Event]int{Evict: 1}})
	refused(t, err, "explore test/program: ", "evict may happen in more than 128 ways")
	p := transcript.Params{Limit: 1, WindowMS: 1000, Burst: 1, Clients: 1, Requests: 1}
	for _, key := range []string{"key0", "key98", "key99"} { // key99 is the last in order of names
		tr := transcript.Trace{Params: p, T0US: int64(Epoch), Schedule: []string{"A", "evict " + key}}
		again, err := Play(x.subject, tr)
		switch {
		case key == "key99":
			refused(t, err, "play trace: ", "it cannot happen there")
		case err != nil || len(again.Final) != 128 || again.Steps[1].Op != "evicts "+key:
			t.Errorf("%s: %d keys are left, error %v", key, len(again.Final), err)
		}
	}
}

// Programs that are not alone with Redis would hang the search, end the process, or run in
// another time than the server.
func TestProgramsThatDoMoreThanTalkToRedis(t *testing.T) {
	patience = 50 * time.Millisecond
	t.Cleanup(func() { patience = 10 * time.Second })
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	for name, c := range map[string]struct {
		run  run
		want string
	}{
		"waits for something else": {func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			<-never
			return "", nil
		}, "it takes no step for 50ms"},
		"waits for another goroutine": {func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			done := make(chan struct{})
			go func() { defer close(done); _, _ = conn.Do(ctx, "GET", "k") }()
			<-done
			return "", nil
		}, "it sends commands from a goroutine of its own"},
		"sends the machine's time": {func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			_, err := conn.Do(ctx, "GET", "k:"+strconv.FormatInt(time.Now().Unix(), 10))
			return "", err
		}, "which holds the time of this machine"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(roles(nil, c.run), limit(1), DefaultBudget).Explore(t.Context(), Scenario{Clients: 1, Requests: 1})
			refused(t, err, "explore test/program: ", c.want)
		})
	}
}

// A limiter that only errs breaks no limit, and must not be called clean.
func TestLimitersThatErrAloneAreRefused(t *testing.T) {
	for name, script := range map[string]string{
		"does not compile":       "return 1)",
		"answers nil for denied": "local n = redis.call('INCR', KEYS[1]) redis.call('PEXPIRE', KEYS[1], 1000) return n <= 1",
	} {
		t.Run(name, func(t *testing.T) {
			s := subject(t, "fixedwindow/lua")
			s.Name = "test/limiter"
			s.roles = []role{{open: func(c drivers.Conn, _ algorithms.Limit, _ algorithms.Env) func(context.Context) answer {
				return func(ctx context.Context) answer {
					err := c.Eval(ctx, drivers.NewScript(script), []string{"k"}, nil, make([]int64, 1))
					o := algorithms.OutcomeOf(algorithms.Decision{Allowed: true}, err)
					return answer{o, o.String()}
				}
			}}}
			_, err := New(s, limit(1), DefaultBudget).Explore(t.Context(), scenario(t, "race"))
			refused(t, err, "explore test/limiter: ", "of a client that is alone ends in an error")
		})
	}
}
