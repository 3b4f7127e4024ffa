package modelredis_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

// server speaks RESP2 to a real server, so that no client interprets the replies.
type server struct {
	t interface{ Fatalf(string, ...any) }
	c net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *server {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &server{t: t, c: c, r: bufio.NewReader(c)}
}

func start(t testing.TB) *server {
	t.Helper()
	return dial(t, providertest.Redis(t))
}

// do sends the commands in one go and returns their replies.
func (s *server) do(cmds ...[]string) []modelredis.Reply {
	s.send(cmds...)
	return s.receive(len(cmds))
}

func (s *server) send(cmds ...[]string) {
	var b strings.Builder
	for _, cmd := range cmds {
		fmt.Fprintf(&b, "*%d\r\n", len(cmd))
		for _, w := range cmd {
			fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
		}
	}
	if _, err := io.WriteString(s.c, b.String()); err != nil {
		s.t.Fatalf("send: %v", err)
	}
}

func (s *server) receive(n int) []modelredis.Reply {
	replies := make([]modelredis.Reply, n)
	for i := range replies {
		replies[i] = s.read()
	}
	return replies
}

func (s *server) read() modelredis.Reply {
	line, err := s.r.ReadString('\n')
	if err != nil {
		s.t.Fatalf("receive: %v", err)
	}
	rest := strings.TrimSuffix(line[1:], "\r\n")
	n, _ := strconv.ParseInt(rest, 10, 64)
	var r modelredis.Reply
	switch {
	case line[0] == '-':
		r.Err = rest
	case line[0] == ':':
		r.Kind, r.Int = drivers.Int, n
	case line[0] == '+':
		r.Kind, r.Text = drivers.Text, rest
	case n < 0:
	case line[0] == '$':
		text := make([]byte, n+2)
		if _, err := io.ReadFull(s.r, text); err != nil {
			s.t.Fatalf("receive: %v", err)
		}
		r.Kind, r.Text = drivers.Text, string(text[:n])
	case line[0] == '*':
		r.Kind, r.Items = drivers.Array, make([]drivers.Reply, n)
		for i := range r.Items {
			item := s.read()
			if r.Items[i] = item.Reply; item.Err != "" {
				r.Items[i] = drivers.Reply{Kind: drivers.Text, Text: "(error) " + item.Err}
			}
		}
	default:
		s.t.Fatalf("receive: %q is no RESP2", line)
	}
	return r
}

// comparable makes an error reply comparable: of an error that a script ends with, the
// code and the mark of the script are, for two interpreters word the rest differently.
func comparable(r modelredis.Reply) string {
	if strings.HasPrefix(r.Err, "ERR Error compiling script") {
		return "(error) ERR Error compiling script"
	}
	if code, rest, _ := strings.Cut(r.Err, " "); strings.Contains(rest, "script: ") {
		return "(error) " + code + " in a script"
	}
	return r.String()
}
