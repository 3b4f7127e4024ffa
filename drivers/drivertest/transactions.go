package drivertest

import (
	"reflect"
	"testing"

	"github.com/rlbench/rlbench/drivers"
)

func (s suite) transactions(t *testing.T) {
	conn := s.open(t)
	t.Run("replies", func(t *testing.T) {
		must(t, conn, "DEL", "k")
		got, err := conn.Multi(within(t), drivers.Cmd("GET", "k"), drivers.Cmd("INCR", "k"), drivers.Cmd("GET", "k"), drivers.Cmd("TIME"))
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
	t.Run("empty", func(t *testing.T) {
		_, err := conn.Multi(within(t))
		wantError(t, err, drivers.Failed, drivers.ErrNoCommand.Error())
	})
	t.Run("over", func(t *testing.T) {
		_, err := conn.Multi(over(), drivers.Cmd("INCR", "k"))
		wantError(t, err, drivers.Failed, "")
	})
}

// itemError: Redis keeps what the other commands of a transaction wrote.
func itemError(t *testing.T, conn drivers.Conn, reader drivers.Conn) {
	for _, first := range []bool{true, false} {
		must(t, reader, "SET", "k", "0")
		must(t, reader, "SET", "text", "x")
		cmds := []drivers.Command{drivers.Cmd("INCR", "text"), drivers.Cmd("INCR", "k")}
		if !first {
			cmds[0], cmds[1] = cmds[1], cmds[0]
		}
		_, err := conn.Multi(within(t), cmds...)
		wantError(t, err, drivers.Unknown, "ERR value is not an integer or out of range")
		if got := must(t, reader, "GET", "k"); got.Text != "1" {
			t.Errorf("counter is %s, want 1: the other command ran", got.Text)
		}
	}
}

// refused: the server did not queue a command, so EXEC ran none.
func refused(t *testing.T, conn drivers.Conn) {
	must(t, conn, "SET", "k", "0")
	for _, bad := range []drivers.Command{drivers.Cmd("ERRORIZE"), drivers.Cmd("GET")} {
		_, err := conn.Multi(within(t), drivers.Cmd("INCR", "k"), bad)
		wantError(t, err, drivers.Failed, "EXECABORT Transaction discarded because of previous errors.")
	}
	if got := must(t, conn, "GET", "k"); got.Text != "0" {
		t.Errorf("counter is %s, want 0", got.Text)
	}
}
