package trace_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	algorithmlist "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	driverlist "github.com/rlbench/rlbench/drivers/all"
	"github.com/rlbench/rlbench/internal/provider/providertest"
	"github.com/rlbench/rlbench/internal/trace"
)

// limit is one that no test outlives: what is admitted does not depend on the time.
var limit = algorithms.NewLimit(8, time.Hour)

// env is what the limiters get.
var env = algorithms.Env{Now: time.Now, ID: ids.next, Probe: true}

// ids makes texts that are unique in the process: ids of entries, names of users.
var ids = &counter{}

type counter struct {
	mu   sync.Mutex
	last int
}

func (c *counter) next() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	return "user-" + strconv.Itoa(c.last)
}

// open connects, under settings that wait longer than any pause of a loaded machine.
func open(t testing.TB, d drivers.Driver, at drivers.Endpoints) drivers.Conn {
	t.Helper()
	with := drivers.Clients(8)[0]
	with.DialTimeout, with.ReadTimeout, with.WriteTimeout = time.Minute, time.Minute, time.Minute
	conn, err := d.Open(t.Context(), at, with)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// standalone starts a server and connects to it with the first driver.
func standalone(t testing.TB, args ...string) drivers.Conn {
	t.Helper()
	return open(t, driverlist.Drivers()[0], drivers.Endpoints{Addrs: []string{providertest.Redis(t, args...)}})
}

func must(t testing.TB, conn drivers.Conn, cmd ...string) drivers.Reply {
	t.Helper()
	r, err := conn.Do(t.Context(), cmd...)
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return r
}

// nodeOf is the number that stands for a server process.
func nodeOf(t testing.TB, server drivers.Conn) int64 {
	t.Helper()
	_, id, _ := strings.Cut(must(t, server, "INFO", "server").Text, "run_id:")
	node, err := strconv.ParseInt(id[:12], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// eachTechnique runs a test for every technique that sends something over a Conn, and
// is not kept as evidence: those decide no other cost than 1.
func eachTechnique(t *testing.T, test func(t *testing.T, a algorithms.Algorithm, tech algorithms.Technique)) {
	for _, a := range algorithmlist.Algorithms() {
		for _, tech := range a.Techniques {
			if tech.New != nil && !tech.NoServer && !tech.Kept() {
				t.Run(a.Name+"/"+tech.Name, func(t *testing.T) { test(t, a, tech) })
			}
		}
	}
}

// A limiter decides as on the plain connection and leaves the same keys and a counter;
// what it admits is numbered without a gap, by the server that holds the key.
func TestTracedDecisions(t *testing.T) {
	server := providertest.Redis(t)
	cluster, _ := providertest.Cluster(t)
	for _, d := range driverlist.Drivers() {
		for name, at := range map[string]drivers.Endpoints{"standalone": {Addrs: []string{server}}, "cluster": cluster} {
			t.Run(d.Name()+"/"+name, func(t *testing.T) {
				nodes := group{t: t, plain: open(t, d, at)}
				for _, addr := range at.Addrs {
					nodes.servers = append(nodes.servers, open(t, d, drivers.Endpoints{Addrs: []string{addr}}))
				}
				eachTechnique(t, nodes.compare)
			})
		}
	}
}

// group is a connection that is not traced, and one to each of its servers.
type group struct {
	t       *testing.T
	plain   drivers.Conn
	servers []drivers.Conn
}

func (g group) compare(t *testing.T, a algorithms.Algorithm, tech algorithms.Technique) {
	one, two := ids.next(), ids.next()
	plain, traced := tech.New(g.plain, limit, env), tech.New(trace.Wrap(g.plain), limit, env)
	var seq, node int64
	for i := range 10 {
		cost := int64(1 + i%2)
		want, err := plain.Allow(t.Context(), one, cost)
		if err != nil {
			t.Fatal(err)
		}
		ctx, mark := trace.With(t.Context())
		got, err := traced.Allow(ctx, two, cost)
		if err != nil {
			t.Fatal(err)
		}
		if timeless(got) != timeless(want) {
			t.Fatalf("decision %d is %+v, without a trace %+v", i, got, want)
		}
		switch {
		case (got.Allowed || tech.OneScript) && !a.Control:
			seq++
			if node == 0 {
				node = nodeOf(t, g.owner(t, two))
			}
			if want := (trace.Mark{Node: node, Seq: seq}); *mark != want {
				t.Fatalf("decision %d has the mark %+v, want %+v", i, *mark, want)
			}
		case *mark != trace.Mark{}:
			t.Fatalf("decision %d charged nothing, and has the mark %+v", i, *mark)
		}
	}
	g.compareKeys(t, one, two, seq > 0)
}

// timeless is a decision without the times that go on while it is made.
func timeless(d algorithms.Decision) algorithms.Decision {
	d.At, d.ResetAt, d.RetryAfter, d.ResetAfter = min(d.At, 1), min(d.ResetAt, 1), min(d.RetryAfter, 1), min(d.ResetAfter, 1)
	return d
}

// keys are the names that a user has on a server.
func keys(t *testing.T, server drivers.Conn, user string) (names []string) {
	for _, name := range must(t, server, "KEYS", "*{"+user+"}*").Items {
		names = append(names, name.Text)
	}
	slices.Sort(names)
	return names
}

// owner is the server that accepts writes of a user's keys.
func (g group) owner(t *testing.T, user string) drivers.Conn {
	t.Helper()
	for _, s := range g.servers {
		if len(keys(t, s, user)) > 0 && must(t, s, "ROLE").Items[0].Text == "master" {
			return s
		}
	}
	t.Fatalf("no server has a key of %s", user)
	return nil
}

func (g group) compareKeys(t *testing.T, plain, traced string, numbered bool) {
	t.Helper()
	if !numbered {
		return
	}
	owner := g.owner(t, traced)
	got, want := keys(t, owner, traced), []string{"rl{" + traced + "}:seq"}
	for _, name := range keys(t, g.owner(t, plain), plain) {
		want = append(want, strings.Replace(name, plain, traced, 1))
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the keys are %v, want %v", got, want)
	}
	for _, name := range got {
		if ttl := must(t, owner, "PTTL", name).Int; ttl <= 0 {
			t.Errorf("%s has no time to live", name)
		}
	}
}

// twice is a connection that runs every step two times.
type twice struct{ drivers.Conn }

func (c twice) Multi(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	_, _ = c.Conn.Multi(ctx, cmds...)
	return c.Conn.Multi(ctx, cmds...)
}

func (c twice) Eval(ctx context.Context, s *drivers.Script, keys, args []string, dst []int64) error {
	_ = c.Conn.Eval(ctx, s, keys, args, dst)
	return c.Conn.Eval(ctx, s, keys, args, dst)
}

var incr = drivers.NewScript("return redis.call('INCR', KEYS[1])")

// charges are the ways to charge a key that is a counter.
var charges = map[string]func(context.Context, drivers.Conn, string) error{
	"do": func(ctx context.Context, conn drivers.Conn, key string) error {
		_, err := conn.Do(ctx, "incr", key)
		return err
	},
	"multi": func(ctx context.Context, conn drivers.Conn, key string) error {
		_, err := conn.Multi(ctx, drivers.Cmd("GET", key), drivers.Cmd("INCR", key))
		return err
	},
	"exec": func(ctx context.Context, conn drivers.Conn, key string) error {
		return conn.Watch(ctx, []string{key}, func(tx drivers.Tx) error {
			_, err := tx.Exec(ctx, drivers.Cmd("INCR", key))
			return err
		})
	},
	"eval": func(ctx context.Context, conn drivers.Conn, key string) error {
		return conn.Eval(ctx, incr, []string{key}, nil, make([]int64, 1))
	},
}

func TestDoubleExecutionIsAGap(t *testing.T) {
	conn := standalone(t)
	for name, charge := range charges {
		if name == "exec" {
			continue // its connection is not ours to repeat on
		}
		key := ids.next()
		ctx, mark := trace.With(t.Context())
		for _, want := range []int64{2, 4} {
			if err := charge(ctx, trace.Wrap(twice{conn}), key); err != nil || mark.Seq != want {
				t.Errorf("%s: run twice, the step has number %d, %v, want %d", name, mark.Seq, err, want)
			}
		}
	}
}

func TestAConflictHasNoNumber(t *testing.T) {
	conn, key := standalone(t), ids.next()
	ctx, mark := trace.With(t.Context())
	err := trace.Wrap(conn).Watch(ctx, []string{key}, func(tx drivers.Tx) error {
		must(t, conn, "SET", key, "1")
		_, err := tx.Exec(ctx, drivers.Cmd("INCR", key))
		return err
	})
	if !errors.Is(err, drivers.ErrAborted) || *mark != (trace.Mark{}) {
		t.Errorf("error is %v with the mark %+v", err, *mark)
	}
	if err := charges["exec"](ctx, trace.Wrap(conn), key); err != nil || mark.Seq != 1 {
		t.Errorf("the first transaction that runs has number %d, %v, want 1", mark.Seq, err)
	}
}

// lossy is a connection that runs a step and loses the answer.
type lossy struct{ drivers.Conn }

var errLost = drivers.MayHaveRun(errors.New("connection reset"))

func (c lossy) Multi(ctx context.Context, cmds ...drivers.Command) ([]drivers.Reply, error) {
	_, _ = c.Conn.Multi(ctx, cmds...)
	return nil, errLost
}

func (c lossy) Eval(ctx context.Context, s *drivers.Script, keys, args []string, dst []int64) error {
	_ = c.Conn.Eval(ctx, s, keys, args, dst)
	return errLost
}

// The mark of an answer that was lost is not that of the answer before it.
func TestALostAnswerHasNoMark(t *testing.T) {
	conn := standalone(t)
	for _, name := range []string{"do", "multi", "eval"} {
		key := ids.next()
		ctx, mark := trace.With(t.Context())
		if err := charges[name](ctx, trace.Wrap(conn), key); err != nil || mark.Seq != 1 {
			t.Errorf("%s: number %d, %v, want 1", name, mark.Seq, err)
		}
		if err := charges[name](ctx, trace.Wrap(lossy{conn}), key); !errors.Is(err, errLost) || *mark != (trace.Mark{}) {
			t.Errorf("%s: error is %v with the mark %+v", name, err, *mark)
		}
	}
}

// What a replica refuses is Failed as on the plain connection, and what it answers it
// answers, if without a number.
func TestOnAReplica(t *testing.T) {
	server := providertest.Redis(t, "--replicaof", "127.0.0.1 1")
	for _, d := range driverlist.Drivers() {
		conn := open(t, d, drivers.Endpoints{Addrs: []string{server}})
		ctx, mark := trace.With(t.Context())
		for name, charge := range charges {
			plain, traced := charge(ctx, conn, "key"), charge(ctx, trace.Wrap(conn), "key")
			if drivers.ClassOf(plain) != drivers.Failed || drivers.ClassOf(traced) != drivers.Failed || traced == nil {
				t.Errorf("%s/%s: error is %v, traced %v, want both refused", d.Name(), name, plain, traced)
			}
		}
		var answer [1]int64
		err := trace.Wrap(conn).Eval(ctx, drivers.NewScript("return 7"), []string{"key"}, nil, answer[:])
		if err != nil || answer[0] != 7 || *mark != (trace.Mark{}) {
			t.Errorf("%s: a script that writes nothing answers %d, %v with the mark %+v", d.Name(), answer[0], err, *mark)
		}
	}
}

// Steps that charge nothing leave the mark of the one that did.
func TestTheLastChargeLeavesTheMark(t *testing.T) {
	conn := trace.Wrap(standalone(t))
	ctx, mark := trace.With(t.Context())
	for _, step := range []struct {
		cmd  string
		want int64
	}{
		{"GET rl{u}:n", 0}, {"INCRBY rl{u}:n 2", 1}, {"PEXPIRE rl{u}:n 1000", 1}, {"zadd rl{u}:log 1 a", 2},
		{"ZREMRANGEBYSCORE rl{u}:log 0 1", 2}, {"PING", 2}, {"DEL rl{u}:n", 2}, {"SET other 1", 1},
	} {
		if _, err := conn.Do(ctx, strings.Fields(step.cmd)...); err != nil || mark.Seq != step.want {
			t.Errorf("after %s the mark has number %d, %v, want %d", step.cmd, mark.Seq, err, step.want)
		}
	}
}

// Whatever many goroutines do at once, no number is missing or given out twice.
func TestNumbersOfManyGoroutines(t *testing.T) {
	const workers, each = 8, 25
	addr := providertest.Redis(t)
	for _, d := range driverlist.Drivers() {
		conn := trace.Wrap(open(t, d, drivers.Endpoints{Addrs: []string{addr}}))
		for _, name := range []string{"do", "multi", "eval"} {
			key := ids.next()
			seen := make([]bool, workers*each+1)
			var mu sync.Mutex
			var done sync.WaitGroup
			for range workers {
				done.Go(func() {
					for range each {
						ctx, mark := trace.With(t.Context())
						if err := charges[name](ctx, conn, key); err != nil {
							t.Error(err)
						}
						mu.Lock()
						if mark.Seq < 1 || mark.Seq > workers*each || seen[mark.Seq] {
							t.Errorf("%s/%s: number %d is out of range or not the first", d.Name(), name, mark.Seq)
						} else {
							seen[mark.Seq] = true
						}
						mu.Unlock()
					}
				})
			}
			done.Wait()
			if missing := slices.Index(seen[1:], false); missing >= 0 {
				t.Errorf("%s/%s: number %d is missing", d.Name(), name, missing+1)
			}
		}
	}
}

// What a trace is for: a promoted node gives out the numbers again of the steps that it
// has not heard of.
func TestAPromotionTurnsNumbersBack(t *testing.T) {
	addr := providertest.Redis(t, "--repl-diskless-sync-delay", "0")
	host, port, _ := strings.Cut(addr, ":")
	old := open(t, driverlist.Drivers()[0], drivers.Endpoints{Addrs: []string{addr}})
	promoted := standalone(t, "--replicaof", host, port)
	key := ids.next()
	number := func(conn drivers.Conn, way string, want int64) {
		t.Helper()
		ctx, mark := trace.With(t.Context())
		if err := charges[way](ctx, trace.Wrap(conn), key); err != nil || *mark != (trace.Mark{Node: nodeOf(t, conn), Seq: want}) {
			t.Fatalf("%s: mark is %+v, %v, want number %d of its node", way, *mark, err, want)
		}
	}
	number(old, "eval", 1)
	number(old, "do", 2)
	for must(t, old, "WAIT", "1", "1000").Int == 0 {
	}
	must(t, promoted, "REPLICAOF", "NO", "ONE")
	number(old, "eval", 3)
	number(old, "do", 4)
	number(promoted, "eval", 3)
	number(promoted, "do", 4)
}

// A server that has run a script without a mark knows the one with a mark.
func TestUnmarkedScriptsAreLoaded(t *testing.T) {
	conn := standalone(t)
	traced := trace.Wrap(conn)
	cached := func() string {
		_, n, _ := strings.Cut(must(t, conn, "INFO", "memory").Text, "number_of_cached_scripts:")
		return n[:1]
	}
	if err := charges["eval"](t.Context(), traced, "key"); err != nil {
		t.Fatal(err)
	}
	before := cached()
	ctx, mark := trace.With(t.Context())
	if err := charges["eval"](ctx, traced, "key"); err != nil || mark.Seq == 0 {
		t.Fatalf("mark is %+v, %v", *mark, err)
	}
	if after := cached(); before != "1" || after != before {
		t.Errorf("the server has %s scripts, and with a mark %s", before, after)
	}
}

// A script finds what it would find, and answers what it would answer.
func TestScriptsDoNotNotice(t *testing.T) {
	conn := standalone(t)
	must(t, conn, "LPUSH", "list", "x")
	for _, c := range []struct {
		source  string
		answers int
	}{
		{"return {#KEYS, #ARGV, tonumber(ARGV[2])}", 3},
		{"return #table.concat(KEYS, ',')", 1},
		{"if #ARGV == 2 then return 5 end return 6", 1},
		{"local n = 0 for _ in pairs(KEYS) do n = n + 1 end return n", 1},
		{"return {1, -2, 9007199254740992}", 3},
		{"return 3.9", 1},
		{"return true", 1},
		{"return {true, 2}", 2},
		{"return {1, nil, 3}", 1},
		{"return {}", 0},
		{"local nothing = 1", 0},
		{"return 1 -- to the end of the line", 1},
		{"#!lua\nreturn 4", 1},
		{"#!lua flags=no-writes\nreturn 4", 1},
		{"redis.setresp(3) return 4", 1},
		// Errors, and answers that do not fit.
		{"return {1}", 2},
		{"return nil", 1},
		{"return 'text'", 1},
		{"return redis.status_reply('OK')", 1},
		{"return {1, '2'}", 2},
		{"return {false, 2}", 2},
		{"return {1, redis.error_reply('MINE x')}", 2},
		{"redis.call('INCR', KEYS[1]) return redis.call('INCR', 'list')", 1},
		{"redis.call('INCR', KEYS[1]) return redis.pcall('INCR', 'list')", 1},
		{"redis.call('INCR', KEYS[1]) error('by hand')", 1},
		{"return redis.error_reply('READONLY by hand')", 1},
		{"return (", 1},
	} {
		script, keys, args := drivers.NewScript(c.source), []string{"a{t}", "b{t}"}, []string{"x", "30"}
		want, got := make([]int64, c.answers), make([]int64, c.answers)
		plain := conn.Eval(t.Context(), script, keys, args, want)
		traced := trace.Wrap(conn).Eval(t.Context(), script, keys, args, got)
		if (plain == nil) != (traced == nil) || drivers.ClassOf(plain) != drivers.ClassOf(traced) {
			t.Errorf("%s: error is %v, traced %v", c.source, plain, traced)
		}
		if plain == nil && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: answer is %v, traced %v", c.source, want, got)
		}
	}
}

// The steps on two keys of one tag have one sequence, those without a tag one each, and
// a key of which the slot is shared by no other name has none.
func TestCounters(t *testing.T) {
	server := standalone(t)
	for key, want := range map[string]string{
		"rl{user}:g": "rl{user}:seq", "other{user}": "rl{user}:seq", "plain": "rl{plain}:seq", "a{b": "rl{a{b}:seq",
		"{{x}y": "rl{{x}:seq", "{}x": "", "a}b": "", "x{}{y}": "",
	} {
		ctx, mark := trace.With(t.Context())
		if err := charges["do"](ctx, trace.Wrap(server), key); err != nil || (mark.Seq == 0) != (want == "") {
			t.Errorf("%s: number %d, %v", key, mark.Seq, err)
		}
		if want != "" && must(t, server, "GET", want).IsNil() {
			t.Errorf("%s: there is no %s", key, want)
		}
	}
}

// The overhead of a trace: an admitted decision of every technique but those kept as
// evidence, one at a time. The server's part of it is read there.
func BenchmarkAllow(b *testing.B) {
	at := drivers.Endpoints{Addrs: []string{providertest.Redis(b)}}
	for _, d := range driverlist.Drivers() {
		plain := open(b, d, at)
		for _, a := range algorithmlist.Algorithms() {
			for _, tech := range a.Techniques {
				if tech.New == nil || tech.NoServer || tech.Kept() || a.Control {
					continue
				}
				name := d.Name() + "/" + a.Name + "/" + tech.Name
				b.Run(name+"/plain", func(b *testing.B) { benchmark(b, plain, tech) })
				b.Run(name+"/traced", func(b *testing.B) { benchmark(b, trace.Wrap(plain), tech) })
			}
		}
	}
}

func benchmark(b *testing.B, conn drivers.Conn, tech algorithms.Technique) {
	limiter := tech.New(conn, algorithms.NewLimit(100_000, time.Second), algorithms.Env{Now: time.Now, ID: ids.next})
	key := ids.next()
	before := cpu(b, conn)
	b.ReportAllocs()
	for b.Loop() {
		ctx, _ := trace.With(b.Context())
		if d, err := limiter.Allow(ctx, key, 1); err != nil || !d.Allowed {
			b.Fatalf("%+v, %v", d, err)
		}
	}
	b.ReportMetric((cpu(b, conn)-before)/float64(b.N), "server-us/op")
}

// cpu is the time that the server has computed, in microseconds.
func cpu(b *testing.B, conn drivers.Conn) (us float64) {
	for line := range strings.Lines(must(b, conn, "INFO", "cpu").Text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_user" || name == "used_cpu_sys" {
			seconds, err := strconv.ParseFloat(value, 64)
			if err != nil {
				b.Fatal(err)
			}
			us += 1e6 * seconds
		}
	}
	return us
}
