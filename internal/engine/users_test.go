package engine

import (
	"testing"
	"time"

	"github.com/rlbench/rlbench/algorithms"
	"github.com/rlbench/rlbench/scenarios"
)

// Names that are no text, empty, long, or another one's escaped: each is charged alone,
// and the record can be written.
func TestHostileUsersHaveALimitEach(t *testing.T) {
	s := scenarios.HostileKeys()
	s.Duration, s.Rate = time.Second, 200
	for _, algorithm := range []string{"fixedwindow", "slidinglog", "tokenbucket", "gcra"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			h, err := bench(t).Trial(t.Context(), cellOf(t, s, algorithm, "lua", "redigo"))
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Validate(); err != nil {
				t.Fatal(err)
			}
			admitted := map[int32]int{}
			for _, op := range h.Ops {
				if op.Outcome == algorithms.Failed { // a busy machine may time others out
					t.Errorf("key %q: %s", h.Trial.Keys[op.Key], op.Outcome)
				}
				if op.Outcome == algorithms.Allowed {
					admitted[op.Key]++
				}
			}
			if len(admitted) != len(s.Users) {
				t.Errorf("%d users were admitted, want %d", len(admitted), len(s.Users))
			}
		})
	}
}

// A limiter that decides by its client's clock counts twice where clocks differ by a
// window, and one that asks the server does not notice.
func TestSkewIsSeenByWhoReadsTheClientsClock(t *testing.T) {
	s := scenarios.ClockSkew()
	s.Steps, s.Skew, s.Duration = nil, -2*s.Limit.W, s.Limit.W*4/5
	admitted := func(technique string) (n int64) {
		h, err := bench(t).Trial(t.Context(), cellOf(t, s, "fixedwindow", technique, "redigo"))
		if err != nil {
			t.Fatal(err)
		}
		if byClient := technique != "lua"; h.Trial.Load.Skew != s.Skew || h.Trial.ClientClock != byClient {
			t.Errorf("%s: recorded that clocks differ by %s, and that it reads its client's: %t", technique, h.Trial.Load.Skew, h.Trial.ClientClock)
		}
		for _, op := range h.Ops {
			if op.Outcome == algorithms.Allowed {
				n++
			}
		}
		return n
	}
	// Windows of a clock: the trial may meet the turn of one.
	if server, client := admitted("lua"), admitted("lua-bucket"); server > 2*s.Limit.L || client <= s.Limit.L {
		t.Errorf("admitted by the server's clock: %d, by clocks that differ: %d of a limit of %d", server, client, s.Limit.L)
	}
}
