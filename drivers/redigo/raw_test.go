package redigo_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/drivers/redigo"
	"github.com/rlbench/rlbench/internal/provider/providertest"
)

func dialRaw(t testing.TB, addr string) *redigo.Raw {
	t.Helper()
	raw, err := redigo.DialRaw(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

func send(t testing.TB, raw *redigo.Raw, commands ...string) {
	t.Helper()
	for _, c := range commands {
		if err := raw.Send(strings.Fields(c)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := raw.Flush(); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, raw *redigo.Raw) drivers.Answer {
	t.Helper()
	a, err := raw.Receive()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// One connection answers in order, and an error reply ends nothing.
func TestRawRepliesComeInOrder(t *testing.T) {
	raw := dialRaw(t, providertest.Redis(t))
	send(t, raw, "SET raw:k 7", "GET raw:k", "LPUSH raw:k x", "INCR raw:k", "DEL raw:k", "GET raw:k")
	text := func(s string) drivers.Reply { return drivers.Reply{Kind: drivers.Text, Text: s} }
	number := func(n int64) drivers.Reply { return drivers.Reply{Kind: drivers.Int, Int: n} }
	for i, want := range []drivers.Reply{text("OK"), text("7"), {}, number(8), number(1), {}} {
		got := receive(t, raw)
		if !reflect.DeepEqual(got.Reply, want) {
			t.Errorf("reply %d is %+v, want %+v", i, got.Reply, want)
		}
		if refused := got.Err != nil; refused != (i == 2) {
			t.Errorf("reply %d has the error %v", i, got.Err)
		}
	}
}

func TestRawTellsWhatBecameOfATransaction(t *testing.T) {
	addr := providertest.Redis(t)
	raw, other := dialRaw(t, addr), dialRaw(t, addr)
	for _, c := range []struct {
		name     string
		commands []string
		refused  []bool // per answer
	}{
		{"one command fails", []string{"SET raw:t a", "INCR raw:t"}, []bool{false, true}},
		{"not queued", []string{"SET raw:t"}, []bool{true}},
		{"aborted", []string{"SET raw:t b"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			send(t, raw, "WATCH raw:t")
			receive(t, raw)
			if c.name == "aborted" {
				send(t, other, "SET raw:t other")
				receive(t, other)
			}
			send(t, raw, append(append([]string{"MULTI"}, c.commands...), "EXEC")...)
			for range len(c.commands) + 1 {
				receive(t, raw)
			}
			answers, err := raw.ReceiveExec()
			if err != nil {
				t.Fatal(err)
			}
			if len(answers) != len(c.refused) {
				t.Fatalf("answers %+v, want %d", answers, len(c.refused))
			}
			for i, refused := range c.refused {
				if (answers[i].Err != nil) != refused {
					t.Errorf("answer %d is %+v", i, answers[i])
				}
			}
		})
	}
	send(t, raw, "DEL raw:t")
	receive(t, raw)
}

// A reply that never comes must not hold up a run that was interrupted.
func TestRawEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	raw, err := redigo.DialRaw(ctx, "tcp", providertest.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	send(t, raw, "BLPOP raw:nothing 0")
	cancel()
	if a, err := raw.Receive(); err == nil {
		t.Errorf("received %+v after the end of the context", a)
	}
}

// BenchmarkRaw counts commands, in pipelines of a thousand.
func BenchmarkRaw(b *testing.B) {
	const batch = 1000
	raw := dialRaw(b, providertest.Redis(b))
	for done := 0; done < b.N; done += batch {
		for range batch {
			if err := raw.Send("PEXPIRETIME", "raw:some-key"); err != nil {
				b.Fatal(err)
			}
		}
		if err := raw.Flush(); err != nil {
			b.Fatal(err)
		}
		for range batch {
			receive(b, raw)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
}
