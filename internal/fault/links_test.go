package fault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/provider"
)

// soon bounds what must come, and only ends a test that would fail. A moment is how
// long what must not come is waited for.
const (
	soon   = 20 * time.Second
	moment = 30 * time.Millisecond
)

// echo answers every line with the same line, and tells what it has read.
type echo struct {
	net.Listener
	lines chan string
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{l, make(chan string, 1000)}
	var served sync.WaitGroup
	served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() { e.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); served.Wait() })
	return e
}

func (e *echo) serve(c net.Conn) {
	defer c.Close()
	for r := bufio.NewReader(c); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		e.lines <- line
		if _, err := io.WriteString(c, line); err != nil {
			return
		}
	}
}

// heard returns the next line that the server has read.
func (e *echo) heard(t *testing.T) string {
	t.Helper()
	select {
	case line := <-e.lines:
		return line
	case <-time.After(soon):
		t.Fatal("nothing arrived at the server")
		return ""
	}
}

// open opens the link of a client of its own.
func open(t *testing.T, l *Links, e *echo) net.Conn {
	t.Helper()
	return opened(t, l.Dial(nil), e)
}

// opened opens one more link of a client.
func opened(t *testing.T, dial drivers.DialFunc, e *echo) net.Conn {
	t.Helper()
	c, err := dial(t.Context(), "tcp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func armed(t *testing.T, l *Links, r rule) provider.Heal {
	t.Helper()
	heal, err := l.arm(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = heal() })
	return heal
}

func say(t *testing.T, c net.Conn, line string) {
	t.Helper()
	if n, err := io.WriteString(c, line); err != nil || n != len(line) {
		t.Fatalf("write %q: %d, %v", line, n, err)
	}
}

// hear reads one line.
func hear(t *testing.T, c net.Conn, want string) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(soon))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v, want %q", got, err, want)
	}
}

// silence checks that nothing arrives for a moment.
func silence(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(moment))
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v, want the deadline", n, err)
	}
}

func everything(*link) bool { return true }

func TestWithoutLinksTheDialIsTheCallers(t *testing.T) {
	var none *Links
	if none.Dial(nil) != nil {
		t.Error("a dial function came from nowhere")
	}
	for _, f := range []Fault{Delay{}, Loss{}, LostReply{}} {
		if _, err := f.Inject(t.Context(), Target{}); !errors.Is(err, errNoLinks) {
			t.Errorf("%s without links: %v", f.Name(), err)
		}
	}
}

// What a silent link holds back arrives when it is healed, in order, also what the
// client has written before it gave up.
func TestSilence(t *testing.T) {
	l, e := new(Links), newEcho(t)
	kept, left := open(t, l, e), open(t, l, e)
	say(t, kept, "a\n")
	hear(t, kept, "a\n")
	e.heard(t)
	heal := armed(t, l, rule{silences: everything})
	for _, c := range []net.Conn{kept, left, open(t, l, e)} {
		say(t, c, "b\n")
		silence(t, c)
	}
	if err := left.Close(); err != nil {
		t.Error(err)
	}
	if _, err := left.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read from a closed link: %v", err)
	}
	if _, err := left.Write([]byte("c")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write to a closed link: %v", err)
	}
	if len(e.lines) > 0 {
		t.Errorf("the server has read %q through silence", <-e.lines)
	}
	for range 2 { // a heal is idempotent
		if err := heal(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if got := e.heard(t); got != "b\n" {
			t.Errorf("after the heal the server reads %q, want what was held back", got)
		}
	}
	say(t, kept, "d\n")
	hear(t, kept, "b\nd\n")
}

// begun tells when its reader waits.
type begun struct {
	net.Conn
	reads chan struct{}
}

func (c begun) Read(p []byte) (int, error) {
	c.reads <- struct{}{}
	return c.Conn.Read(p)
}

// An answer that comes into a read which has begun before the silence is held back
// too, and so is the end of the connection.
func TestSilenceHoldsWhatIsOnItsWay(t *testing.T) {
	client, server := net.Pipe()
	l, pipe := new(Links), begun{client, make(chan struct{}, 10)}
	c, err := l.Dial(func(context.Context, string, string) (net.Conn, error) { return pipe, nil })(t.Context(), "tcp", "a:1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	read := make(chan string, 1)
	go func() {
		all, err := io.ReadAll(c)
		read <- fmt.Sprint(string(all), err)
	}()
	<-pipe.reads
	heal := armed(t, l, rule{blocks: func(addr string) bool { return addr == "a:1" }})
	if _, err := io.WriteString(server, "late"); err != nil {
		t.Fatal(err)
	}
	_ = server.Close()
	select {
	case got := <-read:
		t.Errorf("read %s through silence", got)
	case <-time.After(moment):
	}
	_ = heal()
	if got := <-read; got != "late<nil>" {
		t.Errorf("read %s after the heal, want what was on its way", got)
	}
}

// Close ends a read that waits on a silent link.
func TestCloseEndsARead(t *testing.T) {
	for _, writes := range []string{"", "a\n"} {
		l, e := new(Links), newEcho(t)
		c := open(t, l, e)
		heal := armed(t, l, rule{silences: everything})
		say(t, c, writes)
		ended := make(chan error)
		go func() {
			_, err := c.Read(make([]byte, 1))
			ended <- err
		}()
		time.AfterFunc(moment, func() { _ = c.Close() })
		select {
		case err := <-ended:
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("after %q the read ended by %v", writes, err)
			}
		case <-time.After(soon):
			t.Fatal("the read goes on after Close")
		}
		_ = heal()
		if writes != "" && e.heard(t) != writes {
			t.Error("what was written before Close did not arrive")
		}
	}
}

// A dial to a blocked address hangs until its context ends or the fault does.
func TestBlockedDial(t *testing.T) {
	l, e := new(Links), newEcho(t)
	heal := armed(t, l, rule{blocks: func(addr string) bool { return addr == e.Addr().String() }})
	dial := l.Dial(nil)
	ctx, cancel := context.WithTimeout(t.Context(), moment)
	defer cancel()
	_, err := dial(ctx, "tcp", e.Addr().String())
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dial to a blocked address: %v, want a timeout", err)
	}
	other := newEcho(t)
	say(t, open(t, l, other), "a\n")
	other.heard(t)
	time.AfterFunc(moment, func() { _ = heal() })
	say(t, open(t, l, e), "b\n")
	e.heard(t)
}

// Answers that come together are late by the same time, not one after the other.
func TestLate(t *testing.T) {
	l, e := new(Links), newEcho(t)
	c := open(t, l, e)
	say(t, c, "a\n")
	hear(t, c, "a\n")
	heal := armed(t, l, rule{late: moment})
	began := time.Now()
	const many = 20
	for range many {
		say(t, c, "b\n")
		e.heard(t) // so that each arrives on its own
	}
	hear(t, c, strings.Repeat("b\n", many)[:2])
	if took := time.Since(began); took < moment {
		t.Errorf("answered after %s, want %s or more", took, moment)
	}
	hear(t, c, strings.Repeat("b\n", many-1))
	if took := time.Since(began); took >= many*moment {
		t.Errorf("%d answers took %s: each was late after the one before", many, took)
	}
	_ = heal()
	_ = c.SetReadDeadline(time.Now().Add(-time.Second))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read after its deadline: %v", err)
	}
	say(t, c, "d\n")
	hear(t, c, "d\n")
}

// The command of a lost answer has arrived; its connection is reset, no other is.
func TestLostAnswer(t *testing.T) {
	l, e := new(Links), newEcho(t)
	hit, other := open(t, l, e), open(t, l, e)
	heal := armed(t, l, rule{loses: func(*link) bool { return true }})
	say(t, hit, "a\n")
	if _, err := hit.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read of a lost answer: %v", err)
	}
	if got := e.heard(t); got != "a\n" {
		t.Errorf("the server has read %q", got)
	}
	_ = heal()
	if _, err := io.WriteString(hit, "b\n"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("write to a connection that was reset: %v", err)
	}
	if err := hit.Close(); err != nil {
		t.Error(err)
	}
	say(t, other, "c\n")
	hear(t, other, "c\n")
}

// check is what clients do with an idle connection.
func check(t *testing.T, c net.Conn) error {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var seen error
	err = raw.Read(func(fd uintptr) bool {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case n > 0:
			seen = errNotIdle
		case err == nil:
			seen = io.EOF
		}
		return true
	})
	return errors.Join(err, seen)
}

// A client sees through its idle check what has arrived, and not what has not.
func TestIdleCheck(t *testing.T) {
	l, e := new(Links), newEcho(t)
	c := open(t, l, e)
	awaitCheck := func(what string, met func(error) bool) {
		t.Helper()
		for limit := time.Now().Add(soon); !met(check(t, c)); time.Sleep(time.Millisecond) {
			if time.Now().After(limit) {
				t.Fatalf("%s: the idle check says %v", what, check(t, c))
			}
		}
	}
	idle := func(err error) bool { return err == nil }
	notIdle := func(err error) bool { return errors.Is(err, errNotIdle) }
	awaitCheck("a new link", idle)
	say(t, c, "a\n")
	awaitCheck("an answer", notIdle)
	hear(t, c, "a\n")
	e.heard(t)
	say(t, c, "b\n")
	e.heard(t)
	heal := armed(t, l, rule{silences: everything})
	awaitCheck("an answer behind silence", idle)
	silence(t, c) // the goroutine reads from now on
	awaitCheck("an answer behind silence", idle)
	_ = heal()
	awaitCheck("an answer after the heal", notIdle)
	hear(t, c, "b\n")
	awaitCheck("a link that was healed", idle)
}

// Loss hits the oldest connection of a client and every third from it on, later ones
// too; it hits another client alike.
func TestLossHitsEveryThird(t *testing.T) {
	l, e := new(Links), newEcho(t)
	dial := l.Dial(nil)
	_ = opened(t, dial, e).Close() // numbers are of no account
	conns := []net.Conn{opened(t, dial, e), opened(t, dial, e)}
	other := open(t, l, e)
	in, err := Loss{}.Inject(t.Context(), Target{Links: l})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		conns = append(conns, opened(t, dial, e))
	}
	say(t, other, "a\n")
	silence(t, other)
	for i, c := range conns {
		say(t, c, "a\n")
		if i%lossEvery == 0 {
			silence(t, c)
		} else {
			hear(t, c, "a\n")
		}
	}
	if err := in.Heal(); err != nil {
		t.Fatal(err)
	}
	hear(t, other, "a\n")
	hear(t, conns[0], "a\n")
	hear(t, conns[3], "a\n")
}

// Links are used by many clients while faults come and go: nothing is lost or
// reordered but by a reset.
func TestFaultsComeAndGo(t *testing.T) {
	l, e := new(Links), newEcho(t)
	over := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		c := open(t, l, e)
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				line := strings.Repeat("x", i%7) + "\n"
				_ = c.SetDeadline(time.Now().Add(soon))
				if _, err := io.WriteString(c, line); err != nil {
					t.Error(err)
					return
				}
				got := make([]byte, len(line))
				if _, err := io.ReadFull(c, got); err != nil || string(got) != line {
					t.Errorf("read %q, %v, want %q", got, err, line)
					return
				}
				<-e.lines
			}
		})
	}
	for i := range 40 {
		heal := armed(t, l, rule{silences: func(c *link) bool { return (int64(c.client.number)+c.number)%2 == int64(i)%2 }})
		late := armed(t, l, rule{late: time.Millisecond})
		time.Sleep(time.Millisecond)
		_, _ = heal(), late()
	}
	close(over)
	clients.Wait()
}

// BenchmarkLinks shows what a link costs while no fault is armed.
func BenchmarkLinks(b *testing.B) {
	for _, one := range []struct {
		name  string
		links *Links
	}{{"plain", nil}, {"linked", new(Links)}} {
		b.Run(one.name, func(b *testing.B) {
			dial := func(context.Context, string, string) (net.Conn, error) { return still{}, nil }
			c, _ := one.links.Dial(dial)(b.Context(), "tcp", "a:1")
			p := make([]byte, 16)
			for b.Loop() {
				_ = c.SetDeadline(time.Time{})
				_, _ = c.Write(p)
				_, _ = c.Read(p)
			}
		})
	}
}

// still is a connection that costs nothing.
type still struct{ net.Conn }

func (still) SetDeadline(time.Time) error { return nil }
func (still) Read(p []byte) (int, error)  { return len(p), nil }
func (still) Write(p []byte) (int, error) { return len(p), nil }
