package explore

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// A program must be told of an error as every driver tells it: what it may conclude, and
// so what it does next, hangs on the class.
func TestErrorsAreThoseOfDrivers(t *testing.T) {
	wrong, incr := drivers.Cmd("INCR", "k", "more"), drivers.Cmd("INCR", "k")
	text, list := drivers.Cmd("SET", "k", "text", "PX", "1000"), drivers.Cmd("HGET", "k", "f")
	multi := func(cmds ...drivers.Command) func(context.Context, drivers.Conn) error {
		return func(ctx context.Context, conn drivers.Conn) error { _, err := conn.Multi(ctx, cmds...); return err }
	}
	within := func(fn func(context.Context, drivers.Tx) error) func(context.Context, drivers.Conn) error {
		return func(ctx context.Context, conn drivers.Conn) error {
			return conn.Watch(ctx, []string{"k"}, func(tx drivers.Tx) error { return fn(ctx, tx) })
		}
	}
	for _, c := range []struct {
		name  string
		fails func(context.Context, drivers.Conn) error
		class drivers.Class
		want  string
	}{
		{"one command that cannot be queued", multi(wrong), drivers.Failed, "EXECABORT"},
		{"one of two that cannot be queued", multi(incr, wrong), drivers.Failed, "EXECABORT"},
		{"one that fails when it runs", multi(text, incr), drivers.Unknown, "ERR value is not an integer"},
		{"a command on the wrong type", func(ctx context.Context, conn drivers.Conn) error {
			if _, err := conn.Do(ctx, text...); err != nil {
				return nil
			}
			_, err := conn.Do(ctx, list...)
			return err
		}, drivers.ClassOf(drivers.ReplyError("WRONGTYPE", false)), "WRONGTYPE"},
		{"reads of which one fails", within(func(ctx context.Context, tx drivers.Tx) error {
			_, err := tx.Read(ctx, drivers.Cmd("GET", "k"), drivers.Cmd("GET"))
			return err
		}), drivers.ClassOf(drivers.PipelineError("ERR", 1, 2)), "wrong number of arguments"},
		{"no command", func(ctx context.Context, conn drivers.Conn) error { _, err := conn.Do(ctx); return err }, drivers.ClassOf(drivers.ErrNoCommand), drivers.ErrNoCommand.Error()},
		{"no transaction", multi(), drivers.ClassOf(drivers.ErrNoCommand), drivers.ErrNoCommand.Error()},
		{"no reads", within(func(ctx context.Context, tx drivers.Tx) error { _, err := tx.Read(ctx); return err }), drivers.ClassOf(drivers.ErrNoCommand), drivers.ErrNoCommand.Error()},
		{"no EXEC", within(func(ctx context.Context, tx drivers.Tx) error { _, err := tx.Exec(ctx); return err }), drivers.ClassOf(drivers.ErrNoCommand), drivers.ErrNoCommand.Error()},
	} {
		ended := 0
		judged := roles(nil, func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			err := c.fails(ctx, conn)
			if ended++; err == nil || drivers.ClassOf(err) != c.class || !strings.Contains(err.Error(), c.want) {
				return "another error", nil
			}
			_, sent := conn.Do(ctx, "GET", "k") // so that there is a step
			return "as it should be", sent
		})
		tr := played(t, judged, nil, stepsOf(t, judged)...)
		if got := tr.Steps[len(tr.Steps)-1].Outcome; got != "as it should be" || ended == 0 {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// stepsOf is the schedule of the only client of a subject.
func stepsOf(t *testing.T, of Subject) (schedule []string) {
	t.Helper()
	x := New(of, limit(1), DefaultBudget)
	b := Scenario{}.bounds(x.subject, x.limit)
	for s := x.start(b); !s.clients[0].done(); {
		x.each(b, &s, func(next *state, _ action) bool { s = *next; return false })
		schedule = append(schedule, "A")
	}
	return schedule
}

// A reply that is lost leaves it unknown whether the request ran, whatever it was.
func TestLostRepliesAreUnknown(t *testing.T) {
	for name, send := range map[string]func(context.Context, drivers.Conn) error{
		"command": func(ctx context.Context, conn drivers.Conn) error { _, err := conn.Do(ctx, "INCR", "k"); return err },
		"transaction": func(ctx context.Context, conn drivers.Conn) error {
			_, err := conn.Multi(ctx, drivers.Cmd("INCR", "k"))
			return err
		},
		"EXEC": func(ctx context.Context, conn drivers.Conn) error {
			return conn.Watch(ctx, []string{"k"}, func(tx drivers.Tx) error { _, err := tx.Exec(ctx, drivers.Cmd("INCR", "k")); return err })
		},
		"script": func(ctx context.Context, conn drivers.Conn) error {
			return conn.Eval(ctx, drivers.NewScript("return redis.call('INCR', KEYS[1])"), []string{"k"}, nil, make([]int64, 1))
		},
	} {
		of := roles(nil, func(ctx context.Context, conn drivers.Conn, _ algorithms.Env) (string, error) {
			if err := send(ctx, conn); errors.Is(err, errLost) && drivers.ClassOf(err) == drivers.Unknown {
				return "unknown", nil
			}
			return "known", nil
		})
		schedule := stepsOf(t, of)
		schedule[len(schedule)-1] = "A lost-reply"
		tr := played(t, of, nil, schedule...)
		if last := tr.Steps[len(tr.Steps)-1]; last.Outcome != "unknown" || last.Reply != "" || values(tr)[0] != "k=1" {
			t.Errorf("%s: %s, and in the end there is %v", name, last.Outcome, values(tr))
		}
	}
}
