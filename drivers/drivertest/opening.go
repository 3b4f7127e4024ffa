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
	"github.com/rlbench/rlbench/internal/provider/providertest"
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
		at := s.at
		at.Addrs = nil
		_, err := s.driver.Open(within(t), at, s.with)
		s.wantSentence(t, err, "address")
	})
	if s.at.Mode != drivers.Cluster {
		t.Run("database", s.database)
	}
	if s.at.Mode != drivers.Standalone {
		t.Run("one server alone", s.alone)
	}
}

// alone: a server that is neither a sentinel nor a node of a Cluster is not taken for
// one, and the error says what was looked for.
func (s suite) alone(t *testing.T) {
	at := s.at
	at.Addrs = []string{providertest.Redis(t)}
	_, err := s.driver.Open(within(t), at, s.with)
	s.wantSentence(t, err, "")
	if !strings.Contains(strings.ToLower(err.Error()), string(s.at.Mode)) {
		t.Errorf("got error %q, want it to name the %s", err, s.at.Mode)
	}
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
	const announced = "announced.invalid"
	var dials atomic.Int64
	at := s.at
	at.Addrs = nil
	for _, addr := range s.at.Addrs {
		at.Addrs = append(at.Addrs, net.JoinHostPort(announced, portOf(addr)))
	}
	at.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, _ := net.SplitHostPort(addr)
		if network != "tcp" || s.at.Mode == drivers.Standalone && host != announced {
			t.Errorf("dial hook got %s %s", network, addr)
		}
		if host == announced {
			dials.Add(1)
		}
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}
	conn := s.openAt(t, at)
	must(t, conn, "SET", "k{t}", "1")
	if dials.Load() == 0 {
		t.Error("the dial hook was not used")
	}
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

const secret = "hunter2-hunter2"

func (s suite) user(t *testing.T) {
	at := s.addUser(t)
	conn := s.openAt(t, at)
	if who := must(t, conn, "ACL", "WHOAMI"); who.Text != "limiter" {
		t.Errorf("the server sees %q, want limiter", who.Text)
	}
	at.Password = "wrong-" + secret
	_, err := s.driver.Open(within(t), at, s.with)
	s.wantSentence(t, err, "WRONGPASS invalid username-password pair")
}

// database: every connection is in the database that was asked for, also those of
// transactions, and one that does not exist is refused.
func (s suite) database(t *testing.T) {
	at := s.at
	at.DB = 3
	first, third := s.open(t), s.openAt(t, at)
	must(t, first, "SET", "k{t}", "0")
	must(t, third, "SET", "k{t}", "3")
	defer must(t, third, "DEL", "k{t}")
	err := third.Watch(within(t), []string{"k{t}"}, func(tx drivers.Tx) error {
		_, err := tx.Exec(within(t), drivers.Cmd("INCR", "k{t}"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if zero, three := must(t, first, "GET", "k{t}"), must(t, third, "GET", "k{t}"); zero.Text != "0" || three.Text != "4" {
		t.Errorf("database 0 holds %s and 3 holds %s, want 0 and 4", zero.Text, three.Text)
	}
	at.DB = 1 << 20
	_, err = s.driver.Open(within(t), at, s.with)
	s.wantSentence(t, err, "DB index is out of range")
}

// addUser makes a user at every server, who may do everything but what the rules say.
func (s suite) addUser(t *testing.T, rules ...string) drivers.Endpoints {
	for _, addr := range s.nodes(t) {
		admin := s.single(t, addr)
		must(t, admin, append([]string{"ACL", "SETUSER", "limiter", "on", ">" + secret, "~*", "&*", "+@all"}, rules...)...)
		t.Cleanup(func() { must(t, admin, "ACL", "DELUSER", "limiter") })
	}
	at := s.at
	at.Username, at.Password = "limiter", secret
	return at
}

// forbiddenMulti: after a refused MULTI the commands run one by one, so that the
// refusal proves nothing, and the connection must not mix up later replies.
func (s suite) forbiddenMulti(t *testing.T) {
	admin := s.direct(t)
	must(t, admin, "SET", "k{t}", "0")
	s.with.PoolSize = 1
	conn := s.openAt(t, s.addUser(t, "-multi"))
	_, err := conn.Multi(within(t), drivers.Cmd("INCR", "k{t}"), drivers.Cmd("INCR", "k{t}"))
	wantError(t, err, drivers.Unknown, "")
	if got := must(t, admin, "GET", "k{t}"); got.Text != "2" {
		t.Errorf("counter is %s, want 2", got.Text)
	}
	for range tries {
		if got := must(t, conn, "GET", "k{t}"); got.Text != "2" {
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
	at := s.at
	at.Addrs, at.Username, at.Password = []string{addr}, "u", secret
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
