package drivertest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rlbench/rlbench/drivers"
)

func (s suite) watch(t *testing.T) {
	conn, other := s.open(t), s.open(t)
	incr := drivers.Cmd("INCR", "k{t}")
	t.Run("commits", func(t *testing.T) {
		must(t, other, "SET", "k{t}", "5")
		err := conn.Watch(within(t), []string{"k{t}", "unused{t}"}, func(tx drivers.Tx) error {
			got, err := tx.Read(within(t), drivers.Cmd("GET", "k{t}"), drivers.Cmd("GET", "none{t}"), drivers.Cmd("TIME"))
			if err != nil || len(got) != 3 || got[0].Text != "5" || !got[1].IsNil() || len(got[2].Items) != 2 {
				t.Errorf("read: got %v, %v", got, err)
			}
			got, err = tx.Exec(within(t), incr)
			if err != nil || len(got) != 1 || got[0].Int != 6 {
				t.Errorf("exec: got %v, %v", got, err)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	for name, cmd := range map[string]drivers.Command{"aborts a write": incr, "aborts reads alone": drivers.Cmd("GET", "k{t}")} {
		t.Run(name, func(t *testing.T) { aborts(t, conn, other, cmd) })
	}
	t.Run("leaves nothing", s.leavesNothing)
	t.Run("no trip after exec", func(t *testing.T) { noUnwatch(t, conn, s.direct(t)) })
	t.Run("errors", func(t *testing.T) { watchErrors(t, conn) })
	t.Run("ended", func(t *testing.T) { endedInside(t, conn, other) })
}

func aborts(t *testing.T, conn, other drivers.Conn, cmd drivers.Command) {
	must(t, other, "SET", "k{t}", "0")
	err := conn.Watch(within(t), []string{"k{t}"}, func(tx drivers.Tx) error {
		must(t, other, "SET", "k{t}", "100")
		_, err := tx.Exec(within(t), cmd)
		return err
	})
	if !errors.Is(err, drivers.ErrAborted) {
		t.Errorf("got error %v, want %v", err, drivers.ErrAborted)
	}
	wantError(t, err, drivers.Failed, "")
	if got := must(t, other, "GET", "k{t}"); got.Text != "100" {
		t.Errorf("counter is %s, want 100: nothing was written", got.Text)
	}
}

// waysOut are the ways out of Watch, but for a committed transaction. end ends the
// context that Watch was given.
func waysOut(t *testing.T) map[string]func(tx drivers.Tx, end func()) error {
	return map[string]func(tx drivers.Tx, end func()) error{
		"return": func(drivers.Tx, func()) error { return nil },
		"error":  func(drivers.Tx, func()) error { return errMine },
		"panic":  func(drivers.Tx, func()) error { panic(errMine) },
		"read": func(tx drivers.Tx, _ func()) error {
			_, err := tx.Read(within(t), drivers.Cmd("GET", "watched{t}"))
			return err
		},
		"failed read": func(tx drivers.Tx, _ func()) error {
			_, err := tx.Read(within(t), drivers.Cmd("ERRORIZE"))
			return err
		},
		"empty exec": func(tx drivers.Tx, _ func()) error {
			_, err := tx.Exec(within(t))
			return err
		},
		"refused exec": func(tx drivers.Tx, _ func()) error {
			_, err := tx.Exec(within(t), drivers.Cmd("ERRORIZE"))
			return err
		},
		"exec after the end": func(tx drivers.Tx, _ func()) error {
			_, err := tx.Exec(over(), drivers.Cmd("GET", "k{t}"))
			return err
		},
		"end": func(_ drivers.Tx, end func()) error {
			end()
			return errMine
		},
	}
}

var errMine = errors.New("mine")

// leavesNothing: after each way out of Watch the watched key changes, and
// transactions on the only connection of the pool must go through.
func (s suite) leavesNothing(t *testing.T) {
	s.with.PoolSize = 1
	for name, fn := range waysOut(t) {
		t.Run(name, func(t *testing.T) {
			conn := s.open(t)
			if err := watchRecovering(t, conn, fn); (name == "error" || name == "end") && err != errMine {
				t.Errorf("got error %v, want that of fn, unchanged", err)
			}
			must(t, conn, "SET", "watched{t}", name)
			if _, err := conn.Multi(within(t), drivers.Cmd("GET", "k{t}")); err != nil {
				t.Errorf("transaction: %v", err)
			}
			err := conn.Watch(within(t), []string{"k{t}"}, func(tx drivers.Tx) error {
				_, err := tx.Exec(within(t), drivers.Cmd("GET", "k{t}"))
				return err
			})
			if err != nil {
				t.Errorf("watched transaction: %v", err)
			}
		})
	}
}

func watchRecovering(t *testing.T, conn drivers.Conn, fn func(drivers.Tx, func()) error) error {
	ctx, end := context.WithCancel(within(t))
	defer end()
	defer func() { _ = recover() }()
	return conn.Watch(ctx, []string{"watched{t}"}, func(tx drivers.Tx) error { return fn(tx, end) })
}

// noUnwatch: EXEC ends the watch, so UNWATCH after it would be a wasted trip.
func noUnwatch(t *testing.T, conn, server drivers.Conn) {
	calls := func() string {
		_, rest, _ := strings.Cut(must(t, server, "INFO", "commandstats").Text, "cmdstat_unwatch:")
		stats, _, _ := strings.Cut(rest, ",")
		return stats
	}
	before := calls()
	for range 3 {
		err := conn.Watch(within(t), []string{"k{t}"}, func(tx drivers.Tx) error {
			_, err := tx.Exec(within(t), drivers.Cmd("GET", "k{t}"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if after := calls(); after != before {
		t.Errorf("UNWATCH after EXEC: %q calls before, %q after", before, after)
	}
}

func watchErrors(t *testing.T, conn drivers.Conn) {
	must(t, conn, "SET", "text{t}", "x")
	never := func(drivers.Tx) error { t.Error("fn ran"); return nil }
	wantError(t, conn.Watch(over(), []string{"k{t}"}, never), drivers.Failed, "")
	err := conn.Watch(within(t), []string{"k{t}"}, func(tx drivers.Tx) error {
		_, err := tx.Read(within(t), drivers.Cmd("INCR", "text{t}"))
		wantError(t, err, drivers.Failed, "ERR value is not an integer or out of range")
		_, err = tx.Read(within(t), drivers.Cmd("GET", "k{t}"), drivers.Cmd("INCR", "text{t}"))
		wantError(t, err, drivers.Unknown, "ERR value is not an integer or out of range")
		_, err = tx.Read(within(t))
		wantError(t, err, drivers.Failed, drivers.ErrNoCommand.Error())
		_, err = tx.Exec(within(t), drivers.Cmd("GET", "k{t}"), drivers.Cmd("INCR", "text{t}"))
		return err
	})
	wantError(t, err, drivers.Unknown, "ERR value is not an integer or out of range")
}

// endedInside: a step under a context that has ended may run or not, depending on
// what the client honours, but what it says must be true in the end.
func endedInside(t *testing.T, conn, other drivers.Conn) {
	incr := drivers.Cmd("INCR", "k{t}")
	expired, cancel := context.WithDeadline(context.Background(), time.Unix(1, 0))
	defer cancel()
	for _, ctx := range []context.Context{over(), expired} {
		for name, step := range map[string]func(drivers.Tx) ([]drivers.Reply, error){
			"read": func(tx drivers.Tx) ([]drivers.Reply, error) { return tx.Read(ctx, incr) },
			"exec": func(tx drivers.Tx) ([]drivers.Reply, error) { return tx.Exec(ctx, incr) },
		} {
			must(t, other, "SET", "k{t}", "0")
			err := conn.Watch(within(t), []string{"unused{t}"}, func(tx drivers.Tx) error {
				_, err := step(tx)
				return err
			})
			ran := must(t, other, "GET", "k{t}").Text == "1"
			if err == nil && !ran || err != nil && drivers.ClassOf(err) == drivers.Failed && ran {
				t.Errorf("%s under %v: error %v, ran %t", name, ctx.Err(), err, ran)
			}
		}
	}
}
