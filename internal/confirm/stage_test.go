package confirm

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/internal/modelredis"
	"github.com/rlbench/rlbench/internal/transcript"
)

// A connection serves another replay if it is as good as new: not if it still watches, was
// cut, or belongs to a request that was given up.
func TestOnlyConnectionsAsGoodAsNewAreKept(t *testing.T) {
	s, err := newStage(t.Context(), server(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	tape := func() *tape { return newTape(t, modelredis.None) }
	for _, c := range []struct {
		what  string
		trace transcript.Trace
		kept  int
	}{
		{"both have had their EXEC", lostUpdate(t, modelredis.None), 2},
		{"one watches", tape().does("A", "GET k").does("B", "WATCH k").trace(), 1},
		{"all are cut", tape().does("A", "SET k 1").does("B", "WATCH k").loses(transcript.LoseState, "k").trace(), 0},
		{"one was given up", tape().does("B", "GET k").unanswered("A", transcript.Abandon, "INCR k").trace(), 1},
	} {
		for _, cn := range s.idle {
			_ = cn.Close()
		}
		s.idle = nil
		if _, err := s.replay(c.trace, 3); err != nil {
			t.Error(err)
		}
		if len(s.idle) != c.kept {
			t.Errorf("%s: %d connections are kept, want %d", c.what, len(s.idle), c.kept)
		}
	}
}

// A replay begins on an empty server, whatever the one before has left: also what had died,
// and what was never seen.
func TestReplayBeginsEmpty(t *testing.T) {
	for _, on := range servers(t) {
		s, err := newStage(t.Context(), on)
		if err != nil {
			t.Fatal(err)
		}
		died := newTape(t, modelredis.None).does("A", "SET k 1 PX 1000").ticks(2 * time.Second).trace()
		lives := newTape(t, modelredis.None).does("A", "SET other 1").trace()
		for _, trace := range []transcript.Trace{died, died, lives, died} {
			if _, err := s.replay(trace, 2); err != nil {
				t.Error(err)
			}
			if _, err := s.observer.Do("SET", "unseen", "1", "PX", "1"); err != nil {
				t.Error(err)
			}
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}
