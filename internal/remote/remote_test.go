package remote

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

func TestPublicURL(t *testing.T) {
	for raw, want := range map[string]string{
		"http://host/check/{key}?cost={cost}":            "http://host/check/{key}?cost={cost}",
		"https://u:p@host:8443/v1?token=t&key={key}&t":   "https://***@host:8443/v1?token=***&key={key}&***",
		"rls://host:8081/checkout?descriptor=user":       "rls://host:8081/checkout?descriptor=user",
		"throttle://user:p%40ss@[::1]:6379":              "throttle://***@[::1]:6379",
		"http://only-user@host/x?a=b%20c&cost=x{cost}&&": "http://***@host/x?a=***&cost=***&&",
	} {
		s, err := Parse(raw, "")
		if err != nil || s.Public != want {
			t.Errorf("%s: %q, %v, want %q", raw, s.Public, err, want)
		}
	}
}

// open opens a subject as an engine does.
func open(t *testing.T, raw, header string) algorithms.Limiter {
	t.Helper()
	s, err := Parse(raw, header)
	if err != nil {
		t.Fatal(err)
	}
	tech := s.Algorithm(Promise{Kind: algorithms.Window}).Techniques[0]
	l, err := tech.Open(t.Context(), drivers.Endpoints{}, drivers.Clients(4)[0], algorithms.NewLimit(5, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeLimiter(l) })
	return l
}

func TestAlgorithmIsWellFormed(t *testing.T) {
	for _, kind := range Kinds() {
		s, err := Parse("http://host/", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Algorithm(Promise{Kind: kind}).Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestHTTPSendsKeyAndCost(t *testing.T) {
	var got *http.Request
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }))
	t.Cleanup(s.Close)
	for _, c := range []struct{ path, header, uri, key string }{
		{"/v1/check", "", "/v1/check", "a/b c&d"},
		{"/v1/check", "X-User", "/v1/check", "a/b c&d"},
		{"/v1/{key}/x?cost={cost}&k={key}", "", "/v1/a%2Fb%20c&d/x?cost=1&k=a%2Fb+c%26d", ""},
	} {
		if _, err := open(t, strings.Replace(s.URL, "http://", "http://me:secret@", 1)+c.path, c.header).Allow(t.Context(), "a/b c&d", 1); err != nil {
			t.Fatal(err)
		}
		name := DefaultKeyHeader
		if c.header != "" {
			name = c.header
		}
		user, password, _ := got.BasicAuth()
		if got.RequestURI != c.uri || got.Header.Get(name) != c.key || got.Method != "GET" || user+password != "mesecret" {
			t.Errorf("%s: %s %s, header %v", c.path, got.Method, got.RequestURI, got.Header)
		}
	}
}

func TestHTTPAnswers(t *testing.T) {
	var status int
	header := http.Header{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	l := open(t, s.URL, "")
	for code, want := range map[int]algorithms.Outcome{
		200: algorithms.Allowed, 204: algorithms.Allowed, 429: algorithms.Denied,
		301: algorithms.Unknown, 404: algorithms.Unknown, 500: algorithms.Unknown, 503: algorithms.Unknown,
	} {
		status = code
		header.Set("Location", s.URL+"/elsewhere")
		d, err := l.Allow(t.Context(), "k", 1)
		if got := algorithms.OutcomeOf(d, err); got != want {
			t.Errorf("%d is %s, want %s", code, got, want)
		}
	}
	status = 429
	header.Set("Retry-After", "3")
	header.Set("RateLimit-Limit", "10, 10;w=60")
	header.Set("RateLimit-Remaining", "0")
	if d, err := l.Allow(t.Context(), "k", 1); err != nil || d.RetryAfter != 3*time.Second || d.Limit != 10 || d.Remaining != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := l.Allow(t.Context(), "k", 2); algorithms.OutcomeOf(algorithms.Decision{}, err) != algorithms.Failed {
		t.Errorf("a cost that cannot be sent: %v", err)
	}
	s.Close()
	_, err := l.Allow(t.Context(), "k", 1)
	if err == nil || strings.Contains(err.Error(), "http://") {
		t.Errorf("%v: want an error without the URL", err)
	}
	refused := open(t, "http://127.0.0.1:1", "")
	if _, err := refused.Allow(t.Context(), "k", 1); drivers.ClassOf(err) != drivers.Failed {
		t.Errorf("a refused connection charges nothing: %v", err)
	}
}

// A connection that breaks after the request was read must not make the client ask
// again by itself: the first request may have been charged.
func TestHTTPNeverRepeatsARequest(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var requests atomic.Int64
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for first, r := true, bufio.NewReader(c); ; first = false {
					if _, err := http.ReadRequest(r); err != nil {
						return
					}
					requests.Add(1)
					if !first {
						return
					}
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				}
			}()
		}
	}()
	l := open(t, "http://"+listener.Addr().String(), "")
	if _, err := l.Allow(t.Context(), "k", 1); err != nil {
		t.Fatal(err)
	}
	if d, err := l.Allow(t.Context(), "k", 1); algorithms.OutcomeOf(d, err) != algorithms.Unknown {
		t.Errorf("%+v, %v: want unknown", d, err)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("the service saw %d requests for 2 decisions", n)
	}
}

func TestHTTPHonoursTheDeadline(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	d, err := open(t, s.URL, "").Allow(ctx, "k", 1)
	if !errors.Is(err, context.DeadlineExceeded) || algorithms.OutcomeOf(d, err) != algorithms.Unknown {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestFieldsOfAnswers(t *testing.T) {
	const unknown = algorithms.NotKnown
	date := "Sun, 06 Nov 1994 08:49:30 GMT"
	for _, c := range []struct {
		fields                  string
		limit, remaining        int64
		retryAfter, resetsAfter time.Duration
	}{
		{"", 0, unknown, unknown, unknown},
		{"Retry-After: 0", 0, unknown, 0, unknown},
		{"Retry-After: 120", 0, unknown, 2 * time.Minute, unknown},
		{"Retry-After: -1", 0, unknown, unknown, unknown},
		{"Retry-After: soon", 0, unknown, unknown, unknown},
		{"Retry-After: 99999999999999999", 0, unknown, algorithms.Never, unknown},
		{"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT|Date: " + date, 0, unknown, 7 * time.Second, unknown},
		{"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", 0, unknown, unknown, unknown},
		{"Retry-After: Sun, 06 Nov 1994 08:49:20 GMT|Date: " + date, 0, unknown, 0, unknown},
		{"RateLimit-Limit: 100|RateLimit-Remaining: 42|RateLimit-Reset: 5", 100, 42, unknown, 5 * time.Second},
		{"RateLimit-Limit: 100, 100;w=60|RateLimit-Remaining: x", 100, unknown, unknown, unknown},
		{`RateLimit: "default";r=50;t=30|RateLimit-Policy: "default";q=100;w=60`, 100, 50, unknown, 30 * time.Second},
		{`RateLimit: "hour";r=900, "second";r=3;t=1|RateLimit-Policy: "hour";q=1000;w=3600, "second";q=10;w=1`, 0, 3, unknown, time.Second},
		{`RateLimit: "default"`, 0, unknown, unknown, unknown},
		{`RateLimit: ;;,,=`, 0, unknown, unknown, unknown},
	} {
		h := http.Header{}
		for line := range strings.SplitSeq(c.fields, "|") {
			name, value, _ := strings.Cut(line, ": ")
			h.Add(name, value)
		}
		d := fieldsOf(h)
		if d.Limit != c.limit || d.Remaining != c.remaining || d.RetryAfter != c.retryAfter || d.ResetAfter != c.resetsAfter {
			t.Errorf("%q: %+v", c.fields, d)
		}
	}
}
