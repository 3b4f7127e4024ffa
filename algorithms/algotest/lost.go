package algotest

import (
	"errors"
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/drivers"
)

// errLost is the reply of a step that never came.
var errLost = drivers.WithClass(drivers.Unknown, errors.New("connection reset before the reply"))

// lostReplies loses the reply of the first step of a decision, of the second, and
// so on. The technique must say failed exactly if nothing was charged whatever
// became of that step, and unknown otherwise: never a decision.
func lostReplies(t *testing.T, a algorithms.Algorithm, tech algorithms.Technique, d drivers.Driver) {
	w := newWorld(t, d)
	for lost := 1; ; lost++ {
		taken := 0
		conn := stepped{w.conn, func(_ string, run func() error) error {
			taken++
			err := run()
			if taken == lost {
				return errLost
			}
			return err
		}}
		outcome, charged := decide(t, a, tech, w, conn)
		if taken < lost {
			if lost == 1 {
				t.Fatal("a decision took no step")
			}
			return
		}
		want := algorithms.Failed
		if charged {
			want = algorithms.Unknown
		}
		if outcome != want {
			t.Errorf("the reply of step %d was lost: outcome is %s, want %s", lost, outcome, want)
		}
	}
}

// decide makes one decision on a new key through conn and reports whether
// anything was charged for it.
func decide(t *testing.T, a algorithms.Algorithm, tech algorithms.Technique, w *world, conn drivers.Conn) (algorithms.Outcome, bool) {
	l := algorithms.NewLimit(3, time.Second)
	key := ids.next()
	got, err := tech.New(conn, l, w.env()).Allow(t.Context(), key, 2)
	snap, loadErr := a.Load(t.Context(), w.conn, l, key)
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	return algorithms.OutcomeOf(got, err), snap.Model.Forget(snap.At) > 0
}
