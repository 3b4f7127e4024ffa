package virtual

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// pipeline sends commands together and returns the replies as text, one line each.
func pipeline(t *testing.T, s *Server, commands ...[]string) string {
	t.Helper()
	c := dial(t, s)
	defer c.Close()
	for _, cmd := range commands {
		if err := c.Send(cmd...); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for range commands {
		a, err := c.Receive()
		if err != nil || a.Err != nil {
			t.Fatal(err, a.Err)
		}
		lines = append(lines, spell(a.Reply))
	}
	return strings.Join(lines, "\n")
}

func spell(r drivers.Reply) string {
	switch r.Kind {
	case drivers.Int:
		return strconv.FormatInt(r.Int, 10)
	case drivers.Text:
		return r.Text
	case drivers.Array:
		var items []string
		for _, i := range r.Items {
			items = append(items, spell(i))
		}
		return strings.Join(items, " ")
	}
	return "nil"
}

// Every way in which a server tells the time follows the clock to its last digit, for
// commands of one pipeline and between two: no reply is of a time that was cached.
func TestEveryCommandFollowsTheClock(t *testing.T) {
	everyProgram(t, func(t *testing.T, s *Server) {
		random, at := rand.New(rand.NewPCG(1, 2)), Dawn
		for round := range 300 {
			at += algorithms.Instant(random.Int64N(3_000_000))
			s.SetClock(at)
			if got, want := pipeline(t, s, probes...), timely(at); got != want {
				t.Fatalf("round %d at %d:\n%s\nwant\n%s", round, at, got, want)
			}
		}
	})
}

// probes write keys that live 5 s, by each command that can, and read the time by each
// that does.
var probes = [][]string{
	{"TIME"},
	{"SET", "a", "x", "PX", "5000"}, {"PEXPIRETIME", "a"}, {"PTTL", "a"},
	{"SET", "b", "x"}, {"EXPIRE", "b", "5"}, {"PEXPIRETIME", "b"},
	{"SET", "c", "x", "EX", "5"}, {"PEXPIRETIME", "c"}, {"TTL", "c"},
	{"EVAL", "local t = redis.call('TIME') redis.call('PEXPIRE', KEYS[1], 4000) return {t[1], t[2], redis.call('PTTL', KEYS[1])}", "1", "a"},
	{"MULTI"}, {"TIME"}, {"PEXPIRE", "b", "4000"}, {"PEXPIRETIME", "b"}, {"EXEC"},
	{"TIME"},
}

// timely is what the probes answer at an instant.
func timely(at algorithms.Instant) string {
	time := fmt.Sprintf("%d %d", at/1e6, at%1e6)
	full, later := strconv.FormatInt(at.Milli()+5000, 10), strconv.FormatInt(at.Milli()+4000, 10)
	return strings.Join([]string{
		time,
		"OK", full, "5000",
		"OK", "1", full,
		"OK", full, "5",
		time + " 4000",
		"OK", "QUEUED", "QUEUED", "QUEUED", time + " 1 " + later,
		time,
	}, "\n")
}

// A key is there through its deadline millisecond and gone in the next, by whatever it
// is met: the rule that the model must have too.
func TestKeyLivesThroughItsDeadlineMillisecond(t *testing.T) {
	meet := map[string][]string{
		"GET": {"GET", "k"}, "EXISTS": {"EXISTS", "k"}, "PTTL": {"PTTL", "k"}, "COPY": {"COPY", "k", "l", "REPLACE"},
		"EVAL": {"EVAL", "return redis.call('EXISTS', KEYS[1])", "1", "k"},
	}
	gone := map[string]string{"GET": "nil", "EXISTS": "0", "PTTL": "-2", "COPY": "0", "EVAL": "0"}
	everyProgram(t, func(t *testing.T, s *Server) {
		for name, cmd := range meet {
			s.SetClock(Dawn)
			pipeline(t, s, []string{"SET", "k", "1", "PX", "1000"})
			deadline := algorithms.Instant(Dawn.Milli()+1000) * 1000
			s.SetClock(deadline + 999)
			if got := pipeline(t, s, cmd); got == gone[name] {
				t.Errorf("%s in the deadline's millisecond: the key is gone (%s)", name, got)
			}
			s.SetClock(deadline + 1000)
			if got := pipeline(t, s, cmd); got != gone[name] {
				t.Errorf("%s a millisecond later: the key is there (%s)", name, got)
			}
		}
	})
}

// Nothing dies of itself: a dead key takes its place until a command meets it.
func TestDeadKeyStaysUntilItIsMet(t *testing.T) {
	s := start(t, first(t))
	for i := range 100 {
		pipeline(t, s, []string{"SET", "k" + strconv.Itoa(i), "1", "PX", "1"})
	}
	s.SetClock(Dawn + 1e9)
	for range 50 { // turns of the event loop, before each of which a fast cycle could run
		if got := pipeline(t, s, []string{"DBSIZE"}); got != "100" {
			t.Fatalf("%s keys, want all 100", got)
		}
	}
}
