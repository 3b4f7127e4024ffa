package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	builtin "github.com/rlbench/rlbench/algorithms/all"
	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/goredis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// library is a limiter under test with the algorithm whose contract it states.
type library struct {
	algorithm algorithms.Algorithm
	technique algorithms.Technique
}

func (l library) name() string { return l.algorithm.Name + "/" + l.technique.Name }

func libraries() (list []library) {
	byName := map[string]algorithms.Algorithm{}
	for _, a := range builtin.Algorithms() {
		byName[a.Name] = a
	}
	for name, techniques := range techniques() {
		for _, t := range techniques {
			list = append(list, library{byName[name], t})
		}
	}
	for _, a := range others() {
		for _, t := range a.Techniques {
			list = append(list, library{a, t})
		}
	}
	return list
}

// eachLibrary runs a test for every library at once, each on a server of its own.
func eachLibrary(t *testing.T, test func(t *testing.T, l library, addr string)) {
	for _, l := range libraries() {
		t.Run(l.name(), func(t *testing.T) {
			t.Parallel()
			test(t, l, providertest.Redis(t))
		})
	}
}

// bounded are the settings that a run uses.
func bounded() drivers.Options { return drivers.Clients(8)[0] }

func (l library) open(t *testing.T, addr string, with drivers.Options, limit algorithms.Limit) algorithms.Limiter {
	t.Helper()
	limiter, err := l.technique.Open(t.Context(), drivers.Endpoints{Addrs: []string{addr}}, with, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = limiter.(io.Closer).Close() })
	return limiter
}

// admin is a connection beside the library's.
func admin(t *testing.T, addr string) drivers.Conn {
	t.Helper()
	conn, err := goredis.Driver{}.Open(t.Context(), drivers.Endpoints{Addrs: []string{addr}}, bounded())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func allow(t *testing.T, limiter algorithms.Limiter, user string, n int64) algorithms.Decision {
	t.Helper()
	d, err := limiter.Allow(t.Context(), user, n)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// hourly refills nothing while a test runs.
var hourly = algorithms.NewLimit(3, time.Hour)

// atOnce is what a library admits at once: the limit, and one more of a queue, which
// is in service.
func (l library) atOnce() int64 {
	if l.algorithm.Name == "leakybucket" {
		return hourly.B + 1
	}
	return hourly.B
}

func TestTheLimitIsAdmittedAndNoMore(t *testing.T) {
	eachLibrary(t, func(t *testing.T, l library, addr string) {
		limiter := l.open(t, addr, bounded(), hourly)
		for i := range l.atOnce() {
			d := allow(t, limiter, "a", 1)
			if !d.Allowed || d.RetryAfter != 0 || d.Remaining != algorithms.NotKnown && d.Remaining != hourly.L-1-i {
				t.Errorf("request %d: %+v", i+1, d)
			}
		}
		if d := allow(t, limiter, "a", 1); d.Allowed || d.RetryAfter == 0 || d.Remaining > 0 {
			t.Errorf("beyond the limit: %+v", d)
		}
		if d := allow(t, limiter, "b", 1); !d.Allowed {
			t.Errorf("another user: %+v", d)
		}
	})
}

// A cost of 2 finds no room beside another; whether its denial takes the last of the
// room is what the contract says.
func TestCosts(t *testing.T) {
	eachLibrary(t, func(t *testing.T, l library, addr string) {
		limiter := l.open(t, addr, bounded(), hourly)
		if _, err := limiter.Allow(t.Context(), "a", 0); !errors.Is(err, algorithms.ErrCost) {
			t.Errorf("cost 0: %v", err)
		}
		if l.technique.UnitCost {
			if _, err := limiter.Allow(t.Context(), "a", 2); drivers.ClassOf(err) != drivers.Failed {
				t.Errorf("cost 2: %v, want an error classed as failed", err)
			}
			return
		}
		charges := l.algorithm.ContractOf(l.technique, hourly).ChargesDenied
		for i, want := range []struct {
			cost    int64
			allowed bool
		}{{2, true}, {2, false}, {1, !charges}} {
			if d := allow(t, limiter, "a", want.cost); d.Allowed != want.allowed {
				t.Errorf("request %d of cost %d: %+v, want allowed %v", i+1, want.cost, d, want.allowed)
			}
		}
		if d := allow(t, limiter, "b", hourly.B+1); d.Allowed {
			t.Errorf("more than there ever is: %+v", d)
		}
	})
}

// Whoever waits as long as the library says, and a granule more, is admitted.
func TestRetryAfterIsTruthful(t *testing.T) {
	limit := algorithms.NewLimit(3, time.Second)
	eachLibrary(t, func(t *testing.T, l library, addr string) {
		limiter := l.open(t, addr, bounded(), limit)
		d := allow(t, limiter, "a", 1)
		for d.Allowed {
			d = allow(t, limiter, "a", 1)
		}
		if d.RetryAfter == algorithms.NotKnown {
			return
		}
		if d.RetryAfter < 0 || d.RetryAfter > 2*limit.W {
			t.Fatalf("retry after %s", d.RetryAfter)
		}
		<-time.After(d.RetryAfter + l.algorithm.ContractOf(l.technique, limit).Granularity)
		if again := allow(t, limiter, "a", 1); !again.Allowed {
			t.Errorf("denied again after %s: %+v", d.RetryAfter, again)
		}
	})
}

// The audit of a run finds keys by the user's name.
func TestKeysNameTheUserAndExpire(t *testing.T) {
	eachLibrary(t, func(t *testing.T, l library, addr string) {
		allow(t, l.open(t, addr, bounded(), hourly), "somebody", 1)
		conn := admin(t, addr)
		keys, err := conn.Do(t.Context(), "KEYS", "*")
		if err != nil || len(keys.Items) == 0 {
			t.Fatalf("keys %v, %v", keys.Items, err)
		}
		for _, key := range keys.Items {
			ttl, err := conn.Do(t.Context(), "PTTL", key.Text)
			if err != nil || ttl.Int < 0 || !strings.Contains(key.Text, "somebody") {
				t.Errorf("key %q lives for %d ms, %v", key.Text, ttl.Int, err)
			}
		}
	})
}

// ignoresDeadlines are the libraries on redigo: they do not pass the context on.
var ignoresDeadlines = map[string]bool{"intervals/go-redisstore": true, "gcra/throttled-redigo": true}

// A server that stalls is neither an admission nor a denial. Only one thing can end
// the operation in the time that a test has: the deadline, or where the library
// ignores it the timeout of the socket.
func TestStalledServer(t *testing.T) {
	eachLibrary(t, func(t *testing.T, l library, addr string) {
		with, deadline := bounded(), 200*time.Millisecond
		with.ReadTimeout, with.WriteTimeout = time.Hour, time.Hour
		if ignoresDeadlines[l.name()] {
			with.ReadTimeout, deadline = 200*time.Millisecond, time.Hour
		}
		limiter := l.open(t, addr, with, hourly)
		allow(t, limiter, "a", 1) // the connection is there
		if _, err := admin(t, addr).Do(t.Context(), "CLIENT", "PAUSE", "3600000", "ALL"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		defer cancel()
		d, err := limiter.Allow(ctx, "a", 1)
		if got := algorithms.OutcomeOf(d, err); got != algorithms.Unknown {
			t.Errorf("outcome %s: %+v, %v", got, d, err)
		}
	})
}

func TestCloseEndsEveryConnection(t *testing.T) {
	eachLibrary(t, func(t *testing.T, l library, addr string) {
		limiter := l.open(t, addr, bounded(), hourly)
		allow(t, limiter, "a", 1)
		if err := limiter.(io.Closer).Close(); err != nil {
			t.Fatal(err)
		}
		conn := admin(t, addr)
		for waited := time.Now(); ; {
			list, err := conn.Do(t.Context(), "CLIENT", "LIST")
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(list.Text, "\n") == 1 {
				break
			}
			if time.Since(waited) > time.Minute {
				t.Fatalf("still connected:\n%s", list.Text)
			}
		}
		if d, err := limiter.Allow(t.Context(), "a", 1); err == nil {
			t.Errorf("answered after it was closed: %+v", d)
		}
	})
}

// hidesCauses are the libraries whose lock does not pass on why it failed, so that
// nothing proves that it was not taken.
var hidesCauses = map[string]bool{"tokenbucket/limiters": true, "leakybucket/limiters": true}

func TestNoServer(t *testing.T) {
	for _, l := range libraries() {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel() // the lock is tried again and again until then
		at := drivers.Endpoints{Addrs: []string{"127.0.0.1:1"}}
		limiter, err := l.technique.Open(ctx, at, bounded(), hourly)
		if err == nil {
			_, err = limiter.Allow(ctx, "a", 1)
			_ = limiter.(io.Closer).Close()
		}
		if err == nil || drivers.ClassOf(err) != drivers.Failed && !hidesCauses[l.name()] {
			t.Errorf("%s: %v, want an error classed as failed", l.name(), err)
		}
	}
}

// A library must not be measured under settings that it does not follow, nor with a
// rate that it takes for another.
func TestWhatALibraryCannotDoIsRefused(t *testing.T) {
	at := drivers.Endpoints{Addrs: []string{"127.0.0.1:1"}}
	for _, l := range libraries() {
		pipelined := bounded()
		pipelined.Client, pipelined.Pipelining = "pipelined", drivers.Pipelined
		if _, err := l.technique.Open(t.Context(), at, pipelined, hourly); l.technique.Driver == "goredis" && err == nil {
			t.Errorf("%s: pipelined settings were accepted", l.name())
		}
	}
	dense := algorithms.NewLimit(1e9, time.Millisecond)
	for _, open := range []func(context.Context, drivers.Endpoints, drivers.Options, algorithms.Limit) (algorithms.Limiter, error){
		openThrottledGoRedis, openThrottledRedigo, openLimiter(false, newTokenBucket),
	} {
		if _, err := open(t.Context(), at, bounded(), dense); err == nil {
			t.Errorf("limit %d per %s was accepted", dense.L, dense.W)
		}
	}
}

// A grid of windows that does not meet 1970 is not the one that a checker counts in: to
// judge by it would blame a library for nothing.
func TestWindowsOfTheClock(t *testing.T) {
	for window, want := range map[time.Duration]algorithms.Kind{
		250 * time.Millisecond: algorithms.AlignedWindow, time.Hour: algorithms.AlignedWindow,
		7 * time.Second: algorithms.EnvelopeOnly, 1900 * time.Millisecond: algorithms.EnvelopeOnly,
	} {
		if got := alignedWindow(algorithms.NewLimit(3, window)).Kind; got != want {
			t.Errorf("windows of %s are judged as %s, want %s", window, got, want)
		}
	}
}
