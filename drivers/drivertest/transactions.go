package drivertest

import (
	"context"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

func (s suite) transactions(t *testing.T) {
	conn := s.open(t)
	t.Run("replies", func(t *testing.T) {
		must(t, conn, "DEL", "k{t}")
		got, err := conn.Multi(within(t), drivers.Cmd("GET", "k{t}"), drivers.Cmd("INCR", "k{t}"), drivers.Cmd("GET", "k{t}"), drivers.Cmd("TIME"))
		if err != nil || len(got) != 4 {
			t.Fatalf("got %v, %v, want 4 replies", got, err)
		}
		if want := []drivers.Reply{{}, integer(1), text("1")}; !reflect.DeepEqual(got[:3], want) {
			t.Errorf("got %v, want %v", got[:3], want)
		}
		if got[3].Kind != drivers.Array || len(got[3].Items) != 2 {
			t.Errorf("TIME: got %v, want an array of 2", got[3])
		}
	})
	t.Run("item error", func(t *testing.T) { itemError(t, conn, conn) })
	t.Run("refused", func(t *testing.T) { refused(t, conn) })
	t.Run("one trip", s.oneTrip)
	t.Run("empty", func(t *testing.T) {
		_, err := conn.Multi(within(t))
		wantError(t, err, drivers.Failed, drivers.ErrNoCommand.Error())
	})
	t.Run("over", func(t *testing.T) {
		_, err := conn.Multi(over(), drivers.Cmd("INCR", "k{t}"))
		wantError(t, err, drivers.Failed, "")
	})
}

// itemError: Redis keeps what the other commands of a transaction wrote.
func itemError(t *testing.T, conn drivers.Conn, reader drivers.Conn) {
	for _, first := range []bool{true, false} {
		must(t, reader, "SET", "k{t}", "0")
		must(t, reader, "SET", "text{t}", "x")
		cmds := []drivers.Command{drivers.Cmd("INCR", "text{t}"), drivers.Cmd("INCR", "k{t}")}
		if !first {
			cmds[0], cmds[1] = cmds[1], cmds[0]
		}
		_, err := conn.Multi(within(t), cmds...)
		wantError(t, err, drivers.Unknown, "ERR value is not an integer or out of range")
		if got := must(t, reader, "GET", "k{t}"); got.Text != "1" {
			t.Errorf("counter is %s, want 1: the other command ran", got.Text)
		}
	}
}

// refused: the server did not queue a command, so EXEC ran none.
func refused(t *testing.T, conn drivers.Conn) {
	must(t, conn, "SET", "k{t}", "0")
	for _, bad := range []drivers.Command{drivers.Cmd("ERRORIZE", "k{t}"), drivers.Cmd("GET", "k{t}", "more")} {
		_, err := conn.Multi(within(t), drivers.Cmd("INCR", "k{t}"), bad)
		wantError(t, err, drivers.Failed, "EXECABORT Transaction discarded because of previous errors.")
	}
	if got := must(t, conn, "GET", "k{t}"); got.Text != "0" {
		t.Errorf("counter is %s, want 0", got.Text)
	}
}

// oneTrip: MULTI, the commands and EXEC leave together, with and without WATCH, also
// where the client has to find the node first.
func (s suite) oneTrip(t *testing.T) {
	var sent record
	at := s.at
	at.Dial = sent.dial
	conn := s.openAt(t, at)
	incr := drivers.Cmd("INCR", "k{t}")
	must(t, conn, "SET", "k{t}", "0")
	if _, err := conn.Multi(within(t), incr, incr); err != nil {
		t.Fatal(err)
	}
	err := conn.Watch(within(t), []string{"k{t}"}, func(tx drivers.Tx) error {
		_, err := tx.Exec(within(t), incr, incr)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, write := range sent.writes() {
		said := strings.ToUpper(write)
		parts := strings.Count(said, "MULTI\r\n") + strings.Count(said, "INCR\r\n") + strings.Count(said, "EXEC\r\n")
		switch parts {
		case 0: // a handshake, SET or WATCH
		case 4:
			whole++
		default:
			t.Errorf("a part of a transaction was sent by itself: %q", write)
		}
	}
	if whole != 2 {
		t.Errorf("%d transactions were sent in one piece, want 2", whole)
	}
}

// record keeps what a client writes.
type record struct {
	mu   sync.Mutex
	sent []string
}

// dial is the dial hook of the client.
func (r *record) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return recorded{conn, r}, nil
}

func (r *record) writes() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}

type recorded struct {
	net.Conn
	to *record
}

func (c recorded) Write(b []byte) (int, error) {
	c.to.mu.Lock()
	c.to.sent = append(c.to.sent, string(b))
	c.to.mu.Unlock()
	return c.Conn.Write(b)
}
