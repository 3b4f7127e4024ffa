package modelredis_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rlbench/rlbench/drivers"
	"github.com/rlbench/rlbench/internal/modelredis"
)

// rebuilt is the store that the commands of another one make, long before.
func rebuilt(t rapid.TB, m *modelredis.Model, s modelredis.Store) modelredis.Store {
	var again modelredis.Store
	for _, cmd := range s.Commands() {
		did, err := m.Run(again, 0, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{cmd}})
		if err != nil || did.Replies[0].Err != "" {
			t.Fatalf("%q: %v, %v", cmd, did.Replies, err)
		}
		again = did.Store
	}
	return again
}

func TestStoresAreMadeAgain(t *testing.T) {
	m := modelredis.New()
	several(t, 3, func(t *rapid.T) {
		var s modelredis.Store
		for _, r := range rapid.SliceOfN(rapid.Custom(draw), 1, 60).Draw(t, "requests") {
			s = advance(t, m, s, r).Store
			if again := rebuilt(t, m, s); again.Encode() != s.Encode() {
				t.Fatalf("%q make\n%v of\n%v", s.Commands(), again.Entries(), s.Entries())
			}
		}
	})
}

// A hash that was too large for a list stays one without order when it is small again.
func TestHashWithoutOrderIsMadeAgain(t *testing.T) {
	m, long := modelredis.New(), strings.Repeat("y", 65)
	s := run(t, m, modelredis.Store{}, drivers.Cmd("HSET", "h", long, "1", "f", "2"))
	for range 2 {
		if again := rebuilt(t, m, s); again.Encode() != s.Encode() {
			t.Errorf("%q make %v of %v", s.Commands(), again.Entries(), s.Entries())
		}
		s = run(t, m, s, drivers.Cmd("HDEL", "h", long))
	}
}

// SET takes a deadline in the past. Then nobody finds the key, and there is nothing left to
// break the WATCH of somebody who comes later.
func TestKeyThatIsSetDeadIsNotThere(t *testing.T) {
	m := modelredis.New()
	did, err := m.Run(modelredis.Store{}, somewhen, modelredis.Request{Kind: modelredis.Command, Commands: []drivers.Command{{"SET", "k", "v", "PXAT", "1"}}})
	if err != nil || len(did.Store.Entries()) > 0 || len(did.Touched) != 1 {
		t.Errorf("error %v, keys %v, touched %q", err, did.Store.Entries(), did.Touched)
	}
}
