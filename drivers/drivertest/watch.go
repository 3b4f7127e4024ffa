package drivertest

import (
	"errors"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

func (s suite) watch(t *testing.T) {
	conn, other := s.open(t), s.open(t)
	incr := drivers.Cmd("INCR", "k")
	t.Run("commits", func(t *testing.T) {
		must(t, other, "SET", "k", "5")
		err := conn.Watch(within(t), []string{"k", "unused"}, func(tx drivers.Tx) error {
			got, err := tx.Read(within(t), drivers.Cmd("GET", "k"), drivers.Cmd("GET", "none"), drivers.Cmd("TIME"))
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
	for name, cmd := range map[string]drivers.Command{"aborts a write": incr, "aborts reads alone": drivers.Cmd("GET", "k")} {
		t.Run(name, func(t *testing.T) { aborts(t, conn, other, cmd) })
	}
	t.Run("leaves nothing", func(t *testing.T) { s.leavesNothing(t) })
	t.Run("errors", func(t *testing.T) { watchErrors(t, conn) })
}

func aborts(t *testing.T, conn, other drivers.Conn, cmd drivers.Command) {
	must(t, other, "SET", "k", "0")
	err := conn.Watch(within(t), []string{"k"}, func(tx drivers.Tx) error {
		must(t, other, "SET", "k", "100")
		_, err := tx.Exec(within(t), cmd)
		return err
	})
	if !errors.Is(err, drivers.ErrAborted) {
		t.Errorf("got error %v, want %v", err, drivers.ErrAborted)
	}
	wantError(t, err, drivers.Failed, "")
	if got := must(t, other, "GET", "k"); got.Text != "100" {
		t.Errorf("counter is %s, want 100: nothing was written", got.Text)
	}
}

// leavesNothing: after each way out of Watch, a key that was watched changes, and
// the transactions on every connection of the pool must go through.
func (s suite) leavesNothing(t *testing.T) {
	mine := errors.New("mine")
	for name, fn := range map[string]func(drivers.Tx) error{
		"return": func(drivers.Tx) error { return nil },
		"error":  func(drivers.Tx) error { return mine },
		"read": func(tx drivers.Tx) error {
			_, err := tx.Read(within(t), drivers.Cmd("GET", "watched"))
			return errors.Join(err, mine)
		},
		"failed read": func(tx drivers.Tx) error {
			_, err := tx.Read(within(t), drivers.Cmd("ERRORIZE"))
			return err
		},
		"empty exec": func(tx drivers.Tx) error {
			_, err := tx.Exec(within(t))
			return err
		},
		"refused exec": func(tx drivers.Tx) error {
			_, err := tx.Exec(within(t), drivers.Cmd("ERRORIZE"))
			return err
		},
		"exec":  func(tx drivers.Tx) error { _, err := tx.Exec(within(t), drivers.Cmd("GET", "k")); return err },
		"ended": func(tx drivers.Tx) error { _, err := tx.Exec(over(), drivers.Cmd("GET", "k")); return err },
		"panic": func(drivers.Tx) error { panic(mine) },
	} {
		t.Run(name, func(t *testing.T) {
			with := s
			with.with.PoolSize = 1
			conn := with.open(t)
			err := watchRecovering(t, conn, fn)
			if name == "error" && err != mine {
				t.Errorf("got error %v, want that of fn, unchanged", err)
			}
			must(t, conn, "SET", "watched", name)
			if _, err := conn.Multi(within(t), drivers.Cmd("GET", "k")); err != nil {
				t.Errorf("transaction after %q: %v", name, err)
			}
			err = conn.Watch(within(t), []string{"k"}, func(tx drivers.Tx) error {
				_, err := tx.Exec(within(t), drivers.Cmd("GET", "k"))
				return err
			})
			if err != nil {
				t.Errorf("watched transaction after %q: %v", name, err)
			}
		})
	}
}

func watchRecovering(t *testing.T, conn drivers.Conn, fn func(drivers.Tx) error) (err error) {
	defer func() { _ = recover() }()
	return conn.Watch(within(t), []string{"watched"}, fn)
}

func watchErrors(t *testing.T, conn drivers.Conn) {
	must(t, conn, "SET", "text", "x")
	never := func(drivers.Tx) error { t.Error("fn ran"); return nil }
	wantError(t, conn.Watch(over(), []string{"k"}, never), drivers.Failed, "")
	err := conn.Watch(within(t), []string{"k"}, func(tx drivers.Tx) error {
		_, err := tx.Read(within(t), drivers.Cmd("INCR", "text"))
		wantError(t, err, drivers.Failed, "ERR value is not an integer or out of range")
		_, err = tx.Read(within(t), drivers.Cmd("GET", "k"), drivers.Cmd("INCR", "text"))
		wantError(t, err, drivers.Unknown, "ERR value is not an integer or out of range")
		_, err = tx.Read(within(t))
		wantError(t, err, drivers.Failed, drivers.ErrNoCommand.Error())
		_, err = tx.Exec(within(t), drivers.Cmd("GET", "k"), drivers.Cmd("INCR", "text"))
		return err
	})
	wantError(t, err, drivers.Unknown, "ERR value is not an integer or out of range")
}
