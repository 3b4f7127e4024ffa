package drivers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

// scripted is a Conn that answers what it is told, and remembers what was sent by
// Pipe. Everything else but Do would panic.
type scripted struct {
	drivers.Conn
	answers []drivers.Answer
	err     error
	sent    []string
}

func (s *scripted) Do(context.Context, ...string) (drivers.Reply, error) {
	return drivers.Reply{Kind: drivers.Text, Text: "straight"}, nil
}

func (s *scripted) Pipe(_ context.Context, key string, cmds ...drivers.Command) ([]drivers.Answer, error) {
	s.sent = []string{key}
	for _, cmd := range cmds {
		s.sent = append(s.sent, strings.Join(cmd, " "))
	}
	return s.answers, s.err
}

func number(n int64) drivers.Answer {
	return drivers.Answer{Reply: drivers.Reply{Kind: drivers.Int, Int: n}}
}

func refusal(text string) drivers.Answer { return drivers.Answer{Err: errors.New(text)} }

func TestNobodyWaitsUnasked(t *testing.T) {
	conn := &scripted{}
	if got := drivers.Waiting(conn, drivers.Options{WaitTimeout: time.Second}); got != conn {
		t.Errorf("got another Conn: %T", got)
	}
	o := drivers.Options{Wait: 1}
	if got := o.Patient(time.Second); got != 1500*time.Millisecond {
		t.Errorf("a read timeout of 1s became %s, want 1.5s", got)
	}
	if got := o.Patient(drivers.Unlimited); got != drivers.Unlimited {
		t.Errorf("no read timeout became %s", got)
	}
}

func TestReadsDoNotWait(t *testing.T) {
	conn := &scripted{}
	got, err := drivers.Waiting(conn, drivers.Options{Wait: 1}).Do(t.Context(), "get", "k")
	if err != nil || got.Text != "straight" || conn.sent != nil {
		t.Errorf("got %q, %v, and sent %q by Pipe", got.Text, err, conn.sent)
	}
}

// What is sent for a write, and what its answers mean.
func TestWaiting(t *testing.T) {
	trip := drivers.WithClass(drivers.Failed, errors.New("no connection"))
	for name, c := range map[string]struct {
		answers []drivers.Answer
		err     error
		want    string
		class   drivers.Class
	}{
		"enough":               {answers: []drivers.Answer{number(7), number(2)}},
		"more than enough":     {answers: []drivers.Answer{number(7), number(3)}},
		"too few":              {answers: []drivers.Answer{number(7), number(1)}, want: "written, but acknowledged by 1 of 2 replicas within 30ms"},
		"demoted meanwhile":    {answers: []drivers.Answer{number(7), refusal("UNBLOCKED")}, want: "written, but the server cannot wait for replicas: UNBLOCKED"},
		"refused":              {answers: []drivers.Answer{refusal("NOREPLICAS x"), number(0)}, want: "NOREPLICAS x", class: drivers.Failed},
		"moved to another one": {answers: []drivers.Answer{refusal("MOVED 1 a:1"), number(2)}, want: "MOVED 1 a:1", class: drivers.Failed},
		"no trip":              {err: trip, want: "no connection", class: drivers.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			conn := &scripted{answers: c.answers, err: c.err}
			got, err := drivers.Waiting(conn, drivers.Options{Wait: 2, WaitTimeout: 30 * time.Millisecond}).Do(t.Context(), "INCR", "k")
			if sent := strings.Join(conn.sent, ", "); sent != "k, INCR k, WAIT 2 30" {
				t.Errorf("sent %q", sent)
			}
			switch {
			case c.want == "" && (err != nil || got.Int != 7):
				t.Errorf("got %d, %v, want 7", got.Int, err)
			case c.want != "" && (err == nil || err.Error() != c.want || drivers.ClassOf(err) != c.class):
				t.Errorf("got %v of class %s, want %q of class %s", err, drivers.ClassOf(err), c.want, c.class)
			}
		})
	}
}
