package patterns

import (
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// A program says all that a reader of its counterexample needs, and a broken one names
// a neighbour that is not.
func TestDescriptionsAreComplete(t *testing.T) {
	named := map[string]Program{}
	for _, p := range All() {
		name := p.Pattern + "/" + p.Name
		if _, twice := named[name]; twice {
			t.Errorf("there are two programs %s", name)
		}
		named[name] = p
		if p.Origin.Source == "" || p.Promise == "" || !strings.HasSuffix(p.About, ".") || len(p.Roles) < 2 {
			t.Errorf("%s: incomplete description %+v", name, p)
		}
		if (p.Origin.Flaw == "") != (p.Origin.Repair == "") {
			t.Errorf("%s has a flaw without a repair, or a repair without a flaw", name)
		}
	}
	for name, p := range named {
		if p.Origin.Repair == "" {
			continue
		}
		if repair, ok := named[p.Pattern+"/"+p.Origin.Repair]; !ok || repair.Origin.Flaw != "" {
			t.Errorf("%s: %s is not a repair", name, p.Origin.Repair)
		}
	}
}

// One client after the other keeps every promise: what is broken is broken by overlap.
func TestProgramsKeepTheirPromiseInTurn(t *testing.T) {
	conn := connect(t)
	for _, p := range All() {
		for name, roles := range map[string][]int{"in-order": {0, 1}, "reversed": {1, 0}} {
			t.Run(p.Pattern+"/"+p.Name+"/"+name, func(t *testing.T) {
				end := play(t, conn, p, roles)
				if broken := p.Judge(end); broken != "" {
					t.Errorf("%s, after %+v", broken, end)
				}
				for _, r := range end.Results {
					if r.Text == "" || r.Err {
						t.Errorf("a role ended with %+v", r)
					}
				}
			})
		}
	}
}

func connect(t *testing.T) drivers.Conn {
	t.Helper()
	at := drivers.Endpoints{Addrs: []string{providertest.Redis(t)}}
	conn, err := redigo.Driver{}.Open(t.Context(), at, drivers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// play runs the roles of a program one after the other on an empty server.
func play(t *testing.T, conn drivers.Conn, p Program, order []int) End {
	t.Helper()
	do(t, conn, "FLUSHALL")
	for _, cmd := range p.Seed {
		do(t, conn, cmd...)
	}
	env := algorithms.Env{Now: time.Now, ID: func() string { return "token" }}
	end := End{Results: make([]Result, len(p.Roles)), Keys: map[string]Key{}}
	for _, i := range order {
		inv := now(t, conn)
		text, err := p.Roles[i].Run(t.Context(), conn, env)
		end.Results[i] = Result{Text: text, Err: err != nil, Done: true, Inv: inv, Ret: now(t, conn)}
	}
	end.Now = now(t, conn)
	for _, key := range do(t, conn, "KEYS", "*").Items {
		end.Keys[key.Text] = Key{Value: do(t, conn, "GET", key.Text).Text, Deadline: do(t, conn, "PEXPIRETIME", key.Text).Int}
	}
	return end
}

func do(t *testing.T, conn drivers.Conn, cmd ...string) drivers.Reply {
	t.Helper()
	r, err := conn.Do(t.Context(), cmd...)
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return r
}

func now(t *testing.T, conn drivers.Conn) algorithms.Instant {
	t.Helper()
	at, err := algorithms.TimeOf(do(t, conn, "TIME"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

const t0 algorithms.Instant = 1_700_000_000_000_000

// done is the result of a role that ended at an instant.
func done(text string, at algorithms.Instant) Result {
	return Result{Text: text, Done: true, Inv: at, Ret: at}
}

func TestJudgeLife(t *testing.T) {
	alive := map[string]Key{session: {Value: alice}}
	for name, c := range map[string]struct {
		end    End
		broken bool
	}{
		"renewed":               {End{Results: []Result{done(valid, t0), {}}, Keys: alive, Now: t0}, false},
		"gone when it was due":  {End{Results: []Result{done(valid, t0), {}}, Now: t0.Add(sessionLife)}, false},
		"gone before it is due": {End{Results: []Result{done(valid, t0), {}}, Now: t0.Add(sessionLife - 1000)}, true},
		"the second's":          {End{Results: []Result{{}, done(valid, t0)}, Now: t0}, true},
		"was told":              {End{Results: []Result{done(invalid, t0), {}}, Now: t0}, false},
		"did not end":           {End{Results: []Result{{}, {}}, Now: t0}, false},
		"was answered an error": {End{Results: []Result{{Done: true, Err: true}, {}}, Now: t0}, false},
	} {
		if got := judgeLife(c.end); (got != "") != c.broken {
			t.Errorf("%s: %q, want broken %t", name, got, c.broken)
		}
	}
}

func TestJudgeLogout(t *testing.T) {
	alive := map[string]Key{session: {Value: alice}}
	out := done("logged out", t0)
	for name, c := range map[string]struct {
		end    End
		broken bool
	}{
		"logged out":            {End{Results: []Result{done(valid, t0), out}}, false},
		"resurrected":           {End{Results: []Result{done(valid, t0), out}, Keys: alive}, true},
		"by one that died":      {End{Results: []Result{{}, out}, Keys: alive}, true},
		"logout died":           {End{Results: []Result{done(valid, t0), {}}, Keys: alive}, false},
		"was answered an error": {End{Results: []Result{done(valid, t0), {Done: true, Err: true}}, Keys: alive}, false},
	} {
		if got := judgeLogout(c.end); (got != "") != c.broken {
			t.Errorf("%s: %q, want broken %t", name, got, c.broken)
		}
	}
}

func TestJudgeFresh(t *testing.T) {
	stale := map[string]Key{row: {Value: after}, cached: {Value: before}}
	written := done("written", t0)
	for name, c := range map[string]struct {
		end    End
		broken bool
	}{
		"nothing is cached":     {End{Results: []Result{done(before, t0), written}, Keys: map[string]Key{row: {Value: after}}}, false},
		"the same is cached":    {End{Results: []Result{done(after, t0), written}, Keys: map[string]Key{row: {Value: after}, cached: {Value: after}}}, false},
		"the old is cached":     {End{Results: []Result{done(before, t0), written}, Keys: stale}, true},
		"by one that died":      {End{Results: []Result{{}, written}, Keys: stale}, true},
		"writer died":           {End{Results: []Result{done(before, t0), {}}, Keys: stale}, false},
		"was answered an error": {End{Results: []Result{done(before, t0), {Done: true, Err: true}}, Keys: stale}, false},
	} {
		got := judgeFresh(c.end)
		if (got != "") != c.broken {
			t.Errorf("%s: %q, want broken %t", name, got, c.broken)
		}
		if want := `the cache holds "old" and the database "new", and nobody is left who would correct it`; c.broken && got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
