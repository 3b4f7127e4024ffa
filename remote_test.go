package rlbench_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2/server"
	ratelimit "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/algorithms/fixedwindow"
	"github.com/rlbench/rlbench/algorithms/gcra"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// The services of these tests are small, and real: they listen on a socket, and keep
// their state in a redis-server. Each exists with a race, that of a technique which
// reads before it writes, and without.

// store connects a service to a Redis server of its own.
func store(t *testing.T) drivers.Conn {
	t.Helper()
	at := drivers.Endpoints{Addrs: []string{providertest.Redis(t)}}
	conn, err := redigo.Driver{}.Open(t.Context(), at, drivers.Clients(64)[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func limiterOf(t *testing.T, a algorithms.Algorithm, technique string, l algorithms.Limit) algorithms.Limiter {
	t.Helper()
	tech, err := a.Technique(technique)
	if err != nil {
		t.Fatal(err)
	}
	return tech.New(store(t), l, algorithms.Env{Now: time.Now, ID: func() string { return strconv.FormatInt(time.Now().UnixNano(), 36) }})
}

// serveHTTP answers for limiter: the key by header, or by path with a cost. Under
// /lies it tells everybody to retry at once.
func serveHTTP(t *testing.T, l algorithms.Limiter) (url string) {
	t.Helper()
	answer := func(w http.ResponseWriter, r *http.Request, key string, cost int64) {
		d, err := l.Allow(r.Context(), key, cost)
		if err != nil {
			http.Error(w, "the store does not answer", http.StatusInternalServerError)
			return
		}
		w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"default";q=%d`, d.Limit))
		w.Header().Set("RateLimit", fmt.Sprintf(`"default";r=%d`, max(0, d.Remaining)))
		if !d.Allowed {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(d.RetryAfter.Seconds()))))
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /lies/{key}", func(w http.ResponseWriter, r *http.Request) {
		if d, err := l.Allow(r.Context(), r.PathValue("key"), 1); err == nil && !d.Allowed {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	mux.HandleFunc("GET /check", func(w http.ResponseWriter, r *http.Request) { answer(w, r, r.Header.Get("X-User"), 1) })
	mux.HandleFunc("GET /check/{key}", func(w http.ResponseWriter, r *http.Request) {
		cost, _ := strconv.ParseInt(r.URL.Query().Get("cost"), 10, 64)
		answer(w, r, r.PathValue("key"), cost)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// rateLimitService is a service of Envoy's protocol with windows aligned to a clock
// that is nobody's but its own. racy reads the counter before it adds.
type rateLimitService struct {
	ratelimit.UnimplementedRateLimitServiceServer
	conn drivers.Conn
	racy bool
}

const (
	rlsLimit  = 25
	rlsWindow = time.Second
	rlsAhead  = 412_345 * time.Microsecond // of the clock of this host
)

func (s rateLimitService) ShouldRateLimit(ctx context.Context, r *ratelimit.RateLimitRequest) (*ratelimit.RateLimitResponse, error) {
	now := time.Now().Add(rlsAhead)
	key := fmt.Sprint(r.Domain, r.Descriptors[0].Entries[0].Key, r.Descriptors[0].Entries[0].Value, now.UnixNano()/int64(rlsWindow))
	hits := int64(max(1, r.HitsAddend))
	count, err := s.add(ctx, key, hits)
	if err != nil {
		return nil, err
	}
	status := &ratelimit.RateLimitResponse_DescriptorStatus{
		Code:               ratelimit.RateLimitResponse_OK,
		CurrentLimit:       &ratelimit.RateLimitResponse_RateLimit{RequestsPerUnit: rlsLimit, Unit: ratelimit.RateLimitResponse_RateLimit_SECOND},
		LimitRemaining:     uint32(max(0, rlsLimit-count)),
		DurationUntilReset: durationpb.New(now.Truncate(rlsWindow).Add(rlsWindow).Sub(now)),
	}
	if count > rlsLimit {
		status.Code = ratelimit.RateLimitResponse_OVER_LIMIT
	}
	return &ratelimit.RateLimitResponse{OverallCode: status.Code, Statuses: []*ratelimit.RateLimitResponse_DescriptorStatus{status}}, nil
}

// add returns the count after the hits.
func (s rateLimitService) add(ctx context.Context, key string, hits int64) (int64, error) {
	if s.racy {
		r, err := s.conn.Do(ctx, "GET", key)
		if err != nil {
			return 0, err
		}
		before, _ := strconv.ParseInt(r.Text, 10, 64)
		if before+hits > rlsLimit {
			return before + hits, nil
		}
		_, err = s.conn.Multi(ctx, drivers.Cmd("INCRBY", key, algorithms.Text(hits)), drivers.Cmd("EXPIRE", key, "5"))
		return before + hits, err
	}
	r, err := s.conn.Multi(ctx, drivers.Cmd("INCRBY", key, algorithms.Text(hits)), drivers.Cmd("EXPIRE", key, "5"))
	if err != nil {
		return 0, err
	}
	return r[0].Int, nil
}

func serveRLS(t *testing.T, racy bool) (host string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	ratelimit.RegisterRateLimitServiceServer(s, rateLimitService{conn: store(t), racy: racy})
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(s.Stop)
	return listener.Addr().String()
}

// serveThrottle answers CL.THROTTLE by GCRA, as redis-cell does.
func serveThrottle(t *testing.T, technique string) (host string) {
	t.Helper()
	s, err := server.NewServer("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	conn := store(t)
	tech, err := gcra.Algorithm().Technique(technique)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Register("PING", func(c *server.Peer, _ string, _ []string) { c.WriteInline("PONG") })
	if err != nil {
		t.Fatal(err)
	}
	err = s.Register("CL.THROTTLE", func(c *server.Peer, _ string, args []string) {
		var n [4]int64
		for i := range n {
			n[i], _ = strconv.ParseInt(args[i+1], 10, 64)
		}
		l := algorithms.Limit{L: n[1], W: time.Duration(n[2]) * time.Second, B: n[0] + 1}
		d, err := tech.New(conn, l, algorithms.Env{Now: time.Now}).Allow(context.Background(), args[0], n[3])
		if err != nil {
			c.WriteError("ERR " + err.Error())
			return
		}
		denied, retry := 0, -1
		if !d.Allowed {
			denied, retry = 1, int(d.RetryAfter.Seconds())
		}
		c.WriteLen(5)
		for _, v := range []int{denied, int(l.B), int(max(0, d.Remaining)), retry, 0} {
			c.WriteInt(v)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Addr().String()
}

// subject is the arguments of a short run of a service.
func subject(url, contract string, more ...string) []string {
	return append([]string{"run", "--subject", url, "--contract", contract, "--seed", "7", "--out", "r"}, more...)
}

func TestServiceOverHTTP(t *testing.T) {
	limit := algorithms.NewLimit(20, 100*time.Millisecond)
	short := []string{"--limit", "20", "--window", "100ms", "--duration", "1s"}
	for _, c := range []struct {
		name, technique, path string
		flags                 []string
		code                  int
		verdict               string
	}{
		{"race, key by header", "naive", "/check", []string{"--scenario", "concurrent", "--key-header", "X-User"}, 99, "invalid"},
		{"repaired, key by header", "lua", "/check", []string{"--scenario", "concurrent", "--key-header", "X-User"}, 0, "valid"},
		{"race, key and cost by URL", "naive", "/check/{key}?cost={cost}", []string{"--scenario", "weighted"}, 99, "invalid"},
		{"repaired, key and cost by URL", "lua", "/check/{key}?cost={cost}", []string{"--scenario", "weighted"}, 0, "valid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := serveHTTP(t, limiterOf(t, fixedwindow.Algorithm(), c.technique, limit)) + c.path
			dir := t.TempDir()
			o := call(t, dir, append(subject(url, "window", short...), c.flags...)...)
			if o.code != c.code {
				t.Fatalf("exit code %d, want %d\n%s%s", o.code, c.code, o.stdout, o.stderr)
			}
			judgedAlike(t, dir, c.verdict, "/remote/window/service/http")
		})
	}
}

func TestServiceOfEnvoysProtocol(t *testing.T) {
	short := []string{"--limit", strconv.Itoa(rlsLimit), "--window", rlsWindow.String(), "--scenario", "concurrent", "--rate", "150"}
	for _, c := range []struct {
		racy    bool
		code    int
		verdict string
	}{{true, 99, "invalid"}, {false, 0, "valid"}} {
		dir := t.TempDir()
		o := call(t, dir, subject("rls://"+serveRLS(t, c.racy)+"/checkout?descriptor=user", "aligned-window", short...)...)
		if o.code != c.code {
			t.Fatalf("racy %t: exit code %d, want %d\n%s%s", c.racy, o.code, c.code, o.stdout, o.stderr)
		}
		judgedAlike(t, dir, c.verdict, "concurrent/remote/aligned-window/service/rls")
	}
}

func TestServiceOfThrottle(t *testing.T) {
	short := []string{"--limit", "100", "--window", "1s", "--burst", "20", "--scenario", "concurrent", "--rate", "400"}
	for _, c := range []struct {
		technique string
		code      int
		verdict   string
	}{{"naive", 99, "invalid"}, {"lua", 0, "valid"}} {
		dir := t.TempDir()
		o := call(t, dir, subject("throttle://"+serveThrottle(t, c.technique), "bucket", short...)...)
		if o.code != c.code {
			t.Fatalf("%s: exit code %d, want %d\n%s%s", c.technique, o.code, c.code, o.stdout, o.stderr)
		}
		judgedAlike(t, dir, c.verdict, "concurrent/remote/bucket/service/throttle")
	}
}

// The command in the README does what it says there, on a service at another address
// and with less load than a busy machine can be late with.
func TestExampleOfASubject(t *testing.T) {
	example := regexp.MustCompile(`(?m)^\./rlbench (run --subject .*)$`).FindSubmatch(content(t, "README.md"))
	if example == nil {
		t.Fatal("README.md shows no run of a subject")
	}
	url := serveHTTP(t, limiterOf(t, fixedwindow.Algorithm(), "lua", algorithms.NewLimit(20, time.Second)))
	line := strings.Replace(strings.ReplaceAll(string(example[1]), "'", ""), "http://127.0.0.1:8080", url, 1)
	dir := t.TempDir()
	o := call(t, dir, append(strings.Fields(line), "--rate", "150", "--out", "r")...)
	if o.code != 0 {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	judgedAlike(t, dir, "valid", "concurrent/remote/window/service/http")
}

// A service that never admits too much is still found out by what it tells those whom
// it denies.
func TestUntrueRetryAfterIsFound(t *testing.T) {
	url := serveHTTP(t, limiterOf(t, fixedwindow.Algorithm(), "lua", algorithms.NewLimit(2, 2*time.Second))) + "/lies/{key}"
	dir := t.TempDir()
	// It says 0, which may be short of a second, and its windows last for two.
	o := call(t, dir, subject(url, "window", "--limit", "2", "--window", "2s", "--duration", "2s", "--scenario", "saturate", "--repeat", "1")...)
	if o.code != 0 || !strings.Contains(string(content(t, filepath.Join(dir, "r", "result.json"))), "was told to retry after 0s") {
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// judgedAlike demands one verdict of a run, the same again from its history, and that
// nothing is recommended over a service.
func judgedAlike(t *testing.T, dir, verdict, cell string) {
	t.Helper()
	if got := verdicts(t, filepath.Join(dir, "r")); got != "service "+verdict {
		t.Errorf("verdicts %q, want %s", got, verdict)
	}
	again := call(t, dir, "check", "r")
	if !strings.Contains(again.stdout, cell) || strings.Contains(again.stdout, "(was ") || strings.Contains(again.stdout, "differs") {
		t.Errorf("check: exit code %d\n%s%s", again.code, again.stdout, again.stderr)
	}
	var r struct {
		Run   struct{ Server string }
		Cells []struct {
			ServerCPU *float64 `json:"server_cpu_us"`
			Overshoot struct{ Witness *struct{ Ops []int } }
		}
	}
	if err := json.Unmarshal(content(t, filepath.Join(dir, "r", "result.json")), &r); err != nil {
		t.Fatal(err)
	}
	if c := r.Cells[0]; c.ServerCPU != nil || (c.Overshoot.Witness != nil) != (verdict == "invalid") {
		t.Errorf("cell %+v of a %s service", c, verdict)
	}
	summary := string(content(t, filepath.Join(dir, "r", "summary.md")))
	if !strings.HasPrefix(r.Run.Server, "remote limiter at 127.0.0.1:") || !strings.Contains(summary, r.Run.Server) || !strings.Contains(summary, "not ranked") {
		t.Errorf("server %q, summary\n%s", r.Run.Server, summary)
	}
	for _, command := range [][]string{{"plot", "r"}, {"report", "r"}} {
		if o := call(t, dir, command...); o.code != 0 {
			t.Errorf("%v: exit code %d\n%s", command, o.code, o.stderr)
		}
	}
}

func TestWrongUseOfASubjectIsExplained(t *testing.T) {
	const window = " --contract window --limit 5 --window 1s"
	for _, c := range []struct{ args, want string }{
		{"run --contract window", "--contract has no meaning without the URL of a --subject"},
		{"run --subject ftp://host/x" + window, `scheme is "ftp"`},
		{"run --subject http://u:s3cret@host:port" + window, "not a URL"},
		{"run --subject http:///x" + window, "names no host"},
		{"run --subject http://h/x#{key}" + window, "what follows # is never sent"},
		{"run --subject rls://h:1" + window, "want rls://host:port/domain"},
		{"run --subject rls://h:1/d --key-header X" + window, "only over http:// and https://"},
		{"run --subject throttle://h" + window, "want throttle://host:port"},
		{"run --subject http://h/{key} --key-header X" + window, "either by header or by {key}"},
		{"run --subject http://h/x --limit 5 --window 1s", "needs --contract"},
		{"run --subject http://h/x --contract windw --limit 5 --window 1s", "did you mean window?"},
		{"run --subject http://h/x --contract window --limit 5", "needs --window"},
		{"run --subject http://h/x --contract bucket --limit 5 --window 1s", "needs --burst"},
		{"run --subject http://h/x --algorithm gcra" + window, "--algorithm has no meaning with --subject"},
		{"run --subject http://h/x --server local" + window, "--server has no meaning with --subject"},
		{"run --subject http://h/x --granularity 2s" + window, "--granularity must be from 0 to the window"},
		{"run --subject http://h/x --scenario weighted" + window, "where in the URL of --subject the {cost} goes"},
	} {
		o := call(t, t.TempDir(), strings.Fields(c.args)...)
		if o.code != 2 || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 || strings.Contains(o.stderr, "s3cret") {
			t.Errorf("rlbench %s: exit code %d, stderr %q; want code 2 and one line with %q", c.args, o.code, o.stderr, c.want)
		}
	}
}

// What cannot be tried is said in one line, and nothing is left behind.
func TestUnusableSubjectIsExplained(t *testing.T) {
	limit := algorithms.NewLimit(20, time.Minute)
	web := serveHTTP(t, limiterOf(t, fixedwindow.Algorithm(), "lua", limit))
	other := grpc.NewServer()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = other.Serve(listener) }()
	t.Cleanup(other.Stop)
	for _, c := range []struct{ name, url, want string }{
		{"nobody there", "http://127.0.0.1:1/check", "connection refused"},
		{"wrong path", web + "/chekc", "404 Not Found"},
		{"no TLS", strings.Replace(web, "http:", "https:", 1) + "/check", "does not speak TLS"},
		{"wrong header", web + "/check", "denied the first request of a new key"},
		{"another gRPC service", "rls://" + listener.Addr().String() + "/d", "no envoy.service.ratelimit.v3.RateLimitService"},
		{"nobody there, gRPC", "rls://127.0.0.1:1/d", "connection refused"},
		{"no such command", "throttle://" + providertest.Redis(t), "does not know the command CL.THROTTLE"},
		{"another limit", "rls://" + serveRLS(t, false) + "/d", "limit is 25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			o := call(t, dir, subject(c.url, "aligned-window", "--limit", "20", "--window", "1s")...)
			if o.code != 1 || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 {
				t.Errorf("exit code %d, stderr %q; want code 1 and one line with %q", o.code, o.stderr, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "r")); !os.IsNotExist(err) {
				t.Error("a run that never began left its folder behind")
			}
		})
	}
}

// A run of a service that was cut short goes on, from the flags that it was given.
func TestRunOfAServiceGoesOn(t *testing.T) {
	url := serveHTTP(t, limiterOf(t, fixedwindow.Algorithm(), "lua", algorithms.NewLimit(20, 100*time.Millisecond))) + "/check/{key}?cost={cost}"
	dir := t.TempDir()
	c := command(t, dir, subject(url, "window", "--limit", "20", "--window", "100ms", "--duration", "500ms", "--scenario", "baseline", "--rate", "100", "--repeat", "5")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, "the first cell", func() bool {
		_, err := os.Stat(filepath.Join(dir, "r", "result.json"))
		return err == nil
	})
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	o := call(t, dir, "run", "--resume", "r")
	if o.code != 0 || strings.Count(string(content(t, filepath.Join(dir, "r", "result.json"))), `"history":`) != 5 {
		t.Errorf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// No credential of the URL is written anywhere.
func TestSecretsOfASubjectAreNotWritten(t *testing.T) {
	limit := algorithms.NewLimit(20, 100*time.Millisecond)
	url := serveHTTP(t, limiterOf(t, fixedwindow.Algorithm(), "lua", limit))
	secret := strings.Replace(url, "http://", "http://us3r:s3cret@", 1) + "/check/{key}?cost={cost}&token=s3cret"
	dir := t.TempDir()
	o := call(t, dir, subject(secret, "window", "--limit", "20", "--window", "100ms", "--duration", "1s", "--scenario", "concurrent")...)
	if o.code != 0 && o.code != 97 { // whether the load was punctual is of no interest here
		t.Fatalf("exit code %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	// What is not stored cannot be gone on with.
	damage(t, filepath.Join(dir, "r", "result.json"), func(b []byte) []byte {
		return []byte(strings.Replace(string(b), `"complete": true`, `"complete": false`, 1))
	})
	again := call(t, dir, "run", "--resume", "r")
	if again.code != 2 || !strings.Contains(again.stderr, "give the URL with them") {
		t.Errorf("resume: exit code %d\n%s", again.code, again.stderr)
	}
	leak := regexp.MustCompile("s3cret|us3r")
	if leak.MatchString(o.stdout + o.stderr) {
		t.Errorf("a credential is printed\n%s%s", o.stdout, o.stderr)
	}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && leak.Match(content(t, path)) {
			t.Errorf("%s holds a credential", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
