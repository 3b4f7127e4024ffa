package drivertest

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

func (s suite) opening(t *testing.T) {
	t.Run("resolve", s.resolve)
	t.Run("dial hook", s.dialHook)
	t.Run("user", s.user)
	t.Run("forbidden multi", s.forbiddenMulti)
	t.Run("refused", func(t *testing.T) {
		l := listen(t)
		_ = l.Close()
		s.wantOpenError(t, l.Addr().String(), "connection refused")
	})
	t.Run("silent", func(t *testing.T) {
		s.with.DialTimeout, s.with.ReadTimeout, s.with.WriteTimeout = time.Hour, time.Hour, time.Hour
		s.wantOpenError(t, stranger(t, ""), "")
	})
	t.Run("not redis", func(t *testing.T) {
		s.wantOpenError(t, stranger(t, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"), "")
	})
	t.Run("old redis", func(t *testing.T) {
		s.wantOpenError(t, stranger(t, "-ERR unknown command 'X', with args beginning with: 'AUTH' 'u' '"+secret+"'\r\n"), "***")
	})
	t.Run("addresses", func(t *testing.T) {
		_, err := s.driver.Open(within(t), drivers.Endpoints{}, s.with)
		if want := "open " + s.driver.Name() + ": a standalone server has one address, got 0"; err == nil || err.Error() != want {
			t.Errorf("got error %v, want %q", err, want)
		}
	})
}

// resolve: nothing is left open, and resolved options mean the same again.
func (s suite) resolve(t *testing.T) {
	got := s.driver.Resolve(s.with)
	if got.Retries == 0 || got.PoolSize == 0 || got.DialTimeout == 0 || got.ReadTimeout == 0 || got.WriteTimeout == 0 || got.Pipelining == drivers.AsShipped {
		t.Errorf("an unresolved field in %+v", got)
	}
	if again := s.driver.Resolve(got); again != got {
		t.Errorf("resolved twice: %+v, once: %+v", again, got)
	}
	if s.with.Client == "bounded" && (got.Retries != drivers.NoRetries || got.PoolSize != poolSize || got.ReadTimeout != s.with.ReadTimeout || !got.HonourDeadline) {
		t.Errorf("not bounded: %+v", got)
	}
}

func (s suite) dialHook(t *testing.T) {
	var dials atomic.Int64
	at := drivers.Endpoints{Addrs: []string{"announced.invalid:1"}, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		if network != "tcp" || addr != "announced.invalid:1" {
			t.Errorf("dial hook got %s %s", network, addr)
		}
		return new(net.Dialer).DialContext(ctx, network, s.addr)
	}}
	conn := s.openAt(t, at)
	must(t, conn, "SET", "k", "1")
	if dials.Load() == 0 {
		t.Error("the dial hook was not used")
	}
}

const secret = "hunter2-hunter2"

func (s suite) user(t *testing.T) {
	admin := s.open(t)
	must(t, admin, "ACL", "SETUSER", "limiter", "on", ">"+secret, "~*", "&*", "+@all")
	defer must(t, admin, "ACL", "DELUSER", "limiter")
	at := drivers.Endpoints{Addrs: []string{s.addr}, Username: "limiter", Password: secret}
	conn := s.openAt(t, at)
	if who := must(t, conn, "ACL", "WHOAMI"); who.Text != "limiter" {
		t.Errorf("the server sees %q, want limiter", who.Text)
	}
	at.Password = "wrong-" + secret
	_, err := s.driver.Open(within(t), at, s.with)
	s.wantSentence(t, err, "WRONGPASS invalid username-password pair")
}

// forbiddenMulti: after a refused MULTI the commands run one by one, so that the
// refusal proves nothing, and the connection must not mix up later replies.
func (s suite) forbiddenMulti(t *testing.T) {
	admin := s.open(t)
	must(t, admin, "ACL", "SETUSER", "limiter", "on", ">"+secret, "~*", "&*", "+@all", "-multi")
	defer must(t, admin, "ACL", "DELUSER", "limiter")
	must(t, admin, "SET", "k", "0")
	s.with.PoolSize = 1
	conn := s.openAt(t, drivers.Endpoints{Addrs: []string{s.addr}, Username: "limiter", Password: secret})
	_, err := conn.Multi(within(t), drivers.Cmd("INCR", "k"), drivers.Cmd("INCR", "k"))
	wantError(t, err, drivers.Unknown, "")
	if got := must(t, admin, "GET", "k"); got.Text != "2" {
		t.Errorf("counter is %s, want 2", got.Text)
	}
	for range tries {
		if got := must(t, conn, "GET", "k"); got.Text != "2" {
			t.Fatalf("got %v from another command's reply", got)
		}
	}
}

// stranger is a server that answers whatever it reads with the same bytes; with
// none it never answers.
func stranger(t *testing.T, answer string) string {
	l := listen(t)
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				<-done
				_ = c.Close()
			}()
			go repeat(c, answer)
		}
	}()
	return l.Addr().String()
}

func repeat(c net.Conn, answer string) {
	for buf := make([]byte, 4096); ; {
		if _, err := c.Read(buf); err != nil {
			return
		}
		_, _ = c.Write([]byte(answer))
	}
}

// wantOpenError opens with a password, within a deadline.
func (s suite) wantOpenError(t *testing.T, addr, want string) {
	t.Helper()
	at := drivers.Endpoints{Addrs: []string{addr}, Username: "u", Password: secret}
	returned := make(chan error, 1)
	go func() {
		_, err := s.driver.Open(soon(t), at, s.with)
		returned <- err
	}()
	select {
	case err := <-returned:
		s.wantSentence(t, err, want)
	case <-within(t).Done():
		t.Fatal("open did not return after its deadline")
	}
}

// wantSentence: one line that says who failed, and never the password.
func (s suite) wantSentence(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	said := err.Error()
	if !strings.HasPrefix(said, "open "+s.driver.Name()+": ") || strings.ContainsAny(said, "\r\n") || strings.Contains(said, secret) {
		t.Errorf("not one clear sentence without the password: %q", said)
	}
	if !strings.Contains(said, want) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %q, want it to hold %q", said, want)
	}
}
