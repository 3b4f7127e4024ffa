package rlbench_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// password needs escaping in a URL and in a shell.
const password = "hun/ter2?#@ %41"

// smallAt is the small run on another server, with less load: what is tested is
// the server's part, which a busy machine must not hide.
func smallAt(server string, more ...string) []string {
	args := slices.Clone(small)
	args[slices.Index(args, "local")] = server
	return append(append(args, "--rate", "400", "--out", "r"), more...)
}

// somebodys is a database of somebody else's, with keys that are not ours.
type somebodys struct {
	addr  string
	conns map[int]drivers.Conn
}

// theirKeys look like ours as far as they can.
var theirKeys = []string{"orders", "rl:{customer}:gcra", "warm.orders"}

func newSomebodys(t *testing.T, args ...string) *somebodys {
	t.Helper()
	s := &somebodys{addr: providertest.Redis(t, args...), conns: map[int]drivers.Conn{}}
	for _, db := range []int{0, 3} {
		conn, err := goredis.Driver{}.Open(t.Context(), drivers.Endpoints{Addrs: []string{s.addr}, DB: db}, drivers.Clients(1)[0])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		s.conns[db] = conn
		for _, key := range theirKeys {
			s.do(t, db, "SET", key, "theirs")
		}
	}
	return s
}

func (s *somebodys) do(t *testing.T, db int, cmd ...string) drivers.Reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := s.conns[db].Do(ctx, cmd...)
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return r
}

// user makes a user with the password and every right, but for the rules.
func (s *somebodys) user(t *testing.T, rules ...string) {
	t.Helper()
	s.do(t, 0, append([]string{"ACL", "SETUSER", "bench", "reset", "on", ">" + password, "~*", "&*", "+@all"}, rules...)...)
}

func (s *somebodys) address(db string) string {
	return "redis://" + url.UserPassword("bench", password).String() + "@" + s.addr + "/" + db
}

// untouched demands that every key is theirs and as it was.
func (s *somebodys) untouched(t *testing.T) {
	t.Helper()
	for db := range s.conns {
		var keys []string
		for _, k := range s.do(t, db, "KEYS", "*").Items {
			keys = append(keys, k.Text)
		}
		slices.Sort(keys)
		if !slices.Equal(keys, theirKeys) {
			t.Errorf("database %d holds %v, want %v", db, keys, theirKeys)
		}
		for _, key := range theirKeys {
			if got := s.do(t, db, "GET", key).Text; got != "theirs" {
				t.Errorf("%s in database %d is %q", key, db, got)
			}
		}
	}
}

// secretive demands that neither output nor any file of the folder shows the
// password, plain or escaped in either way.
func secretive(t *testing.T, o outcome, dir string) {
	t.Helper()
	texts := map[string]string{"stdout": o.stdout, "stderr": o.stderr}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			texts[path] = string(content(t, filepath.Join(dir, path)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		for _, secret := range []string{password, url.QueryEscape(password), url.PathEscape(password), "hun/ter2", "hun%2Fter2"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows the password as %q", name, secret)
			}
		}
	}
}

func TestAGivenServerIsMeasuredAndLeftAsItWas(t *testing.T) {
	s := newSomebodys(t)
	s.user(t)
	dir := t.TempDir()
	o := call(t, dir, smallAt(s.address("3"))...)
	if o.code != 0 || !strings.Contains(o.stdout, "redis://bench@"+s.addr+"/3") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if got, want := verdicts(t, filepath.Join(dir, "r")), "naive invalid, lua valid"; got != want {
		t.Errorf("verdicts %q, want %q", got, want)
	}
	// The race of the naive limiter is worth seeing. The command that repeats it takes the
	// password from the environment.
	if !strings.Contains(o.stdout, "--server=redis://bench@"+s.addr+"/3") {
		t.Errorf("no command without the password repeats the race:\n%s", o.stdout)
	}
	s.untouched(t)
	secretive(t, o, dir)
}

// costs are the fields of a cell that a server may keep from us.
type costs struct {
	ServerCPU  *float64 `json:"server_cpu_us"`
	ClientCPU  *float64 `json:"client_cpu_us"`
	Allocs     *float64 `json:"allocs"`
	Bytes      *float64 `json:"bytes_per_key"`
	WithoutTTL *int64   `json:"keys_without_ttl"`
	Executions *float64 `json:"executions_per_decision"`
	Trips      *float64 `json:"round_trips"`
}

type storedRun struct {
	Run struct {
		Server string `json:"server"`
		Real   bool   `json:"real_redis"`
	} `json:"run"`
	Cells []costs `json:"cells"`
}

func storedAt(t *testing.T, dir string) (r storedRun) {
	t.Helper()
	if err := json.Unmarshal(content(t, filepath.Join(dir, "r", "result.json")), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// What a server refuses is null and said once; the limiters are judged all the same.
func TestAServerThatRefusesToTell(t *testing.T) {
	for _, c := range []struct {
		name, without string
		says          []string
		unknown       func(costs) bool
	}{
		{"info and config", "-info -config", []string{"refuses INFO", "refuses CONFIG"},
			func(c costs) bool { return c.ServerCPU == nil && c.WithoutTTL != nil }},
		{"sizes", "-memory", nil,
			func(c costs) bool { return c.Bytes == nil && c.WithoutTTL != nil && c.ServerCPU == nil }},
		{"everything", "-info -config -scan -memory", []string{"refuses INFO", "refuses SCAN"},
			func(c costs) bool { return c.Bytes == nil && c.WithoutTTL == nil && c.Executions == nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := newSomebodys(t), t.TempDir()
			s.user(t, strings.Fields(c.without)...)
			run := command(t, dir, smallAt("redis://bench@"+s.addr+"/3")...)
			run.Env = append(run.Env, "REDISCLI_AUTH="+password)
			o := finish(t, run)
			if got := verdicts(t, filepath.Join(dir, "r")); o.code != 0 || got != "naive invalid, lua valid" {
				t.Fatalf("exit code %d, verdicts %q\n%s", o.code, got, o.stderr)
			}
			for _, want := range c.says {
				if strings.Count(o.stderr, want) != 1 {
					t.Errorf("stderr says %q not once: %s", want, o.stderr)
				}
			}
			for _, cell := range storedAt(t, dir).Cells {
				if !c.unknown(cell) || cell.Trips == nil || cell.ClientCPU == nil {
					t.Errorf("%+v", cell)
				}
			}
			secretive(t, o, dir)
		})
	}
}

// Another client's connection makes the server's counters nobody's; without one they
// are ours.
func TestWhatAServerCountsForOthersIsNotOurs(t *testing.T) {
	s := newSomebodys(t)
	s.user(t)
	dir := t.TempDir()
	if o := call(t, dir, smallAt(s.address("0"))...); o.code != 0 {
		t.Fatalf("exit code %d\n%s", o.code, o.stderr)
	}
	shared := storedAt(t, dir)
	alone := t.TempDir()
	if o := call(t, alone, smallAt("redis://"+providertest.Redis(t))...); o.code != 0 {
		t.Fatalf("exit code %d\n%s", o.code, o.stderr)
	}
	for i, cell := range storedAt(t, alone).Cells {
		if cell.ServerCPU == nil || shared.Cells[i].ServerCPU != nil {
			t.Errorf("server CPU alone %v, beside others %v; want a number and null", cell.ServerCPU, shared.Cells[i].ServerCPU)
		}
	}
}

func TestAFailedRunOnAGivenServerLeavesNothing(t *testing.T) {
	s := newSomebodys(t)
	s.user(t, "-evalsha", "-eval")
	dir := t.TempDir()
	o := call(t, dir, smallAt(s.address("3"))...)
	if o.code != 1 || !strings.Contains(o.stderr, "NOPERM") || !strings.Contains(o.stderr, "@scripting") || strings.Count(o.stderr, "rlbench: ") != 1 {
		t.Errorf("exit code %d, stderr %q; want code 1 and one sentence about permissions", o.code, o.stderr)
	}
	s.untouched(t)
	secretive(t, o, dir)
}

func TestAnInterruptedRunOnAGivenServerLeavesNothing(t *testing.T) {
	s := newSomebodys(t)
	s.user(t)
	dir := t.TempDir()
	c := command(t, dir, smallAt(s.address("3"), "--duration", "2s", "--repeat", "50")...)
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "keys of the run", func() bool { return s.do(t, 3, "DBSIZE").Int > int64(len(theirKeys)) })
	await(t, "the first cell", func() bool {
		_, err := os.Stat(filepath.Join(dir, "r", "result.json"))
		return err == nil
	})
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130\n%s", code, errs.String())
	}
	s.untouched(t)
	secretive(t, outcome{stdout: out.String(), stderr: errs.String()}, dir)
}

func TestAGivenServerWithTLS(t *testing.T) {
	s := providertest.TLS(t, "yes")
	dir := t.TempDir()
	o := call(t, dir, smallAt("rediss://"+s.Addr+"?ca="+s.CA+"&cert="+s.Cert+"&key="+s.Key)...)
	if o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	if r := storedAt(t, dir); !r.Run.Real || *r.Cells[1].Trips != 1 {
		t.Errorf("one script is one trip also under TLS, got %+v", r)
	}
}

// refusal is a server that a run cannot use, and what is said of it.
type refusal struct {
	name, server string
	code         int
	says         string
}

// check demands one sentence with the code of whose fault it is, and no run folder.
func (r refusal) check(t *testing.T, env ...string) {
	t.Run(r.name, func(t *testing.T) {
		dir := t.TempDir()
		c := command(t, dir, smallAt(r.server)...)
		c.Env = append(c.Env, env...)
		o := finish(t, c)
		if o.code != r.code || !strings.Contains(o.stderr, r.says) || strings.Count(o.stderr, "\n") != 1 {
			t.Errorf("exit code %d, stderr %q; want code %d and one line with %q", o.code, o.stderr, r.code, r.says)
		}
		if _, err := os.Stat(filepath.Join(dir, "r")); err == nil {
			t.Error("a run that never began left its folder behind")
		}
		secretive(t, o, dir)
	})
}

func TestServersThatCannotBeUsed(t *testing.T) {
	primary := newSomebodys(t)
	primary.user(t)
	replica := newSomebodys(t)
	host, port, _ := strings.Cut(primary.addr, ":")
	replica.do(t, 0, "REPLICAOF", host, port)
	full := newSomebodys(t)
	full.do(t, 0, "CONFIG", "SET", "maxclients", "2") // both are in use
	secured, strict := providertest.TLS(t, "no"), providertest.TLS(t, "yes")
	cluster := providertest.Redis(t, "--cluster-enabled", "yes")
	for _, r := range []refusal{
		{"wrong password", "redis://bench:hunter@" + primary.addr, 2, "check the user and the password"},
		{"wrong database", primary.address("99"), 2, "name a lower number"},
		{"no password", "redis://bench@" + primary.addr, 2, "REDISCLI_AUTH"},
		{"not readable", "redis://bench:" + password + "@" + primary.addr, 2, "%XX"},
		{"unreachable", "redis://:x@127.0.0.1:1", 1, "rlbench: connect to 127.0.0.1:1: "},
		{"no address", "foo", 2, "or the address of your own, redis://"},
		{"replica", "redis://" + replica.addr, 2, "name its primary"},
		{"cluster", "redis://" + cluster, 2, "redis-cluster://"},
		{"full", "redis://" + full.addr, 1, "maxclients"},
		{"TLS to a plain port", "rediss://" + primary.addr, 2, "is it TLS"},
		{"plain to a TLS port", "redis://" + secured.Addr, 1, "rediss://"},
		{"no client certificate", "rediss://" + strict.Addr + "?ca=" + strict.CA, 1, "a client's certificate"},
		{"unknown authority", "rediss://" + secured.Addr, 2, "?ca=FILE"},
		{"one server behind redis-cluster", strings.Replace(primary.address(""), "redis:", "redis-cluster:", 1), 2, "not a node of a Cluster"},
		{"one server behind redis-sentinel", "redis-sentinel://" + replica.addr + "/main", 2, "that is no sentinel"},
		{"no slots", "redis-cluster://" + cluster, 1, "0 of 16384 slots"},
		{"nobody at several addresses", "redis-cluster://127.0.0.1:1,127.0.0.1:2", 1, "connection refused"},
		{"no name of a primary", "redis-sentinel://:" + url.QueryEscape(password) + "@" + primary.addr, 2, "name of a primary"},
	} {
		r.check(t)
	}
}

// The imitation works where nothing else is, and no reader can take it for evidence.
func TestEmbeddedIsTheLastResortAndSaysSo(t *testing.T) {
	dir := t.TempDir()
	c := command(t, dir, smallAt("auto", "--limit", "10", "--rate", "200")...)
	c.Env = append(c.Env, "PATH=/nonexistent", "DOCKER_HOST=unix:///nonexistent.sock")
	o := finish(t, c)
	first, _, _ := strings.Cut(o.stdout, "\n")
	for _, want := range []string{"not a real Redis", "no Docker Engine", "no redis-server"} {
		if !strings.Contains(first, want) {
			t.Errorf("first line %q lacks %q", first, want)
		}
	}
	if o.code == 1 || o.code == 2 || !strings.Contains(o.stdout, "Not a real Redis: these results are no evidence.") {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	r := storedAt(t, dir)
	if r.Run.Real || !strings.Contains(r.Run.Server, "not a real Redis") {
		t.Errorf("run is described as %+v", r.Run)
	}
	for _, cell := range r.Cells {
		if cell.ServerCPU != nil || cell.ClientCPU != nil || cell.Allocs != nil || cell.Bytes != nil || cell.Executions != nil || cell.WithoutTTL == nil {
			t.Errorf("%+v: what an imitation cannot tell must be null", cell)
		}
	}
	for _, name := range []string{"summary.md", "charts/overshoot.svg"} {
		if !strings.Contains(strings.ToLower(string(content(t, filepath.Join(dir, "r", name)))), "not a real redis") {
			t.Errorf("%s does not say that this is not a real Redis", name)
		}
	}
}
