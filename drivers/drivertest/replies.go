package drivertest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

func integer(n int64) drivers.Reply { return drivers.Reply{Kind: drivers.Int, Int: n} }
func text(s string) drivers.Reply   { return drivers.Reply{Kind: drivers.Text, Text: s} }
func array(items ...drivers.Reply) drivers.Reply {
	return drivers.Reply{Kind: drivers.Array, Items: append([]drivers.Reply{}, items...)}
}

// big does not fit into any buffer of a client or socket.
var big = strings.Repeat("0123456789abcdef", 1<<16)

func (s suite) replies(t *testing.T) {
	conn := s.open(t)
	must(t, conn, "DEL", "k{t}", "n{t}", "h{t}", "z{t}")
	for _, c := range []struct {
		cmd  string
		want drivers.Reply
	}{
		{"GET k{t}", drivers.Reply{}},
		{"SET k{t} 12", text("OK")},
		{"GET k{t}", text("12")},
		{"INCR k{t}", integer(13)},
		{"DECRBY k{t} 20", integer(-7)},
		{"SET k{t} " + big, text("OK")},
		{"GET k{t}", text(big)},
		{"HMGET h{t} a b", array(drivers.Reply{}, drivers.Reply{})},
		{"KEYS none*", array()},
		{"HSET h{t} a 1", integer(1)},
		{"HGETALL h{t}", array(text("a"), text("1"))},
		{"ZADD z{t} 1.5 m", integer(1)},
		{"ZSCORE z{t} m", text("1.5")},
		{"SMEMBERS none{t}", array()},
		{"COMMAND GETKEYS GET k{t}", array(text("k{t}"))},
	} {
		got, err := conn.Do(within(t), strings.Fields(c.cmd)...)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%.40s: got %.80v, %v, want %.80v", c.cmd, got, err, c.want)
		}
	}
	s.nested(t, conn)
	s.errorReplies(t, conn)
}

func (s suite) nested(t *testing.T, conn drivers.Conn) {
	got, err := conn.Do(within(t), "EVAL", "return {1, {'two', {}}, false, 3.9}", "0")
	want := array(integer(1), array(text("two"), array()), drivers.Reply{}, integer(3))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("nested array: got %v, %v, want %v", got, err, want)
	}
	_, err = conn.Do(within(t), "EVAL", "return {1, redis.error_reply('MINE inside')}", "0")
	wantError(t, err, drivers.Unknown, "MINE inside")
}

// errorReplies are passed on as the server words them.
func (s suite) errorReplies(t *testing.T, conn drivers.Conn) {
	must(t, conn, "SET", "k{t}", "not a number")
	for _, cmd := range []string{"INCR k{t}", "HGET k{t} f", "ERRORIZE", "GET", "EXEC", "EVALSHA 0 0"} {
		_, err := conn.Do(within(t), strings.Fields(cmd)...)
		wantError(t, err, drivers.Failed, s.rawError(t, cmd))
	}
	if _, err := conn.Do(within(t)); !errors.Is(err, drivers.ErrNoCommand) {
		t.Errorf("no command: got error %v, want %v", err, drivers.ErrNoCommand)
	}
}

// rawError is the text of the error reply to an inline command.
func (s suite) rawError(t *testing.T, cmd string) string {
	t.Helper()
	c, err := net.Dial("tcp", s.owner(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := fmt.Fprintf(c, "%s\r\n", cmd); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || line[0] != '-' {
		t.Fatalf("%s: got %q, %v, want an error reply", cmd, line, err)
	}
	return strings.TrimSuffix(line[1:], "\r\n")
}

func must(t testing.TB, conn drivers.Conn, cmd ...string) drivers.Reply {
	t.Helper()
	reply, err := conn.Do(within(t), cmd...)
	if err != nil {
		t.Fatalf("%s: %v", cmd[0], err)
	}
	return reply
}

// wantError compares class and text; an empty text stands for any.
func wantError(t testing.TB, err error, class drivers.Class, text string) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("got no error, want %s: %q", class, text)
	case drivers.ClassOf(err) != class:
		t.Errorf("got class %s of %q, want %s", drivers.ClassOf(err), err, class)
	case text != "" && err.Error() != text:
		t.Errorf("got error %q, want %q", err, text)
	}
}

// over returns a context that has ended.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
