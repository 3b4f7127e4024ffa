package drivertest

import (
	"context"
	"errors"
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
	must(t, conn, "DEL", "k", "n", "h", "z")
	for _, c := range []struct {
		cmd  string
		want drivers.Reply
	}{
		{"GET k", drivers.Reply{}},
		{"SET k 12", text("OK")},
		{"GET k", text("12")},
		{"INCR k", integer(13)},
		{"DECRBY k 20", integer(-7)},
		{"SET k " + big, text("OK")},
		{"GET k", text(big)},
		{"HMGET h a b", array(drivers.Reply{}, drivers.Reply{})},
		{"KEYS none*", array()},
		{"HSET h a 1", integer(1)},
		{"HGETALL h", array(text("a"), text("1"))},
		{"ZADD z 1.5 m", integer(1)},
		{"ZSCORE z m", text("1.5")},
		{"SMEMBERS none", array()},
		{"COMMAND GETKEYS GET k", array(text("k"))},
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

// errorReplies are passed on to the letter.
func (s suite) errorReplies(t *testing.T, conn drivers.Conn) {
	must(t, conn, "SET", "k", "not a number")
	for cmd, want := range map[string]string{
		"INCR k":    "ERR value is not an integer or out of range",
		"HGET k f":  "WRONGTYPE Operation against a key holding the wrong kind of value",
		"ERRORIZE":  "ERR unknown command 'ERRORIZE', with args beginning with: ",
		"EXEC":      "ERR EXEC without MULTI",
		"DEBUG NOT": "ERR unknown subcommand or wrong number of arguments for 'NOT'. Try DEBUG HELP.",
	} {
		_, err := conn.Do(within(t), strings.Fields(cmd)...)
		wantError(t, err, drivers.Failed, want)
	}
	if _, err := conn.Do(within(t)); !errors.Is(err, drivers.ErrNoCommand) {
		t.Errorf("no command: got error %v, want %v", err, drivers.ErrNoCommand)
	}
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
